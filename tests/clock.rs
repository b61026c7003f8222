//! Clocks that jump, as they do when a machine wakes up or its time is set.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

use hark_tests::{
    cluster::Cluster,
    events::{delete, publish, upsert},
    hark::{Hark, wait_until},
    real_kafka::start_or_skip,
};

#[tokio::test(flavor = "multi_thread")]
async fn stages_whose_clock_jumps_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(kafka) = start_or_skip(folder.path()).await else { return };
    let database = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let _engines = database.start(&mut database.command(["embedded"]), "ClickHouse");
    wait_until("the engines tell where they are", || database.folder().join("hark-data/running.json").exists());
    let engines = database.engines();
    let cluster =
        Cluster::new(env!("CARGO_BIN_EXE_hark"), kafka.address(), engines["clickhouse"].as_str().unwrap(), &engines);

    let clock = cluster.hark.file("clock", "+0d");
    let stage = |name: &str| {
        let mut command = cluster.command(&[name]);
        // Only the time of day jumps; no machine's monotonic clock does.
        command.env("LD_PRELOAD", faketime()).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.env("FAKETIME_TIMESTAMP_FILE", &clock).env("FAKETIME_NO_CACHE", "1");
        cluster.hark.start(&mut command, "working")
    };
    let _stages = (stage("enrich"), stage("sink"));
    let shown = || cluster.sql("SELECT id, text FROM mentions ORDER BY id");
    let noted = "SELECT count() FROM mention_states WHERE is_deleted AND collected_at";
    for (round, (jump, then)) in
        [("+0d", "< now() + INTERVAL 1 DAY"), ("+3d", "> now() + INTERVAL 2 DAY"), ("-3d", "< now() - INTERVAL 2 DAY")]
            .into_iter()
            .enumerate()
    {
        cluster.hark.file("clock", jump);
        let round = round as u64;
        publish(
            kafka.address(),
            &[
                upsert("test:edited", &format!("edit {round}"), "2026-01-01T00:00:00Z", round),
                upsert(&format!("test:{round}"), "gone soon", "2026-01-01T00:00:00Z", 0),
                delete(&format!("test:{round}"), "2026-01-02T00:00:00Z"),
            ],
        )
        .await;
        wait_until("the edit is shown and the deletion too", || shown() == format!("test:edited\tedit {round}"));
        wait_until("the clock has jumped", || cluster.sql(&format!("{noted} {then}")) != "0");
    }
    let proof = cluster.run(&["verify"]);
    assert!(proof.ends_with("complete") && proof.contains("9 records worked on"), "{proof}");
}

/// The library that makes a program see another time of day.
fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|folder| folder.path());
    folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|library| library.exists()).expect("faketime")
}
