//! Bad rows and bad files.

use super::*;
use crate::sources::import::parse_map;

#[tokio::test]
async fn every_bad_row_is_accounted_for_with_its_line() {
    let good = "één ïé ëé";
    let mut csv = format!("id,text,date\n1,{good},24-02-2015\n2,\"two\nlines\",gisteren\n3,short\n4,,24-02-2015\n5,")
        .into_bytes();
    csv.extend(b"\xff\xfe broken,24-02-2015\n");
    csv.extend(
        format!(
            "6,{},24-02-2015\n7,NaN,24-02-2015\n8,{good},24-02-2015,,\n9,\"open,24-02-2015\n10,{good},24-02-2015",
            "x".repeat(2 << 20)
        )
        .bytes(),
    );
    let items = import(&csv, &ImportOptions::default()).await;
    assert_eq!(
        fates(&items),
        [
            "kept import:1",
            "rejected feedback.csv:3 bad_time 2,\"two\nlines\",gisteren",
            "rejected feedback.csv:5 wrong_shape 3,short",
            "dropped empty",
            "rejected feedback.csv:7 bad_encoding 5,\u{fffd}\u{fffd} broken,24-02-2015",
            "rejected feedback.csv:8 too_large 6,xxxxxxxxxxxxxxxxxxxxxx",
            "dropped empty",
            "kept import:8",
            "rejected feedback.csv:11 wrong_shape 9,\"open,24-02-2015",
            "kept import:10",
        ]
    );
    let Item::Reject { raw, .. } = &items[5] else { panic!("a row that is too large is rejected") };
    assert_eq!(raw.len(), 64 << 10, "and only its beginning is kept");
}

#[tokio::test]
async fn every_bad_json_line_is_accounted_for() {
    let mut lines =
        b"{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":2,\"text\":\n[1,2]\n\n{\"id\":\"3\",\"text\":\"\xff\"}\n".to_vec();
    lines.extend(
        format!(
            "{{\"id\":\"4\",\"text\":\"{}\"}}\n{{\"id\":\"5\"}}\n{{\"id\":\"6\",\"text\":\"b é é\"}}",
            "x".repeat(2 << 20)
        )
        .bytes(),
    );
    let options = ImportOptions { encoding: Some("utf-8".into()), ..ImportOptions::default() };
    let items = import(&lines, &options).await;
    assert_eq!(
        fates(&items),
        [
            "kept import:1",
            "rejected feedback.csv:2 not_an_event {\"id\":2,\"text\":",
            "rejected feedback.csv:3 wrong_shape [1,2]",
            "rejected feedback.csv:5 bad_encoding {\"id\":\"3\",\"text\":\"\u{fffd}\"}",
            "rejected feedback.csv:6 too_large {\"id\":\"4\",\"text\":\"xxxxxx",
            "dropped empty",
            "kept import:6",
        ]
    );
}

#[tokio::test]
async fn an_open_quote_does_not_swallow_the_file() {
    let rows: String = (0..100_000).map(|row| format!("{row},text {row}\n")).collect();
    let items = import(format!("id,text\nx,\"open\n{rows}"), &ImportOptions::default()).await;
    assert_eq!(fates(&items)[0], "rejected feedback.csv:2 wrong_shape x,\"open");
    assert_eq!(items.len(), 100_001);
    assert_eq!(mention(&items[100_000]).text, "text 99999");
}

#[tokio::test]
async fn rows_of_labels_under_the_header_are_left_out() {
    let csv = "RecordedDate,Q1,ResponseId\nRecorded Date,How was it?,Response ID\n\
        \"{\"\"ImportId\"\":\"\"recordedDate\"\"}\",\"{\"\"ImportId\"\":\"\"QID1\"\"}\",\"{\"\"ImportId\"\":\"\"_recordId\"\"}\"\n\
        2026-01-02 10:00:00,It was quite all right,R_1\n";
    let items = import(csv, &ImportOptions::default()).await;
    assert_eq!(fates(&items), ["dropped not_a_mention", "dropped not_a_mention", "kept import:R_1"]);
    assert_eq!(mention(&items[2]).text, "It was quite all right");
}

#[test]
fn files_that_cannot_be_imported_say_why() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (
            b"PK\x03\x04\x14\0\x06\0[Content_Types].xml",
            "an Excel workbook (XLSX); open it and save or export it as CSV",
        ),
        (b"%PDF-1.4", "looks like a PDF"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "cannot read `feedback.csv`"),
        (b"\x28\xb5\x2f\xfdgarbage", "cannot read `feedback.csv`"),
        (
            b"id,amount,when\n1,12.50,2026-01-01\n",
            "no column that looks like text; its columns are `id`, `amount`, `when`",
        ),
        (b"id,amount\n1,2\n", "--map text="),
        (b"{}", "without a single row"),
    ];
    for (bytes, part) in cases {
        let error = try_open(bytes, &ImportOptions::default()).err().unwrap().to_string();
        assert!(error.contains(part), "{part} in {error}");
    }
    let garbage: Vec<u8> = (0..20_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
    let error = try_open(garbage, &ImportOptions::default()).err().unwrap().to_string();
    assert!(error.contains("looks like"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let error = open(folder.path(), &ImportOptions::default()).err().unwrap().to_string();
    assert!(error.contains("is a directory"), "{error}");
    let error = open(folder.path().join("none.csv"), &ImportOptions::default()).err().unwrap().to_string();
    assert!(error.contains("cannot open") && error.contains("none.csv"), "{error}");
}

#[test]
fn options_that_do_not_fit_say_why() {
    let fails =
        |options: ImportOptions| try_open("id,review,date\n1,a b,2026-01-01\n", &options).err().unwrap().to_string();
    let error = fails(ImportOptions { map: parse_map("text=reviw").unwrap(), ..ImportOptions::default() });
    assert!(error.contains("did you mean `review`?") && error.contains("`date`"), "{error}");
    let error = fails(ImportOptions { map: parse_map("text=id,text=review").unwrap(), ..ImportOptions::default() });
    assert!(error.contains("two columns"), "{error}");
    let error = fails(ImportOptions { time_zone: Some("Mars/Olympus".into()), ..ImportOptions::default() });
    assert!(error.contains("Europe/Amsterdam"), "{error}");
    let error = fails(ImportOptions { encoding: Some("klingon".into()), ..ImportOptions::default() });
    assert!(error.contains("windows-1252"), "{error}");
    let error = fails(ImportOptions { source: "My Source".into(), ..ImportOptions::default() });
    assert!(error.contains("small letters"), "{error}");
}
