//! Dead letters: listed in the command and the API, and sent through again once.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_tests::{
    events::{Produced, produce, produce_to, publish, records, upsert},
    hark::{Hark, wait_for, wait_until},
};
use serde_json::{Value, json};

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

/// The dead letters that `hark dead list` tells, the newest first.
fn letters(hark: &Hark, more: &[&str]) -> Vec<Value> {
    let listed = hark.must([&["dead", "list", "--json", "--limit", "100"], more].concat());
    listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn raw(hark: &Hark) -> usize {
    records(&hark.brokers(), "hark.mentions.raw").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_with_reason_place_and_bytes() {
    let hark = hark();
    let up = hark.up([""; 0]);
    assert!(hark.must(["dead", "list"]).contains("no dead letters"));
    let poison = b"not json: \x1b[31mjan@example.org\xff".to_vec();
    produce(&hark.brokers(), &[("k1", poison.clone())]).await;
    produce(&hark.brokers(), &[("k2", br#"{"v":1,"op":"upsert","id":7}"#.to_vec())]).await;
    wait_until("both are dead", || letters(&hark, &[]).len() == 2);

    let table = hark.must(["dead", "list"]);
    for said in
        ["LETTER", "enrich", "not_an_event", "wrong_shape", "hark.mentions.raw/", "waiting", "2 of 2 dead letters"]
    {
        assert!(table.contains(said), "{said}: {table}");
    }
    let wrong_shape = letters(&hark, &["--reason", "wrong_shape"]);
    assert_eq!((wrong_shape.len(), &wrong_shape[0]["key"]), (1, &json!("k2")));
    assert!(letters(&hark, &["--stage", "sink"]).is_empty());
    let found = letters(&hark, &["--reason", "not_an_event"]);
    assert!(found[0]["preview"].as_str().unwrap().contains("[masked_email]"), "{found:?}");
    let shown = hark.command(["dead", "show", found[0]["id"].as_str().unwrap()]).output().unwrap();
    assert_eq!(shown.stdout, poison, "the bytes as they came");
    let refused = hark.run(["dead", "list", "--reason", "bad_luck"]);
    assert!(refused.status.code() == Some(2) && refused.err.contains("wrong_shape"), "{refused:#?}");

    let answer = up.get("/api/v1/dead-letters?limit=1&reason=not_an_event").await;
    assert_eq!(answer["total"], 2);
    for field in ["id", "stage", "reason", "error", "place", "key", "bytes", "state", "preview"] {
        assert_eq!(answer["letters"][0][field], found[0][field], "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_sends_each_letter_once_and_what_works_now_is_stored() {
    let hark = hark();
    let _up = hark.up([""; 0]);
    publish(&hark.brokers(), &[upsert("test:before", "fine", "2026-01-01T00:00:00Z", 0)]).await;
    wait_until("the first is stored", || hark.sql("SELECT count() FROM mentions") == "1");
    hark.admin("ALTER TABLE mention_states ADD COLUMN fault UInt8 MATERIALIZED if(text = 'refused', toUInt8(text), 0)")
        .await;
    publish(&hark.brokers(), &[upsert("test:refused", "refused", "2026-01-01T00:00:00Z", 0)]).await;
    produce(&hark.brokers(), &[("k", b"poison".to_vec()), ("k", b"poison".to_vec()), ("k", b"{}".to_vec())]).await;
    wait_until("all are dead", || letters(&hark, &[]).len() == 4);
    assert_eq!(letters(&hark, &["--stage", "sink"])[0]["reason"], "store_refused");

    let before = raw(&hark);
    let planned = hark.must(["replay", "--dead", "--dry-run"]);
    assert!(planned.contains("4 of 4 dead letters would be sent"), "{planned}");
    assert_eq!(raw(&hark), before, "nothing was sent");
    hark.admin("ALTER TABLE mention_states DROP COLUMN fault").await;
    let replayed = hark.must(["replay", "--dead", "--stage", "sink"]);
    assert!(replayed.contains("1 of 1 dead letters sent"), "{replayed}");
    wait_until("it is stored now", || hark.sql("SELECT count() FROM mentions WHERE id = 'test:refused'") == "1");
    let replayed = hark.must(["replay", "--dead"]);
    assert!(replayed.contains("3 of 4 dead letters sent") && replayed.contains("sent before"), "{replayed}");
    // Two letters that hold the same are one item.
    assert_eq!(raw(&hark), before + 3);
    wait_until("the poison is dead again", || letters(&hark, &[]).len() == 6);

    for _ in 0..2 {
        let again = hark.must(["replay", "--dead"]);
        assert!(again.contains("0 of 6 dead letters sent") && again.contains("failed again"), "{again}");
    }
    assert_eq!(raw(&hark), before + 3, "nothing is doubled");
    let again = hark.must(["replay", "--dead", "--again"]);
    assert!(again.contains("2 of 6 dead letters sent"), "{again}");
    assert_eq!(raw(&hark), before + 5);
    assert!(hark.must(["verify"]).ends_with("complete\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_broke_off_is_finished_without_loss_or_doubles() {
    let hark = hark();
    let _up = hark.up([""; 0]);
    produce(&hark.brokers(), &[("a", b"poison a".to_vec()), ("b", b"poison b".to_vec())]).await;
    wait_until("both are dead", || letters(&hark, &[]).len() == 2);
    hark.must(["replay", "--dead"]);
    assert_eq!(raw(&hark), 4);
    wait_until("both are dead again", || letters(&hark, &[]).len() == 4);
    let marks: serde_json::Map<String, Value> = records(&hark.brokers(), "hark.replayed")
        .into_iter()
        .filter(|mark| mark.key != "intent")
        .map(|mark| (mark.key, serde_json::from_slice(&mark.payload).unwrap()))
        .collect();
    assert_eq!(marks.len(), 2, "{marks:?}");
    // The marks gone and the intent back: where a kill between sending and marking leaves things.
    let broken_off = |ends: Value| {
        let forgotten = marks.keys().map(|key| Produced { key: key.clone(), payload: None });
        let intent = json!({"ends": ends, "letters": marks}).to_string().into_bytes();
        forgotten.chain([Produced { key: "intent".into(), payload: Some(intent) }]).collect::<Vec<_>>()
    };
    produce_to(&hark.brokers(), "hark.replayed", broken_off(json!({}))).await;
    let finished = hark.must(["replay", "--dead"]);
    assert!(finished.contains("0 of 4 dead letters sent"), "what had arrived is not sent again: {finished}");
    assert_eq!(raw(&hark), 4);

    // A kill before sending: the same intent, but behind its ends there is nothing.
    let ends: serde_json::Map<String, Value> = (0..4).map(|partition| (partition.to_string(), json!(1000))).collect();
    produce_to(&hark.brokers(), "hark.replayed", broken_off(Value::Object(ends))).await;
    let finished = hark.must(["replay", "--dead"]);
    assert!(finished.contains("4 of 4 dead letters sent"), "what had not arrived is sent: {finished}");
    assert_eq!(raw(&hark), 6, "two items, each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_20_megabytes_stops_nothing() {
    let hark = hark();
    let _up = hark.up([""; 0]);
    let huge = upsert("test:huge", &"x".repeat(20 << 20), "2026-01-01T00:00:00Z", 0).to_string().into_bytes();
    produce(&hark.brokers(), &[("test:huge", huge.clone())]).await;
    publish(&hark.brokers(), &[upsert("test:fine", "fine", "2026-01-01T00:00:00Z", 0)]).await;
    wait_for("the others go on", &"test:fine".to_owned(), || hark.sql("SELECT id FROM mentions"));
    wait_until("it is dead", || letters(&hark, &[]).len() == 1);
    let letter = &letters(&hark, &[])[0];
    assert_eq!(
        (&letter["reason"], &letter["state"], &letter["bytes"]),
        (&json!("too_large"), &json!("cut"), &json!(huge.len()))
    );
    let shown = hark.command(["dead", "show", letter["id"].as_str().unwrap()]).output().unwrap();
    assert_eq!(shown.stdout, huge[..768 * 1024], "the beginning is kept");
    assert!(String::from_utf8_lossy(&shown.stderr).contains("only the first"));
    assert!(hark.must(["replay", "--dead"]).contains("0 of 1 dead letters sent"));
    assert!(hark.must(["verify"]).ends_with("complete\n"));
}
