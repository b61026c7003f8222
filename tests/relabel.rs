//! `hark relabel`: stored mentions get today's labels, and count once at every moment.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use hark_tests::{
    events::{delete, publish, upsert},
    hark::{Hark, child_of, wait_for, wait_until},
};

const OLD: &str = "[[brand]]\nname = \"Old\"\nquery = \"phone\"\n";
const NEW: &str = "[[brand]]\nname = \"New\"\nquery = \"phone\"\n";
const BRANDS: &str = "SELECT brands, count() FROM mentions GROUP BY brands ORDER BY brands";

fn hark() -> Hark {
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    hark.file("hark.toml", OLD);
    hark
}

/// So many reviews, on days of two years; all but one in ten on one of these.
fn reviews(count: usize) -> String {
    let mut rows = "review_id,date,review\n".to_owned();
    for row in 0..count {
        let other = if row % 10 == 0 { row } else { 0 };
        writeln!(rows, "{row},{}-{:02}-11,My phone number {row} is great", 2024 + other / 10 % 2, 1 + other % 12)
            .unwrap();
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn history_gets_new_labels_and_edits_deletions_and_corrections_win() {
    let hark = hark();
    let up = hark.up([""; 0]);
    hark.file("reviews.csv", reviews(300));
    hark.must(["import", "reviews.csv", "--wait"]);
    let events = [
        upsert("test:edited", "my phone", "2025-01-01T10:00:00Z", 0),
        upsert("test:deleted", "my phone", "2025-01-01T10:00:00Z", 0),
        upsert("test:corrected", "my phone", "2025-01-01T10:00:00Z", 0),
    ];
    publish(&hark.brokers(), &events).await;
    wait_for("all are stored", &"['Old']\t303".to_owned(), || hark.sql(BRANDS));
    hark.must(["correct", "test:corrected", "brands", "--none"]);
    let texts =
        "SELECT groupBitXor(cityHash64(id, text, published_at, revision, story_id, extra, raw_offset)) FROM mentions";
    let before = hark.sql(texts);
    up.stop();

    hark.file("hark.toml", NEW);
    let _up = hark.up([""; 0]);
    let some = hark.must(["relabel", "--from", "2025-01-01", "--to", "2025-01-01"]);
    assert!(some.starts_with("3 mentions have new labels"), "{some}");
    assert_eq!(hark.sql(BRANDS), "[]\t1\n['New']\t2\n['Old']\t300");
    let rest = hark.must(["relabel"]);
    assert!(rest.starts_with("300 mentions have new labels"), "{rest}");
    assert_eq!(hark.sql(BRANDS), "[]\t1\n['New']\t302");
    assert_eq!(hark.sql(texts), before, "nothing but labels changed");
    assert_eq!(hark.sql("SELECT uniqExact(rules_version), count(), uniqExact(id) FROM mentions"), "1\t303\t303");
    assert!(hark.must(["relabel"]).contains("no mention is to be labelled again"));
    assert!(hark.must(["relabel", "--all", "--from", "2025-01-01", "--to", "2025-01-01"]).starts_with("3 mentions"));

    // Later states of a mention win over newer labels of earlier ones, and a replay of old ones changes nothing.
    publish(&hark.brokers(), &events).await;
    publish(
        &hark.brokers(),
        &[
            upsert("test:edited", "my other phone", "2025-01-01T10:00:00Z", 1_800_000_000_000),
            delete("test:deleted", "2026-06-01T00:00:00Z"),
            upsert("test:mark", "mark", "2025-01-01T10:00:00Z", 0),
        ],
    )
    .await;
    wait_until("the mark is stored", || hark.sql("SELECT count() FROM mentions WHERE id = 'test:mark'") == "1");
    assert_eq!(hark.sql("SELECT text FROM mentions WHERE id = 'test:edited'"), "my other phone");
    assert_eq!(hark.sql("SELECT count() FROM mentions WHERE id = 'test:deleted'"), "0");
    hark.must(["relabel", "--all"]);
    assert_eq!(hark.sql("SELECT text FROM mentions WHERE id = 'test:edited'"), "my other phone");
    assert_eq!(hark.sql("SELECT count(), uniqExact(id) FROM mentions"), "303\t303");
    assert!(hark.must(["verify"]).ends_with("complete\n"));
    let wrong = hark.run(["relabel", "--from", "yesterday"]);
    assert!(wrong.status.code() == Some(2) && wrong.err.contains("2026-11-22"), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_doubles_nothing_and_it_goes_on_where_it_stopped() {
    let hark = hark();
    hark.file("reviews.csv", reviews(6000));
    hark.must(["import", "reviews.csv", "--wait"]);
    hark.file("hark.toml", NEW);
    let _up = hark.up([""; 0]);
    let old = "SELECT countIf(brands = ['Old']) FROM mentions";
    let all = "SELECT count(), uniqExact(id), countIf(length(brands) != 1) FROM mentions";
    for signal in ["-KILL", "-INT"] {
        let before: u64 = hark.sql(old).parse().unwrap();
        let mut relabel = hark.command(["relabel", "--rate", "300"]).spawn().unwrap();
        wait_until("some have new labels", || {
            assert_eq!(hark.sql(all), "6000\t6000\t0", "each counts once at every moment");
            hark.sql(old).parse::<u64>().unwrap() < before
        });
        let pid = relabel.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
        assert!(!relabel.wait().unwrap().success());
        let left: u64 = hark.sql(old).parse().unwrap();
        assert!(left > 0 && left < before, "{signal}: {left} of {before}");
    }
    let left = hark.sql(old);
    let rest = hark.must(["relabel"]).replace(',', "");
    assert!(rest.contains(&format!("{left} mentions have new labels")), "{left}: {rest}");
    assert_eq!(hark.sql(BRANDS), "['New']\t6000");
    assert_eq!(hark.sql(all), "6000\t6000\t0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_in_the_middle_is_waited_for() {
    const MENTIONS: usize = 30_000;
    let hark = hark();
    // So long that neither the stages nor the connections hold them all: the question that reads them is still being
    // answered while the first ones are written.
    let long = format!("is great{}", " and rings when it should".repeat(80));
    hark.file("reviews.csv", reviews(MENTIONS).replace("is great", &long));
    hark.must(["import", "reviews.csv", "--wait"]);
    hark.file("hark.toml", NEW);
    let up = hark.up([""; 0]);
    let relabel = hark.command(["relabel", "--rate", "2000"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_until("some have new labels", || hark.sql("SELECT countIf(brands = ['New']) FROM mentions") != "0");
    let engine = child_of(up.pid()).unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-KILL", &engine]).status().unwrap().success());
    let ended = relabel.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("labelling rests"), "{said}");
    assert_eq!(hark.sql(BRANDS), format!("['New']\t{MENTIONS}"));
    assert_eq!(hark.sql("SELECT count(), uniqExact(id) FROM mentions"), format!("{MENTIONS}\t{MENTIONS}"));
}
