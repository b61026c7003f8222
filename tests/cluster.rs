//! The stages as processes of their own, on a real Apache Kafka, as in production.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fmt::Write as _, time::Duration};

use hark_bus::{ENRICHED, Kafka, Progress, Reader, trim};
use hark_mention::config::KafkaConfig;
use hark_tests::{
    cluster::Cluster,
    events::{dead_letters, delete, produce, publish, upsert},
    hark::{Hark, wait_until},
    real_kafka::start_or_skip,
};

#[tokio::test(flavor = "multi_thread")]
async fn stages_on_a_real_kafka_lose_and_double_nothing_when_one_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(kafka) = start_or_skip(folder.path()).await else { return };
    let database = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let _engines = database.start(&mut database.command(["embedded"]), "ClickHouse");
    wait_until("the engines tell where they are", || database.folder().join("hark-data/running.json").exists());
    let engines = database.engines();
    let cluster =
        Cluster::new(env!("CARGO_BIN_EXE_hark"), kafka.address(), engines["clickhouse"].as_str().unwrap(), &engines);

    let (first_sink, _second_sink) = (cluster.stage("sink"), cluster.stage("sink"));
    let (first_enrich, _second_enrich) = (cluster.stage("enrich"), cluster.stage("enrich"));
    let mut csv = String::from("id,published_at,text\n");
    for row in 0..20_000 {
        writeln!(csv, "{row},2025-06-{:02}T10:00:00Z,Waardeloze service {row}", row % 30 + 1).unwrap();
    }
    cluster.hark.file("rows.csv", csv);
    let mut import = cluster.command(&["import", "rows.csv", "--wait"]).spawn().unwrap();
    wait_until("rows arrive", || cluster.sql("SELECT count() > 1000 FROM mentions") == "1");
    first_sink.kill();
    first_enrich.kill();
    assert!(import.wait().unwrap().success());
    assert_eq!(cluster.sql("SELECT count(), uniqExact(id), countIf(lang = 'nl') FROM mentions"), "20000\t20000\t20000");

    publish(
        kafka.address(),
        &[
            upsert("test:1", "old", "2026-01-01T00:00:00Z", 0),
            delete("test:1", "2026-01-02T00:00:00Z"),
            upsert("test:2", "kept", "2026-01-01T00:00:00Z", 0),
        ],
    )
    .await;
    produce(kafka.address(), &[("poison", b"{".to_vec())]).await;
    wait_until("the last event is stored", || cluster.sql("SELECT id FROM mentions WHERE source = 'test'") == "test:2");
    wait_until("the poison is a dead letter", || {
        dead_letters(kafka.address()).iter().any(|letter| letter.original == b"{" && letter.reason == "not_an_event")
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_leaves_kafka_and_what_is_not_stays() {
    let folder = tempfile::tempdir().unwrap();
    let Some(kafka) = start_or_skip(folder.path()).await else { return };
    let database = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let _engines = database.start(&mut database.command(["embedded"]), "ClickHouse");
    wait_until("the engines tell where they are", || database.folder().join("hark-data/running.json").exists());
    let engines = database.engines();
    let cluster =
        Cluster::new(env!("CARGO_BIN_EXE_hark"), kafka.address(), engines["clickhouse"].as_str().unwrap(), &engines);
    let (sink, _enrich) = (cluster.stage("sink"), cluster.stage("enrich"));
    let event = |id: &str| upsert(id, "to be erased", "2026-01-01T00:00:00Z", 0);
    publish(kafka.address(), &[event("test:1"), event("test:2")]).await;
    wait_until("they are stored", || cluster.sql("SELECT count() FROM mentions") == "2");
    // It commits what it has stored before it ends.
    assert!(sink.stop().0.success());
    publish(kafka.address(), &[event("test:3")]).await;

    let config = KafkaConfig { brokers: Some(kafka.address().to_owned()), ..KafkaConfig::default() };
    let bus = Kafka::new(&config, None).unwrap();
    let stored = Reader { topic: ENRICHED, group: hark_sink::GROUP };
    let lag = || Progress::new(&bus, stored.group, stored.topic).unwrap().lag().unwrap();
    wait_until("one waits to be stored", || lag() == 1);
    let held = || Progress::new(&bus, stored.group, stored.topic).unwrap().held().unwrap();
    let records = || held().values().map(|held| held.end - held.start).sum::<i64>();
    assert_eq!(trim(&bus, stored, Duration::from_secs(3600)).await.unwrap(), 0, "it is too young");
    assert_eq!(trim(&bus, stored, Duration::ZERO).await.unwrap(), 2);
    assert_eq!(records(), 1, "{:?}", held());

    let _sink = cluster.stage("sink");
    wait_until("the last one is stored too", || cluster.sql("SELECT count() FROM mentions") == "3");
    assert!(cluster.run(&["verify"]).ends_with("complete"), "{}", cluster.run(&["verify"]));
}
