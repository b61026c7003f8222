//! `hark erase`: what was asked to go is hidden, stays away, and leaves the disk.

use hark_tests::{
    events::{publish, upsert},
    hark::{Hark, wait_for, wait_until},
};

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

const IDS: &str = "SELECT arrayStringConcat(arraySort(groupArray(id)), ',') FROM mentions";

fn of_author(id: &str, author: &str, at: &str) -> serde_json::Value {
    let mut event = upsert(id, "secret words", at, 0);
    event["author"]["id"] = author.into();
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_an_author_and_what_is_old_go_for_good_and_leave_the_disk() {
    let hark = hark();
    let up = hark.up([""; 0]);
    let events = [
        of_author("test:1", "a", "2026-01-01T10:00:00Z"),
        of_author("test:2", "b", "2026-01-02T10:00:00Z"),
        of_author("test:3", "b", "2026-02-02T10:00:00Z"),
        of_author("test:4", "a", "2019-01-01T10:00:00Z"),
        of_author("test:5", "c", "2026-01-05T10:00:00Z"),
    ];
    publish(&hark.brokers(), &events).await;
    wait_until("all are stored", || hark.sql("SELECT count() FROM mentions") == "5");

    let counted = hark.must(["erase", "--author", "test", "b", "--dry-run"]);
    assert!(counted.contains("2 mentions are shown") && counted.contains("nothing was erased"), "{counted}");
    let refused = hark.run_with_input(["erase", "--mention", "test:1"], b"n\n");
    assert!(!refused.status.success() && refused.err.contains("nothing was erased"), "{refused:#?}");
    assert_eq!(hark.sql(IDS), "test:1,test:2,test:3,test:4,test:5");

    let erased = hark.run_with_input(["erase", "--mention", "test:1"], b"y\n");
    assert!(erased.status.success() && erased.out.contains("1 mentions are hidden"), "{erased:#?}");
    let erased = hark.must(["erase", "--author", "test", "b", "--yes"]);
    assert!(erased.contains("2 mentions are hidden"), "{erased}");
    let erased = hark.must(["erase", "--older-than", "1825d", "--source", "test", "--yes"]);
    assert!(erased.contains("1 mentions are hidden"), "{erased}");
    assert_eq!(hark.sql(IDS), "test:5");
    let none = hark.must(["erase", "--older-than", "1825d", "--yes"]);
    assert!(none.contains("nothing was erased"), "{none}");

    // What comes again, edited even, stays away.
    publish(&hark.brokers(), &events).await;
    publish(
        &hark.brokers(),
        &[
            upsert("test:1", "secret edit", "2026-01-01T10:00:00Z", 1_900_000_000_000),
            upsert("test:6", "mark", "2026-01-06T10:00:00Z", 0),
        ],
    )
    .await;
    wait_for("the mark is stored", &"test:5,test:6".to_owned(), || hark.sql(IDS));
    let asked = "SELECT what, source, mentions, hidden_at IS NOT NULL FROM erasures FINAL ORDER BY asked_at";
    assert_eq!(hark.sql(asked), "mention\ttest\t1\t1\nauthor\ttest\t2\t1\nolder_than\ttest\t1\t1");
    assert!(hark.must(["verify"]).ends_with("complete\n"));
    up.stop();

    // A sink looks for hidden texts when it starts, and now and then.
    let _up = hark.up([""; 0]);
    wait_for("no part holds a text that is gone", &"test:5".to_owned(), || {
        hark.sql(
            "SELECT arrayStringConcat(arraySort(groupUniqArray(id)), ',') FROM mention_states WHERE text LIKE '%secret%'",
        )
    });
    let noted = "SELECT what, sum(mentions) FROM erasures FINAL WHERE gone_at >= hidden_at AND hidden_at >= asked_at GROUP BY what ORDER BY what";
    // Those of the requests, and all deletions together.
    let gone = "author\t2\ndeletions\t4\nmention\t1\nolder_than\t1".to_owned();
    wait_for("that is noted", &gone, || hark.sql(noted));
    assert_eq!(hark.sql(IDS), "test:5,test:6");
    assert!(hark.must(["verify"]).ends_with("complete\n"));
}

#[test]
fn without_a_running_pipeline_and_with_pseudonyms_the_author_is_found_by_either_name() {
    let hark = hark();
    hark.file(
        "reviews.csv",
        "review_id,date,author id,review\n1,2025-03-01,u1,one\n2,2025-03-02,u2,two\n3,2025-03-03,u3,three\n",
    );
    hark.file("hark.toml", "[privacy]\npseudonymise_authors = true\n");
    hark.must(["import", "reviews.csv", "--wait"]);
    let erased = hark.must(["erase", "--author", "import", "u1", "--yes"]);
    assert!(erased.contains("1 mentions are hidden"), "{erased}");
    assert_eq!(hark.sql("SELECT text FROM mentions ORDER BY text"), "three\ntwo");
    let name = hark.sql("SELECT author_id FROM mentions WHERE text = 'two'");
    hark.must(["erase", "--author", "import", &name, "--yes"]);
    let id = hark.sql("SELECT id FROM mentions");
    hark.must(["erase", "--mention", &id, "--yes"]);
    assert_eq!(hark.sql("SELECT count() FROM mentions"), "0");
    hark.must(["import", "reviews.csv", "--wait"]);
    assert_eq!(hark.sql("SELECT count() FROM mentions"), "0");
    let usage = hark.run(["erase", "--yes"]);
    assert_eq!(usage.status.code(), Some(2), "{usage:#?}");
}
