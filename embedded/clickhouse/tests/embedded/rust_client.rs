//! The official `clickhouse` crate, unmodified.

use clickhouse::{Compression, Row};
use serde::{Deserialize, Serialize};

use crate::support::{Running, client};

#[derive(Row, Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Mention {
    id: u64,
    text: String,
    tags: Vec<String>,
    score: Option<f32>,
}

const TABLE: &str = "CREATE TABLE hark.m (id UInt64, text String, tags Array(String), score Nullable(Float32)) \
                     ENGINE = MergeTree ORDER BY id";

fn mention(id: u64) -> Mention {
    Mention {
        id,
        text: format!("een bericht n° {id} — 電池 \0 ' \" \\"),
        tags: (0..id % 3).map(|n| format!("tag{n}")).collect(),
        score: id.is_multiple_of(2).then_some(id as f32 / 4.0),
    }
}

#[tokio::test]
async fn rows_come_back_as_they_went_in_with_every_compression() {
    let running = Running::start().await;
    running.run(TABLE).await;
    for compression in [Compression::None, Compression::Lz4, Compression::Zstd(3)] {
        running.run("TRUNCATE TABLE hark.m").await;
        let client = client(&running.engine.admin()).with_compression(compression);
        let mut insert = client.insert::<Mention>("m").await.unwrap();
        for id in 0..20_000 {
            insert.write(&mention(id)).await.unwrap();
        }
        insert.end().await.unwrap();
        for validated in [true, false] {
            let client = client.clone().with_validation(validated);
            let rows = client.query("SELECT ?fields FROM m ORDER BY id").fetch_all::<Mention>().await.unwrap();
            assert_eq!(rows.len(), 20_000);
            assert!(rows.iter().enumerate().all(|(id, row)| *row == mention(id as u64)));
        }
    }
    running.engine.shutdown().await;
}

#[tokio::test]
async fn parameters_are_bound_on_both_sides() {
    let running = Running::start().await;
    let client = client(&running.engine.admin());
    let text = "it's \t\n \\ {x:String} é";
    let bound: String = client.query("SELECT ?").bind(text).fetch_one().await.unwrap();
    assert_eq!(bound, text);
    let query = client.query("SELECT {a:String} || toString({b:UInt8})").param("a", text).param("b", 7);
    assert_eq!(query.fetch_one::<String>().await.unwrap(), format!("{text}7"));
    running.engine.shutdown().await;
}

#[tokio::test]
async fn sessions_keep_temporary_tables_and_settings() {
    let running = Running::start().await;
    let session = client(&running.engine.admin()).with_setting("session_id", "s1");
    session.query("CREATE TEMPORARY TABLE t (n UInt8)").execute().await.unwrap();
    session.query("INSERT INTO t VALUES (1), (2)").execute().await.unwrap();
    assert_eq!(session.query("SELECT sum(n) FROM t").fetch_one::<u64>().await.unwrap(), 3);
    session.query("SET max_threads = 3").execute().await.unwrap();
    let threads = "SELECT toUInt64(getSetting('max_threads'))";
    // A setting in the URL holds for one query only.
    let once = session.clone().with_setting("max_threads", "5");
    assert_eq!(once.query(threads).fetch_one::<u64>().await.unwrap(), 5);
    assert_eq!(session.query(threads).fetch_one::<u64>().await.unwrap(), 3);
    let other = client(&running.engine.admin()).with_setting("session_id", "s2");
    assert!(other.query("SELECT sum(n) FROM t").fetch_one::<u64>().await.is_err());
    running.engine.shutdown().await;
}

#[tokio::test]
async fn errors_are_reported_before_and_inside_a_result() {
    let running = Running::start().await;
    for compression in [Compression::None, Compression::Lz4] {
        let client = client(&running.engine.admin()).with_compression(compression);
        let early = client.query("SELECT * FROM nowhere").fetch_all::<u8>().await.unwrap_err().to_string();
        assert!(early.contains("UNKNOWN_TABLE"), "{early}");
        let mut cursor = client
            .query("SELECT number, throwIf(number = 3000000, 'late trouble') FROM numbers(10000000)")
            .fetch::<(u64, u8)>()
            .unwrap();
        let mut rows = 0;
        let late = loop {
            match cursor.next().await {
                Ok(row) => {
                    assert!(row.is_some(), "the error got lost");
                    rows += 1;
                }
                Err(error) => break error.to_string(),
            }
        };
        assert!(rows > 0 && late.contains("late trouble"), "{rows} rows, {late}");
    }
    running.engine.shutdown().await;
}

#[tokio::test]
async fn a_wrong_insert_stores_nothing_and_says_why() {
    let running = Running::start().await;
    running.run(TABLE).await;
    let url = [("query", "INSERT INTO hark.m (id) FORMAT CSV")];
    let (status, body) = running.send_with(&running.engine.admin(), "1\n2\nnot a number\n", &url).await;
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("Code: 117") && body.contains("Row 3"), "{body}");
    assert_eq!(running.run("SELECT count() FROM hark.m").await, "0");
    running.engine.shutdown().await;
}
