//! People's own questions: their answers, limits, and the documented ones.

use hark_dashboards::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Stored, mentions, row};
use crate::visitor::Visitor;

const DOCUMENT: &str = include_str!("../../../docs/sql.md");

async fn start() -> (Stored, Visitor) {
    let mut rows = mentions();
    rows.push(row("ask", "2025-03-28 12:00:00.000", "neutral", json!({"intent": "question", "country": "NL"})));
    let stored = Stored::start_with(&rows, |options: Options| options).await;
    let visitor = Visitor::new(&stored.dashboards.url);
    (stored, visitor)
}

/// The lines of an answer: names, types, rows, end.
async fn run(visitor: &mut Visitor, question: Value) -> Vec<Value> {
    let answer = visitor.send(Method::POST, "/api/v1/sql", Some(&question)).await;
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{question}: {text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn rows_come_with_names_types_and_an_end() {
    let (stored, mut visitor) = start().await;
    let query = "SELECT number, {word:String} AS word, if(number = 1, NULL, 1.5) AS maybe FROM numbers(2) -- done";
    let lines = run(&mut visitor, json!({"query": query, "parameters": {"word": "a\tb\\ 'c'\nd"}})).await;
    assert_eq!(lines[0], json!(["number", "word", "maybe"]));
    assert_eq!(lines[1], json!(["UInt64", "String", "Nullable(Float64)"]));
    assert_eq!(lines[2], json!(["0", "a\tb\\ 'c'\nd", "1.5"]));
    assert_eq!(lines[3], json!(["1", "a\tb\\ 'c'\nd", "ᴺᵁᴸᴸ"]));
    let end = &lines[4];
    assert_eq!((&end["rows"], &end["cut"], &end["error"]), (&json!(2), &json!(false), &json!(null)));
    // A number that JavaScript would round.
    let lines = run(&mut visitor, json!({"query": "SELECT 18446744073709551615"})).await;
    assert_eq!(lines[2], json!(["18446744073709551615"]));
    stored.stop().await;
}

#[tokio::test]
async fn the_page_gets_two_hundred_thousand_rows_and_a_file_gets_more() {
    let (stored, mut visitor) = start().await;
    let lines = run(&mut visitor, json!({"query": "SELECT number FROM numbers(300000)"})).await;
    assert_eq!(lines.len(), 200_003);
    assert_eq!(lines.last().unwrap()["cut"], true);
    let lines = run(&mut visitor, json!({"query": "SELECT number FROM numbers(200000)"})).await;
    assert_eq!((lines.len(), &lines.last().unwrap()["cut"]), (200_003, &json!(false)));
    let export = |format: &str| json!({"format": format, "question": {"query": "SELECT number FROM numbers(300000)"}});
    let csv = visitor.send(Method::POST, "/api/v1/sql/export", Some(&export("csv"))).await;
    assert!(csv.headers()["content-disposition"].to_str().unwrap().contains("hark.csv"));
    assert_eq!(csv.text().await.unwrap().lines().count(), 300_001);
    let parquet =
        visitor.send(Method::POST, "/api/v1/sql/export", Some(&export("parquet"))).await.bytes().await.unwrap();
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
    stored.stop().await;
}

#[tokio::test]
async fn limits_cannot_be_lifted() {
    let (stored, mut visitor) = start().await;
    let refused = [
        "SELECT number FROM numbers(2000000) SETTINGS max_result_rows = 0",
        "SET max_result_rows = 0",
        "SELECT number FROM numbers(10) FORMAT CSV",
        "INSERT INTO corrections (mention_id) VALUES ('x')",
        "ALTER TABLE mention_states DELETE WHERE 1",
        "",
        "SELECT nonsense FROM mentions",
    ];
    for query in refused {
        let (status, problem) = visitor.ask(Method::POST, "sql", Some(json!({"query": query}))).await;
        assert_eq!(status, 422, "{query}: {problem}");
        assert!(!problem["detail"].as_str().unwrap().contains("version"), "{problem}");
    }
    let lift = json!({"query": "SELECT 1", "parameters": {"x&max_result_rows": "0"}});
    assert_eq!(visitor.ask(Method::POST, "sql", Some(lift)).await.0, 422);
    let (status, problem) = visitor.ask(Method::POST, "sql", Some(json!({"query": "SELECT 1", "limit": 9}))).await;
    assert_eq!(status, 422, "{problem}");
    let (_, schema) = visitor.get("sql/schema").await;
    assert_eq!((&schema["limits"]["seconds"], &schema["limits"]["result_rows"]), (&json!(60.0), &json!(1_000_000)));
    stored.stop().await;
}

#[tokio::test]
async fn the_schema_says_what_each_column_means() {
    let (stored, mut visitor) = start().await;
    let (_, schema) = visitor.get("sql/schema").await;
    let tables = schema["tables"].as_array().unwrap();
    let documented: Vec<_> = tables.iter().filter(|table| table["documented"] == true).collect();
    let names: Vec<_> = documented.iter().map(|table| table["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["mentions", "daily", "topics", "authors", "alerts", "corrections", "ledger"]);
    for table in documented {
        for column in table["columns"].as_array().unwrap() {
            assert_ne!(column["comment"], "", "{}.{}", table["name"], column["name"]);
        }
    }
    stored.stop().await;
}

#[tokio::test]
async fn days_that_stand_out_are_alerts() {
    let day = |ago: i64, number: i64, sentiment: &str| {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * ago);
        let at = at.strftime("%Y-%m-%d 12:00:00.000").to_string();
        row(&format!("d{ago}-{number}"), &at, sentiment, json!({"brands": ["Acme"]}))
    };
    // Ten a day for a month, then forty; a day of anger; a day of silence.
    let usual = (2..40).filter(|ago| *ago != 3).flat_map(|ago| (0..10).map(move |number| (ago, number)));
    let mut rows: Vec<Value> = usual
        .map(|(ago, number)| day(ago, number, if ago == 9 && number < 8 { "negative" } else { "neutral" }))
        .collect();
    rows.extend((10..40).map(|number| day(5, number, "positive")));
    let stored = Stored::start_with(&rows, |options| options).await;
    let mut visitor = Visitor::new(&stored.dashboards.url);
    let query = "SELECT toUInt32(today() - day) AS ago, what, mentions FROM alerts WHERE ago > 1 ORDER BY ago";
    let answer = run(&mut visitor, json!({"query": query})).await;
    assert_eq!(
        answer[2..5],
        [json!(["3", "silence", "0"]), json!(["5", "volume", "40"]), json!(["9", "negative", "8"])],
        "{answer:?}"
    );
    stored.stop().await;
}

#[tokio::test]
async fn an_estimate_tells_what_would_be_read() {
    let (stored, mut visitor) = start().await;
    let ask = |query: &str| json!({"query": query});
    let (status, estimate) = visitor
        .ask(Method::POST, "sql/estimate", Some(ask("SELECT count() FROM mention_states WHERE text != ''")))
        .await;
    assert_eq!(status, 200, "{estimate}");
    assert!(estimate["rows"].as_u64().is_some_and(|rows| rows > 0), "{estimate}");
    assert_eq!(estimate["tables"][0]["table"], "mention_states");
    let (_, estimate) = visitor.ask(Method::POST, "sql/estimate", Some(ask("SHOW TABLES"))).await;
    assert_eq!(estimate["rows"], json!(null));
    stored.stop().await;
}

#[tokio::test]
async fn all_documented_questions_are_answered() {
    let (stored, mut visitor) = start().await;
    let (_, answer) = visitor.get("sql/examples").await;
    let examples = answer["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 26);
    for example in examples {
        let question = example["question"].as_str().unwrap();
        let (_, section) = DOCUMENT.split_once(&format!("### {question}\n")).unwrap();
        let section = section.split("\n#").next().unwrap();
        let given = section.split_once("\nFor example with ").map(|(_, given)| given).unwrap_or_default();
        let pairs = given.split('`').skip(1).step_by(2).filter_map(|pair| pair.split_once('='));
        let parameters: Value =
            pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect::<serde_json::Map<_, _>>().into();
        let lines = run(&mut visitor, json!({"query": example["query"], "parameters": parameters})).await;
        let end = lines.last().unwrap();
        assert_eq!(end["error"], json!(null), "{question}");
        // Nothing was corrected, nothing came through the pipeline, and no day stands out.
        let empty = ["correct", "became", "leave", "something happen"].iter().any(|part| question.contains(part));
        assert_eq!(end["rows"] == 0, empty, "{question}: {lines:?}");
    }
    stored.stop().await;
}

#[tokio::test]
async fn saved_questions_are_shared_by_those_who_keep_them() {
    let (stored, mut visitor) = start().await;
    let keep = json!({"name": "Mine", "query": "SELECT 1", "shared": true, "description": "one"});
    let (status, kept) = visitor.ask(Method::POST, "sql/queries", Some(keep.clone())).await;
    assert_eq!(status, 201, "{kept}");
    assert_eq!(visitor.ask(Method::POST, "sql/queries", Some(keep)).await.0, 422, "a name stands once");
    let path = format!("sql/queries/{}", kept["id"].as_str().unwrap());
    let change = json!({"name": "Mine", "query": "SELECT 2"});
    assert_eq!(visitor.ask(Method::PUT, &path, Some(change)).await.1["query"], "SELECT 2");
    let (_, listed) = visitor.get("sql/queries").await;
    assert_eq!((&listed["queries"][0]["shared"], &listed["queries"][0]["mine"]), (&json!(false), &json!(true)));
    assert_eq!(visitor.ask(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(visitor.ask(Method::DELETE, &path, None).await.0, 404);
    assert_eq!(visitor.get("sql/queries").await.1["queries"], json!([]));
    stored.stop().await;
}
