//! Lists: their order, near-duplicates, conversations, files, corrections, and what is told as it comes.

use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::support::{PERIOD, Stored, mentions, row};

/// Three mentions of one story, two of a conversation.
fn told() -> Vec<Value> {
    let story = |views: u64| json!({"story_id": "s1", "views": views});
    vec![
        row("s-old", "2025-03-28 08:00:00.000", "negative", story(10)),
        row("s-seen", "2025-03-28 09:00:00.000", "negative", story(900)),
        row("s-new", "2025-03-28 10:00:00.000", "neutral", story(20)),
        row("post", "2025-03-28 11:00:00.000", "positive", json!({"author_followers": 500, "likes": 1})),
        row("reply", "2025-03-28 12:00:00.000", "neutral", json!({"thread_id": "post", "likes": 7, "title": "=1+1"})),
    ]
}

fn ids(page: &Value) -> Vec<&str> {
    page["mentions"].as_array().unwrap().iter().map(|mention| mention["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn near_duplicates_are_folded_with_both_counts() {
    let stored = Stored::start(&told()).await;
    let ask = async |more: &str| stored.dashboards.get(&format!("mentions?{PERIOD}{more}")).await;
    let all = ask("").await;
    assert_eq!((&all["total"], &all["stories"]), (&json!(5), &json!(3)));
    assert_eq!(all["mentions"][2]["story_mentions"], 3);
    let folded = ask("&fold=true").await;
    assert_eq!(ids(&folded), ["reply", "post", "s-new"]);
    assert_eq!((&folded["total"], &folded["stories"]), (&json!(5), &json!(3)));
    assert_eq!(ids(&ask("&fold=true&sort=seen").await), ["s-seen", "post", "reply"]);
    assert_eq!(ids(&ask("&sort=engaged&limit=2").await), ["reply", "post"]);
    assert_eq!(ids(&ask("&story=s1&sort=oldest").await), ["s-old", "s-seen", "s-new"]);
    assert_eq!(ids(&ask("&thread=post&sort=oldest").await), ["post", "reply"]);
    let mut cursor = String::new();
    let mut read = Vec::new();
    loop {
        let page = ask(&format!("&sort=seen&limit=2{cursor}")).await;
        read.extend(ids(&page).into_iter().map(ToOwned::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(read, ["s-seen", "post", "s-new", "s-old", "reply"], "each once, over three pages");
    stored.stop().await;
}

/// Forty mentions, days or weeks apart; of each three, two tell one of three stories.
fn far_apart() -> Vec<Value> {
    let row = |number: u32| {
        let story = if number.is_multiple_of(3) { String::new() } else { format!("s{}", number % 7 % 3) };
        let day = 1 + number * number % 28;
        let at = format!("2024-{:02}-{day:02} {:02}:00:00.000", 1 + number % 12, number % 24);
        row(&format!("m{number:02}"), &at, "neutral", json!({"story_id": story, "views": number * 7 % 11}))
    };
    (0..40).map(row).collect()
}

#[tokio::test]
async fn pages_of_every_list_add_up_to_the_list() {
    let rows = far_apart();
    let stored = Stored::start(&rows).await;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let place = |row: &Value| (row["views"].as_u64().unwrap(), text(row, "published_at"), text(row, "id"));
    for (sort, fold) in [("newest", true), ("oldest", true), ("seen", true), ("newest", false), ("oldest", false)] {
        let mut expected: Vec<&Value> = rows.iter().collect();
        match sort {
            "seen" => expected.sort_by_key(|row| std::cmp::Reverse(place(row))),
            _ => expected.sort_by_key(|row| (text(row, "published_at"), text(row, "id"))),
        }
        if sort == "newest" {
            expected.reverse();
        }
        let mut told = std::collections::HashSet::new();
        expected.retain(|row| !fold || row["story_id"] == "" || told.insert(text(row, "story_id")));
        let expected: Vec<String> = expected.into_iter().map(|row| text(row, "id")).collect();
        let (mut read, mut cursor) = (Vec::new(), String::new());
        loop {
            let list = format!("from=2024-01-01&to=2024-12-31&count=false&limit=3&sort={sort}&fold={fold}{cursor}");
            let page = stored.dashboards.get(&format!("mentions?{list}")).await;
            assert_eq!((&page["total"], &page["stories"]), (&Value::Null, &Value::Null));
            read.extend(ids(&page).into_iter().map(ToOwned::to_owned));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(read, expected, "{sort}, folded: {fold}");
    }
    stored.stop().await;
}

#[tokio::test]
async fn a_file_holds_exactly_the_list() {
    let stored = Stored::start(&told()).await;
    let file = async |more: &str| {
        let url = format!("{}/api/v1/export?{PERIOD}&fold=true&sort=seen&{more}", stored.dashboards.url);
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200);
        let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
        (name, answer.bytes().await.unwrap().to_vec())
    };
    let (name, csv) = file("format=csv").await;
    assert_eq!(name, "attachment; filename=\"mentions.csv\"");
    let csv = String::from_utf8(csv).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 4, "{csv}");
    assert!(lines[0].starts_with("\"id\",\"published_at\"") && lines[1].starts_with("\"s-seen\","), "{csv}");
    let jsonl = String::from_utf8(file("format=jsonl").await.1).unwrap();
    let second: Value = serde_json::from_str(jsonl.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second["id"], "post");
    assert!(file("format=parquet").await.1.starts_with(b"PAR1"));
    let workbook = file("format=xlsx").await.1;
    assert!(workbook.starts_with(b"PK") && contains(&workbook, b"s-seen") && !contains(&workbook, b"s-old"));
    assert!(contains(&workbook, b"<t xml:space=\"preserve\">=1+1</t>"), "what looks like a formula is text");
    let (status, _) = stored.dashboards.ask("export?format=pdf").await;
    assert_eq!(status, 400);
    stored.stop().await;
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn two_properties_series_authors_and_words_agree_with_the_lists() {
    let stored = Stored::start(&mentions()).await;
    let get = async |question: &str| stored.dashboards.get(question).await;
    let cross = get(&format!("cross?{PERIOD}&by=topic&and=product")).await;
    assert_eq!(cross["cells"].as_array().unwrap().len(), 2);
    for cell in cross["cells"].as_array().unwrap() {
        let (topic, product) = (cell["row"].as_str().unwrap(), cell["column"].as_str().unwrap());
        assert_eq!(get(&format!("mentions?{PERIOD}&topic={topic}&product={product}")).await["total"], cell["mentions"]);
    }
    let series = get(&format!("series?{PERIOD}&by=brand&bucket=day")).await;
    assert_eq!((&series["series"][0]["name"], series["starts"].as_array().unwrap().len()), (&json!("Acme"), 3));
    assert_eq!(series["series"][0]["points"][0], json!({"negative": 2, "neutral": 0, "positive": 1}));

    let authors = get(&format!("authors?{PERIOD}&sort=mentions")).await;
    assert_eq!((&authors["total"], &authors["new"]), (&json!(3), &json!(2)), "one of three spoke before");
    let first = &authors["authors"][0];
    assert_eq!((&first["key"], &first["mentions"], &first["is_new"]), (&json!("rss:a1"), &json!(5), &json!(false)));
    assert_eq!(get(&format!("mentions?{PERIOD}&author=rss:a1")).await["total"], 5);

    let (status, problem) = stored.dashboards.ask("cross?by=topic&and=topic").await;
    assert_eq!((status, &problem["errors"][0]["parameter"]), (400, &json!("and")));
    let (status, _) = stored.dashboards.ask("evidence").await;
    assert_eq!(status, 400, "evidence is about one topic");
    stored.stop().await;
}

#[tokio::test]
async fn sentences_are_told_around_the_words_that_speak_of_a_topic() {
    let said = |text: &str, score: f64| {
        let at = text.find("accu").unwrap();
        json!({"text": text, "topics": ["battery"], "topic_scores": [score], "topic_evidence": [[at, at + 4]]})
    };
    let rows = [
        row("bad", "2025-03-28 10:00:00.000", "negative", said("Mooi. Maar de accu is é zo leeg! Jammer.", -0.9)),
        row("good", "2025-03-28 11:00:00.000", "positive", said("Prima accu.", 0.8)),
    ];
    let stored = Stored::start(&rows).await;
    let told = stored.dashboards.get(&format!("evidence?{PERIOD}&topic=battery&sentiment=negative")).await;
    let sentences = told["sentences"].as_array().unwrap();
    assert_eq!(sentences.len(), 1);
    let parts = ["before", "said", "after"].map(|part| sentences[0][part].as_str().unwrap());
    assert_eq!(parts, ["Maar de ", "accu", " is é zo leeg!"]);
    stored.stop().await;
}

#[tokio::test]
async fn labels_are_corrected_one_by_one_and_many_at_once() {
    let stored = Stored::start(&told()).await;
    let client = reqwest::Client::new();
    let correct = async |body: Value| {
        let url = format!("{}/api/v1/corrections", stored.dashboards.url);
        let answer = client.post(url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, done) = correct(json!({"ids": ["post", "reply"], "field": "sentiment", "values": ["negative"]})).await;
    assert_eq!((status, done["corrected"].as_array().unwrap().len()), (200, 2), "{done}");
    for wrong in [
        json!({"ids": [], "field": "sentiment", "values": ["negative"]}),
        json!({"ids": ["post"], "field": "colour", "values": ["red"]}),
        json!({"ids": ["post"], "field": "sentiment", "more": 1}),
        json!([]),
    ] {
        let (status, problem) = correct(wrong).await;
        assert_eq!((status, &problem["type"]), (422, &json!("urn:hark:problem:bad-body")));
    }
    stored.stop().await;
}

#[tokio::test]
async fn an_answer_that_did_not_change_is_not_sent_again() {
    let stored = Stored::start(&mentions()).await;
    let url = format!("{}/api/v1/summary?{PERIOD}", stored.dashboards.url);
    let first = reqwest::get(&url).await.unwrap();
    let tag = first.headers()["etag"].clone();
    let again = async || reqwest::Client::new().get(&url).header("if-none-match", tag.clone()).send().await.unwrap();
    let same = again().await;
    assert_eq!(same.status(), 304);
    assert_eq!(same.bytes().await.unwrap().len(), 0);
    stored.insert(&[row("more", "2025-03-28 10:00:00.000", "neutral", json!({}))]).await;
    assert_eq!(again().await.status(), 200);
    stored.stop().await;
}

#[tokio::test]
async fn new_mentions_are_told_as_they_are_stored_and_each_once() {
    let stored = Stored::start(&[]).await;
    let url = format!("{}/api/v1/live?brand=Acme", stored.dashboards.url);
    let feed = reqwest::get(url).await.unwrap();
    assert_eq!(feed.headers()["content-type"], "text/event-stream");
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
    let later = later.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
    let of_brand = |id: &str| row(id, &now, "neutral", json!({"brands": ["Acme"], "collected_at": later}));
    stored.insert(&[of_brand("first"), row("other", &now, "neutral", json!({"collected_at": later}))]).await;
    let mut pieces = feed.bytes_stream();
    let mut said = String::new();
    while !said.contains("\"id\":\"first\"") {
        said += std::str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap();
    }
    stored.insert(&[of_brand("second")]).await;
    while !said.contains("\"id\":\"second\"") {
        said += std::str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap();
    }
    assert_eq!(said.matches("event: mention").count(), 2, "{said}");
    assert!(!said.contains("other"));
    let (status, _) = stored.dashboards.ask("live?q=x").await;
    assert_eq!(status, 400);
    drop(pieces);
    stored.stop().await;
}
