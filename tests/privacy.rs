//! Personal data: what a user finds masked, replaced and gone, in Kafka and in the answers.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_tests::{
    events::{publish, records, upsert},
    hark::{Hark, wait_for, wait_until},
};
use serde_json::Value;

const REVIEWS: &str = "review_id,date,author,author id,review,contact\n\
    1,2025-03-01T10:00:00Z,Jan,u1,Bel me op 06-12345678 of mail jan@example.org,jan@example.org\n\
    2,2025-03-02T10:00:00Z,Jan,u1,IBAN NL91 ABNA 0417 1643 00 en kaart 4111 1111 1111 1111,\n\
    3,2025-03-03T10:00:00Z,Piet,u2,Bestelling 1234567890 van 06-12-2024 kwam niet: https://example.org/t/0612345678,\n";

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

/// All that the topics of mentions hold, as text.
fn kafka(hark: &Hark) -> String {
    let topics = ["hark.mentions.raw", "hark.mentions.enriched"];
    let payloads = topics.iter().flat_map(|topic| records(&hark.brokers(), topic));
    payloads.map(|record| format!("{} {}\n", record.key, String::from_utf8_lossy(&record.payload))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_is_masked_before_anything_is_stored_and_counted() {
    let hark = hark();
    hark.file("reviews.csv", REVIEWS);
    let _up = hark.up([""; 0]);
    let imported = hark.run(["import", "reviews.csv", "--wait"]);
    assert!(imported.status.success(), "{imported:#?}");
    assert!(imported.err.contains("masked in them: 2 email, 1 phone, 1 iban, 1 card"), "{}", imported.err);
    // Another program's event, straight into Kafka: it is masked before it is labelled and stored.
    publish(&hark.brokers(), &[upsert("test:1", "mail piet@example.org", "2025-03-04T10:00:00Z", 0)]).await;
    let texts = "Bel me op [masked_phone] of mail [masked_email]\n\
                 IBAN [masked_iban] en kaart [masked_card]\n\
                 Bestelling 1234567890 van 06-12-2024 kwam niet: https://example.org/t/0612345678\n\
                 mail [masked_email]";
    wait_for("all are stored, masked", &texts.to_owned(), || {
        hark.sql("SELECT text FROM mentions ORDER BY published_at")
    });
    let kafka = kafka(&hark);
    assert!(kafka.contains("[masked_card]"), "{kafka}");
    for secret in ["jan@example.org", "12345678 of", "0417 1643", "4111 1111"] {
        assert!(!kafka.contains(secret), "{secret} is in Kafka: {kafka}");
    }
    assert_eq!(hark.sql("SELECT count() FROM mentions WHERE extra LIKE '%@example.org%'"), "0");
}

#[test]
fn masking_can_be_narrowed_and_a_wrong_kind_is_refused() {
    let hark = hark();
    hark.file("reviews.csv", REVIEWS);
    hark.file("hark.toml", "[privacy]\nmask = [\"card\"]\n");
    hark.must(["import", "reviews.csv", "--wait"]);
    assert_eq!(
        hark.sql("SELECT countIf(text LIKE '%[masked_card]%'), countIf(text LIKE '%jan@example.org%') FROM mentions"),
        "1\t1"
    );
    hark.file("hark.toml", "[privacy]\nmask = [\"name\"]\nretention = \"1h\"\n");
    let refused = hark.run(["check"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.err.contains("privacy.mask") && refused.err.contains("privacy.retention"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn authors_get_other_names_that_stay_the_same() {
    let hark = hark();
    hark.file("reviews.csv", REVIEWS);
    hark.file("hark.toml", "[privacy]\npseudonymise_authors = true\n");
    let authors =
        "SELECT author_id, groupArray(author_handle), count() FROM mentions GROUP BY author_id ORDER BY count()";
    let first = hark.must(["import", "reviews.csv", "--wait"]) + &hark.sql(authors);
    // Again, in another process: the key is kept, so nothing doubles.
    let _up = hark.up([""; 0]);
    hark.must(["import", "reviews.csv", "--wait"]);
    assert_eq!(hark.sql(authors), first);
    assert_eq!(first.lines().map(|line| line.split('\t').next_back().unwrap()).collect::<Vec<_>>(), ["1", "2"]);
    let kafka = kafka(&hark);
    for name in ["\"u1\"", "\"u2\"", "Jan", "Piet"] {
        assert!(!first.contains(name) && !kafka.contains(name), "{name}: {first} {kafka}");
    }
    let key = std::fs::metadata(hark.folder().join("hark-data/pseudonym.key")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&key.permissions()) & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_its_retention_is_hidden_at_once_and_leaves_the_disk() {
    let hark = hark();
    let now: Value =
        serde_json::from_str(&hark.sql("SELECT concat('\"', formatDateTime(now('UTC'), '%FT%TZ'), '\"')")).unwrap();
    let now = now.as_str().unwrap();
    let up = hark.up([""; 0]);
    publish(
        &hark.brokers(),
        &[upsert("test:old", "old", "2020-01-01T00:00:00Z", 0), upsert("test:new", "new", now, 0)],
    )
    .await;
    wait_until("both are stored", || hark.sql("SELECT count() FROM mentions") == "2");
    up.stop();

    hark.file("hark.toml", "[privacy]\nsource_retention = { test = \"30d\" }\n");
    let shown = hark.must(["migrate", "--dry-run"]);
    assert!(shown.contains("MODIFY TTL") && shown.contains("source = 'test'"), "{shown}");
    let _up = hark.up([""; 0]);
    assert_eq!(hark.sql("SELECT text FROM mentions"), "new");
    // One that comes later and is past it already, and a deletion of it, leave nothing behind either.
    publish(
        &hark.brokers(),
        &[upsert("test:older", "older", "2019-01-01T00:00:00Z", 0), upsert("test:mark", "mark", now, 0)],
    )
    .await;
    wait_until("the last one is stored", || hark.sql("SELECT count() FROM mentions") == "2");
    hark.admin("OPTIMIZE TABLE mention_states FINAL").await;
    wait_for("the rows are gone from the disk", &"test:mark,test:new".to_owned(), || {
        hark.sql("SELECT arrayStringConcat(arraySort(groupArray(id)), ',') FROM mention_states")
    });
    let proof = hark.must(["verify"]);
    assert!(proof.contains("2 of them are past their retention") && proof.ends_with("complete\n"), "{proof}");

    // A row that goes missing without a reason is still told.
    hark.admin("ALTER TABLE mention_states DELETE WHERE id = 'test:mark'").await;
    let proof = hark.run(["verify"]);
    assert!(proof.out.contains("MISSING 1 of them, such as test:mark"), "{}", proof.out);

    hark.file("hark.toml", "");
    assert!(hark.must(["migrate", "--dry-run"]).contains("REMOVE TTL"));
    assert!(hark.must(["migrate"]).contains("retention: changed"));
    assert!(hark.must(["migrate", "--dry-run"]).contains("is up to date"));
}
