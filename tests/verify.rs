//! The proof: it holds when nothing is missing, and names what is missing when something is.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_tests::{
    events::{delete, forget, produce, publish, upsert},
    hark::Hark,
};

const DAY: &str = "2026-01-01T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_accounted_for_or_named() {
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let _up = hark.up([""; 0]);
    let brokers = hark.engines()["kafka"].as_str().unwrap().to_owned();
    let mut events: Vec<_> = (0..100).map(|n| upsert(&format!("test:{n}"), "kept", DAY, 0)).collect();
    events.extend([
        upsert("test:0", "edited", DAY, 1_767_348_000_000),
        upsert("test:empty", " ", DAY, 0),
        delete("test:1", "2026-01-02T00:00:00Z"),
        delete("test:unknown", "2026-01-02T00:00:00Z"),
        forget("author-2", "2026-01-02T00:00:00Z"),
    ]);
    publish(&brokers, &events).await;
    produce(&brokers, &[("poison", b"not an event".to_vec())]).await;

    let proof = hark.run(["verify"]);
    assert!(proof.status.success(), "{}{}", proof.out, proof.err);
    for line in [
        "106 records worked on",
        "101  stored",
        "2  deleted",
        "1  forgotten",
        "1  dropped empty",
        "1  dead not_an_event",
        "100 mentions that the topic still holds",
    ] {
        assert!(proof.out.contains(line), "`{line}` is not in:\n{}", proof.out);
    }
    assert!(proof.out.ends_with("complete\n"), "{}", proof.out);

    // A row that is not there any more, and an offset that nobody noted.
    hark.admin("ALTER TABLE mention_states DELETE WHERE id = 'test:7'").await;
    let proof = hark.run(["verify"]);
    assert_eq!(proof.status.code(), Some(1), "{}", proof.out);
    assert!(proof.out.contains("MISSING 1 of them, such as test:7"), "{}", proof.out);

    hark.admin("ALTER TABLE ledger DELETE WHERE outcome = 'dropped'").await;
    let proof = hark.run(["verify"]);
    assert_eq!(proof.status.code(), Some(1), "{}", proof.out);
    assert!(proof.out.contains("1 records have no outcome"), "{}", proof.out);
    assert!(proof.out.ends_with("INCOMPLETE\n"), "{}", proof.out);
}
