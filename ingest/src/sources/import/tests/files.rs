//! Good files of every format give the same mentions.

use std::io::Write as _;

use hark_mention::{Kind, Timestamp};

use super::*;
use crate::sources::import::{Field, Format, parse_map};

const CSV: &str = "id,text,created_at,rating\n\
    a1,\"Één café, \"\"top\"\" 🎉\nregel twee\",24-02-2015 11:35,4\n\
    a2,\"Fish &amp; chips\",03-04-2015 09:00,1\n";

async fn check(name: &str, bytes: &[u8]) {
    let file = file(name, bytes);
    let mut source = open(&file.path, &ImportOptions::default()).unwrap();
    let plan = source.plan().to_string();
    let (items, _) = items_after(&mut source, None).await;
    assert_eq!(items.len(), 2, "{plan}");
    let (first, second) = (mention(&items[0]), mention(&items[1]));
    assert_eq!((&*first.id, &*first.source, first.kind), ("import:a1", "import", Kind::Review), "{plan}");
    assert_eq!(first.text, "Één café, \"top\" 🎉\nregel twee", "{plan}");
    assert_eq!(first.published_at.to_string(), "2015-02-24T11:35:00.000Z", "{plan}");
    assert_eq!((first.rating, first.revision), (Some(0.75), 0), "{plan}");
    assert_eq!(second.text, "Fish & chips", "{plan}");
    assert_eq!(second.published_at.to_string(), "2015-04-03T09:00:00.000Z", "{plan}");
    assert!(first.extra.contains_key("rating"), "{plan}");
    let progress = source.progress();
    assert_eq!(progress.total_bytes(), Some(bytes.len() as u64), "{plan}");
    assert_eq!(progress.bytes(), bytes.len() as u64, "{plan}");
}

fn rows() -> [String; 2] {
    let row = |id: &str, text: &str, at: &str, rating: u8| {
        serde_json::json!({"id": id, "text": text, "created_at": at, "rating": rating}).to_string()
    };
    [
        row("a1", "Één café, \"top\" 🎉\nregel twee", "24-02-2015 11:35", 4),
        row("a2", "Fish &amp; chips", "2015-04-03T09:00:00Z", 1),
    ]
}

#[tokio::test]
async fn every_delimiter_and_line_end() {
    for delimiter in [";", "\t", "|"] {
        let cells = CSV.replace("café, ", "café\u{0}").replace(',', delimiter).replace('\u{0}', ", ");
        check("a.txt", cells.as_bytes()).await;
    }
    check("a.csv", CSV.replace("rating\n", "rating\r\n").replace(",4\n", ",4\r\n").as_bytes()).await;
    check("a.csv", format!("\n\nsep=;\r\n{}", CSV.replace(',', ";").replace("café;", "café,")).as_bytes()).await;
}

#[tokio::test]
async fn every_json() {
    let [first, second] = rows();
    check("a.jsonl", format!("{first}\n{second}\n").as_bytes()).await;
    check("a.ndjson", format!("\u{feff}{first}\r\n\r\n  \r\n{second}").as_bytes()).await;
    check("a.json", format!("[{first},{second}]").as_bytes()).await;
    check("a.json", format!("[\n  {first},\n  {second}\n]\n").as_bytes()).await;
    check(
        "a.json",
        format!("{{\"count\":2,\"tags\":[1],\"data\":{{\"reviews\":[{first},{second}]}},\"x\":{{}}}}").as_bytes(),
    )
    .await;
    let spread =
        |row: &str| serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(row).unwrap()).unwrap();
    check("a.json", format!("{}\n{}\n", spread(&first), spread(&second)).as_bytes()).await;
}

#[tokio::test]
async fn every_encoding_and_packing() {
    let mut utf_16 = vec![0xff, 0xfe];
    utf_16.extend(CSV.replace(',', "\t").replace("café\t", "café,").encode_utf16().flat_map(u16::to_le_bytes));
    check("unicode.txt", &utf_16).await;
    check("mark.csv", format!("\u{feff}{CSV}").as_bytes()).await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(CSV.as_bytes()).unwrap();
    check("misnamed.csv", &gzip.finish().unwrap()).await;
    check("a.zst", &zstd::encode_all(CSV.as_bytes(), 1).unwrap()).await;
    let western = encoding_rs::WINDOWS_1252.encode("id;opmerking\n1;Één café € 5\n").0.into_owned();
    let (_file, mut source) = try_open(western, &ImportOptions::default()).unwrap();
    assert!(source.plan().to_string().contains("windows-1252 (assumed"), "{}", source.plan());
    let (items, _) = items_after(&mut source, None).await;
    assert_eq!(mention(&items[0]).text, "Één café € 5");
}

