//! Events through the whole pipeline: what a question sees after edits, deletions, poison and crashes.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_tests::{
    events::{dead_letters, delete, forget, produce, publish, upsert},
    hark::{Hark, wait_for, wait_until},
};

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

/// Waits until everything that is in Kafka now is stored: a marker that is sent last has arrived.
async fn settle(hark: &Hark, marker: &str) {
    let all: Vec<_> =
        (0..16).map(|n| upsert(&format!("test:{marker}-{n}"), marker, "2020-01-01T00:00:00Z", 0)).collect();
    publish(&hark.brokers(), &all).await;
    let query = format!("SELECT count() FROM mentions WHERE text = '{marker}'");
    wait_until("the marker is stored", || hark.sql(&query) == "16");
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_deletions_count_in_whichever_order_they_come() {
    let hark = hark();
    let _up = hark.up([""; 0]);
    let (first, second) = ("2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z");
    let edit = 1_767_348_000_000; // 2026-01-02T10:00:00Z
    publish(
        &hark.brokers(),
        &[
            upsert("test:edited", "old", first, 0),
            upsert("test:edited", "new", first, edit),
            upsert("test:late", "new", first, edit),
            upsert("test:late", "old", first, 0),
            upsert("test:moved", "before", first, 0),
            upsert("test:moved", "after", "2026-03-09T10:00:00Z", edit),
            upsert("test:gone", "gone", first, 0),
            delete("test:gone", second),
            delete("test:never", second),
            upsert("test:never", "deleted before it came", first, 0),
            upsert("test:back", "first", first, 0),
            delete("test:back", first),
            upsert("test:back", "again", first, edit),
            upsert("test:twice", "same", first, 0),
            upsert("test:twice", "same", first, 0),
        ],
    )
    .await;
    settle(&hark, "settled").await;
    let rows = hark.sql("SELECT id, text FROM mentions WHERE text != 'settled' ORDER BY id");
    assert_eq!(rows, "test:back\tagain\ntest:edited\tnew\ntest:late\tnew\ntest:moved\tafter\ntest:twice\tsame");
    let counted =
        "SELECT count(), uniqExact(id) FROM mentions WHERE text != 'settled' AND published_at >= '2026-01-01'";
    assert_eq!(hark.sql(counted), "5\t5");
    // What is deleted in a network but was never stored leaves no row.
    publish(&hark.brokers(), &[delete("test:unknown", second)]).await;
    settle(&hark, "settled again").await;
    assert_eq!(hark.sql("SELECT count() FROM mention_states WHERE id = 'test:unknown'"), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn near_duplicates_share_a_story_whenever_they_come() {
    let hark = hark();
    let news = "The battery of the new phone of Noordvonk lasts twice as long as that of its predecessor, tests show";
    let copies = [
        ("test:first", news.to_owned()),
        ("test:retweet", format!("RT @somebody: {news} https://example.org/a")),
        ("test:syndicated", news.replace("tests show", "a test shows")),
        ("test:other", "Nobody at the counter of the station could tell me when my train would leave".to_owned()),
    ];
    let stories = "SELECT uniqExact(story_id), countIf(story_id = ''), count() FROM mentions WHERE text != 'settled'";
    let at = "2026-01-01T10:00:00Z";
    let up = hark.up([""; 0]);
    let events: Vec<_> = copies.iter().map(|(id, text)| upsert(id, text, at, 0)).collect();
    publish(&hark.brokers(), &events).await;
    wait_for("three are one story, the fourth another", &"2\t0\t4".to_owned(), || hark.sql(stories));
    let before = hark.sql("SELECT id, story_id FROM mentions ORDER BY id");
    up.stop();
    // Another worker, later, and the same mentions again: the stories stay what they were.
    let _up = hark.up([""; 0]);
    let mut again = events.clone();
    again.reverse();
    again.push(upsert("test:late", &format!("Via @paper: {news}"), at, 0));
    publish(&hark.brokers(), &again).await;
    wait_for("the late one joins", &"2\t0\t5".to_owned(), || hark.sql(stories));
    settle(&hark, "settled").await;
    assert_eq!(
        hark.sql("SELECT id, story_id FROM mentions WHERE id NOT LIKE 'test:late' AND text != 'settled' ORDER BY id"),
        before
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_author_takes_all_mentions_along() {
    let hark = hark();
    let _up = hark.up([""; 0]);
    let before = |id: &str| upsert(id, "by the author", "2026-01-01T10:00:00Z", 0);
    publish(&hark.brokers(), &[before("test:1"), before("test:2")]).await;
    wait_until("both are stored", || hark.sql("SELECT count() FROM mentions") == "2");
    publish(&hark.brokers(), &[forget("author-1", "2026-02-01T00:00:00Z")]).await;
    wait_until("both are gone", || hark.sql("SELECT count() FROM mentions") == "0");
    publish(&hark.brokers(), &[before("test:3"), upsert("test:4", "after", "2026-03-01T00:00:00Z", 0)]).await;
    wait_until("only the later one shows", || hark.sql("SELECT id FROM mentions") == "test:4");
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_goes_to_the_dead_letters_and_the_rest_goes_on() {
    let hark = hark();
    let _up = hark.up([""; 0]);
    let poison: Vec<Vec<u8>> = vec![
        b"\xff\xfe not json".to_vec(),
        b"{}".to_vec(),
        br#"{"v":9,"op":"upsert"}"#.to_vec(),
        br#"{"v":1,"op":"upsert","id":1}"#.to_vec(),
        Vec::new(),
    ];
    let records: Vec<(&str, Vec<u8>)> = poison.iter().map(|bytes| ("k", bytes.clone())).collect();
    produce(&hark.brokers(), &records).await;
    publish(&hark.brokers(), &[upsert("test:fine", "Fine", "2026-01-01T00:00:00Z", 0)]).await;
    wait_until("the good one is stored", || hark.sql("SELECT id FROM mentions") == "test:fine");
    wait_until("all poison is dead", || dead_letters(&hark.brokers()).len() == poison.len());
    let letters = dead_letters(&hark.brokers());
    let mut originals: Vec<Vec<u8>> = letters.iter().map(|letter| letter.original.clone()).collect();
    let mut expected = poison.clone();
    originals.sort();
    expected.sort();
    assert_eq!(originals, expected);
    assert!(letters.iter().all(|letter| letter.stage == "enrich" && letter.place.starts_with("hark.mentions.raw/")));
    let reasons: Vec<&str> = letters.iter().map(|letter| letter.reason.as_str()).collect();
    for reason in ["not_an_event", "unknown_version", "wrong_shape"] {
        assert!(reasons.contains(&reason), "{reasons:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_on_the_dashboards_and_a_second_start_adds_nothing() {
    let hark = hark();
    let count = || hark.sql("SELECT count() FROM mentions").parse::<u64>().unwrap();
    let up = hark.up(["--demo"]);
    wait_until("the sample is stored", || count() >= 1500);
    settle(&hark, "loaded").await;
    let loaded = count();
    let health = up.get("/api/v1/health").await;
    assert_eq!(health["mentions"].as_u64(), Some(loaded), "{health}");
    let summary = up.get("/api/v1/summary?period=all").await;
    assert_eq!(summary["mentions"]["now"].as_u64(), Some(loaded), "{summary}");
    let (status, said) = up.stop();
    assert!(status.success(), "{said}");

    let again = hark.up(["--demo"]);
    settle(&hark, "again").await;
    assert_eq!(count(), loaded + 16);
    let brands = hark.sql(
        "SELECT uniqExact(arrayJoin(brands)), uniqExact(arrayJoin(products)), uniqExact(source) >= 8 FROM mentions",
    );
    assert_eq!(brands, "3\t6\t1");
    drop(again);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_everything_is_killed() {
    let hark = hark();
    let mut sent = 0;
    for round in 0..3 {
        let up = hark.up([""; 0]);
        let events: Vec<_> =
            (0..500).map(|n| upsert(&format!("test:{round}-{n}"), "kept", "2026-01-01T00:00:00Z", 0)).collect();
        publish(&hark.brokers(), &events).await;
        sent += events.len();
        up.kill();
    }
    let _up = hark.up([""; 0]);
    let expected = format!("{sent}\t{sent}");
    wait_for("all that was acknowledged is stored", &expected, || {
        hark.sql("SELECT count(), uniqExact(id) FROM mentions WHERE text = 'kept'")
    });
}
