//! Tables of an older version, with rows in them, brought up to date.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_tests::hark::{Hark, wait_until};

/// The first schema that there was.
const FIRST: &str = include_str!("../sink/schema/0001_mentions.sql");

const ROWS: &str = "INSERT INTO mention_rows (id, published_at, source, text, lang, brands, version, is_deleted)
    SELECT concat('test:', toString(number % 900)), toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + number % 900 * 3600,
        'test', concat('text ', toString(number)), 'nl', ['Acme'], number, number = 999 FROM numbers(1000)";
const CONTENT: &str = "SELECT count(), sum(cityHash64(id, published_at, text, lang, brands)) FROM mentions";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_schema_is_migrated_with_its_rows_even_from_two_places_at_once() {
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let engines = hark.start(&mut hark.command(["embedded"]), "ClickHouse");
    wait_until("the engines tell where they are", || hark.folder().join("hark-data/running.json").exists());
    for statement in FIRST.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        hark.admin(&statement.replace('?', "??")).await;
    }
    hark.admin(
        "CREATE TABLE schema_migrations (number UInt32, name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
         ENGINE = ReplacingMergeTree ORDER BY number",
    )
    .await;
    hark.admin("INSERT INTO schema_migrations (number, name) VALUES (1, 'mentions')").await;
    hark.admin(ROWS).await;
    let before = hark.sql(CONTENT);
    assert!(before.starts_with("899\t"), "one of 900 is deleted: {before}");

    let shown = hark.must(["migrate", "--dry-run"]);
    for line in [
        "-- 0002 ledger",
        "-- 0003 stories",
        "-- 0004 retention",
        "CREATE TABLE IF NOT EXISTS ledger\n",
        "nothing was changed",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains("0001"), "{shown}");
    assert_eq!(hark.run(["sql", "SELECT count() FROM ledger"]).status.code(), Some(1), "nothing was changed");

    let mut both = [(); 2].map(|()| hark.command(["migrate"]).spawn().unwrap());
    for migration in &mut both {
        assert!(migration.wait().unwrap().success());
    }
    assert_eq!(hark.sql(CONTENT), before, "every row is as it was");
    assert_eq!(hark.sql("SELECT count() FROM ledger"), "0");
    assert_eq!(hark.run(["sql", "SELECT count() FROM mention_rows"]).status.code(), Some(1), "no row is kept twice");
    let done = hark.must(["migrate"]);
    assert_eq!(done, "the schema of database `hark` is up to date\n");
    assert_eq!(hark.must(["migrate", "--dry-run"]), "-- database `hark` is up to date\n");
    engines.stop();

    let up = hark.up([""; 0]);
    let health = up.get("/api/v1/health").await;
    assert_eq!(health["mentions"], 899);
}
