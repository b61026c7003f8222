//! Corrections: what a person says wins over what the models say, now and later.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_tests::{
    events::{publish, upsert},
    hark::{Hark, wait_for, wait_until},
};

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

const LABELS: &str = "SELECT sentiment, sentiment_score, topics, length(topic_scores), length(topic_evidence), brands, intent, \
    lang, round(spam_score) FROM mentions WHERE id = 'test:1'";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_corrects_wins_in_rows_and_aggregates_and_can_be_taken_back() {
    let hark = hark();
    hark.file("hark.toml", "[[brand]]\nname = \"Fairphone\"\nquery = \"fairphone\"\n");
    let _up = hark.up([""; 0]);
    let events = [
        upsert("test:1", "My Fairphone battery is great, I love it", "2026-01-01T10:00:00Z", 0),
        upsert("test:2", "My Fairphone battery is great, I really love it", "2026-01-02T10:00:00Z", 0),
    ];
    publish(&hark.brokers(), &events).await;
    wait_until("both are stored", || hark.sql("SELECT count() FROM mentions") == "2");
    let untouched = hark.sql("SELECT * FROM mentions WHERE id = 'test:2'");
    let types = hark.sql("SELECT groupArray(toTypeName(sentiment)), groupArray(toTypeName(topics)) FROM mentions");
    let before = hark.sql(LABELS);
    assert!(before.starts_with("positive\t") && before.contains("['Fairphone']"), "{before}");

    let said = hark.must(["correct", "test:1", "sentiment", "negative", "--by", "Anna"]);
    assert_eq!(said, "test:1: sentiment was positive, is negative\n");
    hark.must(["correct", "test:1", "topics", "price", "battery"]);
    hark.must(["correct", "test:1", "brands", "--none"]);
    hark.must(["correct", "test:1", "intent", "churn"]);
    hark.must(["correct", "test:1", "lang", "nld"]);
    hark.must(["correct", "test:1", "spam", "yes"]);
    let corrected = "negative\t-1\t['price','battery']\t2\t2\t[]\tchurn\tnl\t1";
    assert_eq!(hark.sql(LABELS), corrected);
    assert_eq!(
        hark.sql("SELECT sentiment, count() FROM mentions GROUP BY sentiment ORDER BY sentiment"),
        "negative\t1\npositive\t1"
    );
    assert_eq!(hark.sql("SELECT id FROM mentions WHERE has(topics, 'price')"), "test:1");
    assert_eq!(hark.sql("SELECT * FROM mentions WHERE id = 'test:2'"), untouched);
    assert_eq!(
        hark.sql("SELECT groupArray(toTypeName(sentiment)), groupArray(toTypeName(topics)) FROM mentions"),
        types,
        "columns keep their types"
    );
    let noted = hark.sql("SELECT field, old, new, corrected_by FROM corrections WHERE field = 'sentiment'");
    assert_eq!(noted, "sentiment\tpositive\tnegative\tAnna");

    // A replay, and an edit: the correction stays.
    publish(&hark.brokers(), &events).await;
    publish(&hark.brokers(), &[upsert("test:1", "I love it even more", "2026-01-01T10:00:00Z", 1_800_000_000_000)])
        .await;
    wait_for("the edit is stored", &"I love it even more".to_owned(), || {
        hark.sql("SELECT text FROM mentions WHERE id = 'test:1'")
    });
    assert_eq!(hark.sql(LABELS), corrected);

    // Rows to learn from, of what is corrected only.
    hark.must(["corrections", "export", "rows.tsv"]);
    assert_eq!(std::fs::read_to_string(hark.folder().join("rows.tsv")).unwrap(), "I love it even more\tneg\tnl\n");
    let evaluated = hark.run(["eval", "--task", "sentiment", "--data", "rows.tsv"]);
    assert!(evaluated.status.success(), "{evaluated:#?}");
    assert!(hark.must(["corrections", "export", "-", "--field", "spam"]).contains("\tspam\tnl\n"));

    // The newest counts, and can be taken back.
    hark.must(["correct", "test:1", "sentiment", "neutral"]);
    assert_eq!(hark.sql("SELECT sentiment FROM mentions WHERE id = 'test:1'"), "neutral");
    hark.must(["correct", "test:1", "sentiment", "--undo"]);
    assert_eq!(hark.sql("SELECT sentiment FROM mentions WHERE id = 'test:1'"), "positive");
    assert_eq!(hark.must(["corrections", "export", "-"]), "");
    assert_eq!(hark.sql("SELECT count(), uniqExact(id) FROM mentions"), "2\t2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_value_is_refused_with_what_was_meant() {
    let hark = hark();
    let _up = hark.up([""; 0]);
    publish(&hark.brokers(), &[upsert("test:1", "fine", "2026-01-01T10:00:00Z", 0)]).await;
    wait_until("it is stored", || hark.sql("SELECT count() FROM mentions") == "1");
    for (arguments, said) in [
        (&["sentimnt", "negative"][..], "did you mean `sentiment`?"),
        (&["sentiment", "negativ"], "did you mean `negative`?"),
        (&["sentiment"], "takes one value"),
        (&["intent", "praize"], "did you mean `praise`?"),
        (&["topics", "batery"], "did you mean `battery`?"),
        (&["topics"], "--none"),
        (&["brands", "Acme"], "`Acme` is not known"),
        (&["lang", "klingon"], "no code of a language"),
        (&["spam", "maybe"], "yes, no"),
    ] {
        let refused = hark.run([&["correct", "test:1"], arguments].concat());
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {refused:#?}");
        assert!(refused.err.contains(said), "{arguments:?}: {}", refused.err);
    }
    let unknown = hark.run(["correct", "test:9", "sentiment", "negative"]);
    assert!(unknown.status.code() == Some(1) && unknown.err.contains("test:9"), "{unknown:#?}");
    assert_eq!(hark.sql("SELECT count() FROM corrections"), "0");
}