#[tokio::test]
async fn what_a_person_says_beats_what_is_guessed() {
    let options = ImportOptions {
        source: "trustpilot".into(),
        map: parse_map("text=b,title=text,published_at=When,rating=-").unwrap(),
        day_first: Some(false),
        time_zone: Some("+02:00".into()),
        kind: Some(Kind::Comment),
        ..ImportOptions::default()
    };
    let items = import("text,b,when,rating\nhead,body,03/04/2015 12:00,4\n", &options).await;
    let found = mention(&items[0]);
    assert_eq!((found.title.as_deref(), &*found.text, found.rating), (Some("head"), "body", None));
    assert_eq!(found.published_at.to_string(), "2015-03-04T10:00:00.000Z");
    assert_eq!((&*found.source, found.kind), ("trustpilot", Kind::Comment));
    assert_eq!(found.extra["rating"], "4");
    let options = ImportOptions { format: Some(Format::Tsv), header: Some(false), ..ImportOptions::default() };
    let (_file, source) = try_open("a, b\tc, d e f g h i j\n", &options).unwrap();
    assert_eq!(source.plan().column(Field::Text), Some("column_2"));
}

#[tokio::test]
async fn a_first_row_of_data_is_not_taken_for_names() {
    let tables = [
        ("Nothing works since yesterday\tbug\nQuite a nice thing to have\tpraise\nIt stops and stops\tbug\n", 3),
        ("2026-01-01;Wel aardig hoor\n2026-01-02;Niet zo aardig\n", 2),
        ("Wat vond u ervan?;Filiaal\nWel aardig hoor vandaag;Delft\nNiet zo aardig vandaag;Leiden\n", 2),
    ];
    for (table, rows) in tables {
        assert_eq!(import(table, &ImportOptions::default()).await.len(), rows, "{table}");
    }
}

#[tokio::test]
async fn all_that_a_row_tells_is_kept() {
    let row = r#"{"id_str":"7","full_text":"hi","user":{"screen_name":"@jan","name":"Jan S","followers_count":12,"verified":true},
        "favorite_count":3,"retweet_count":"1,200","lang":"nl","country":"Nederland","url":"https://www.Example.org:80/x?y",
        "in_reply_to_status_id_str":"6","tags":["a","b"],"none":null,"created_at":"Tue Feb 24 11:35:52 +0000 2015"}"#;
    let items = import(row.replace('\n', ""), &ImportOptions::default()).await;
    let found = mention(&items[0]);
    assert_eq!(found.author.handle.as_deref(), Some("jan"));
    assert_eq!((found.author.name.as_deref(), found.author.followers), (Some("Jan S"), Some(12)));
    assert_eq!((found.engagement.likes, found.engagement.shares), (Some(3), Some(1200)));
    assert_eq!((found.lang_hint.as_deref(), found.country.as_deref()), (Some("nl"), None));
    assert_eq!((found.site.as_deref(), found.parent_id.as_deref()), (Some("example.org"), Some("import:6")));
    let extra = serde_json::json!({"user": {"verified": true}, "tags": ["a", "b"], "country": "Nederland"});
    assert_eq!(serde_json::Value::Object(found.extra.clone()), extra);
}

#[tokio::test]
async fn rows_without_id_and_time_are_stable() {
    let file = file(
        "opmerkingen.txt",
        "Prima winkel; niets op aan te merken\nTe druk op zaterdag, vind ik\nPrima winkel; niets op aan te merken\n",
    );
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mut source = open(&file.path, &ImportOptions::default()).unwrap();
        let (items, _) = items_after(&mut source, None).await;
        runs.push(
            items
                .iter()
                .map(|item| (mention(item).id.clone(), mention(item).published_at, mention(item).revision))
                .collect::<Vec<_>>(),
        );
    }
    let written = std::fs::metadata(&file.path).unwrap().modified().unwrap();
    let written = Timestamp::from_jiff(jiff::Timestamp::try_from(written).unwrap());
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0].len(), 3);
    assert_eq!(runs[0][0], runs[0][2], "rows that are alike are one mention");
    assert_ne!(runs[0][0].0, runs[0][1].0);
    assert_eq!((runs[0][0].1, runs[0][0].2), (written, 0));
}

#[test]
fn the_plan_says_what_was_guessed_and_how_to_change_it() {
    let (_file, source) = try_open(CSV.replace("24-02", "04-02"), &ImportOptions::default()).unwrap();
    let plan = source.plan().to_string();
    for part in [
        "commas between cells",
        "UTF-8",
        "import:a1",
        "`04-02-2015 11:35` is 2015-02-04T11:35:00.000Z: day-month-year is assumed",
        "UTC is assumed",
        "scale 1-5",
        "entities are decoded",
        "--map FIELD=COLUMN",
    ] {
        assert!(plan.contains(part), "{part} in {plan}");
    }
    let (_file, source) = try_open("id,text,date\n1,a b c,02/24/2015\n", &ImportOptions::default()).unwrap();
    assert!(source.plan().to_string().contains("month-day-year;"), "{}", source.plan());
    assert!(source.plan().to_string().contains("each row is a survey"), "{}", source.plan());
}
