//! Whatever the bytes are: no panic, no endless loop, and every row accounted for.

use hark_mention::config::Size;
use proptest::prelude::*;

use super::*;
use crate::sources::import::{parse_map, record::is_missing};

fn run(bytes: &[u8], options: &ImportOptions) -> Option<Vec<Item>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (_file, mut source) = try_open(bytes, options).ok()?;
        assert!(!source.plan().to_string().is_empty());
        let (items, cursors) = items_after(&mut source, None).await;
        assert_eq!(source.progress().rows(), items.len() as u64);
        let (rest, _) = items_after(&mut source, cursors.last().cloned()).await;
        assert!(rest.is_empty(), "nothing follows the end");
        Some(items)
    })
}

fn small_rows() -> ImportOptions {
    ImportOptions { max_row: "64B".parse::<Size>().unwrap(), ..ImportOptions::default() }
}

/// A CSV cell, quoted where it has to be.
fn cell(text: &str) -> String {
    let needs_quotes = text.contains(['"', ',', ';', '\n', '\r', '\t', '|']) || text.is_empty();
    if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        run(&bytes, &small_rows());
        run(&[b"id,text\n", &*bytes].concat(), &small_rows());
        run(&[b"[{\"text\":\"a\"},", &*bytes].concat(), &small_rows());
    }

    #[test]
    fn any_structure(text in r#"(\{"text":"a"\}|id,text\n|[\[\]{}",:;\\\na1\r\t é])*"#) {
        run(text.as_bytes(), &small_rows());
        run(format!("{{\"text\":\"a\"}}\n{text}").as_bytes(), &small_rows());
        run(format!("text,id\n{text}").as_bytes(), &small_rows());
    }

    #[test]
    fn each_line_of_csv_has_one_fate(lines in prop::collection::vec("[a-z0-9, ]{1,20}", 1..50)) {
        let csv = format!("id,text,z\n{}\n", lines.join("\n"));
        let options = ImportOptions { map: parse_map("text=text").unwrap(), ..ImportOptions::default() };
        prop_assert_eq!(run(csv.as_bytes(), &options).unwrap().len(), lines.len());
    }

    #[test]
    fn texts_come_out_as_they_went_in(
        texts in prop::collection::vec("[^&\u{0}-\u{8}\u{e}-\u{1f}\u{7f}\u{feff}]{1,40}", 1..30),
        line_end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let options = ImportOptions {
            map: parse_map("id=id,text=text").unwrap(),
            encoding: Some("utf-8".into()),
            header: Some(true),
            ..ImportOptions::default()
        };
        let rows: String = texts.iter().enumerate().map(|(row, text)| format!("r{row},{}{line_end}", cell(text))).collect();
        let lines: String = texts.iter().enumerate()
            .map(|(row, text)| serde_json::json!({"id": format!("r{row}"), "text": text}).to_string() + line_end).collect();
        for file in [format!("id,text{line_end}{rows}"), lines] {
            let items = run(file.as_bytes(), &options).unwrap();
            prop_assert_eq!(items.len(), texts.len());
            for (item, text) in items.iter().zip(&texts) {
                match item {
                    Item::Drop(_) => prop_assert!(is_missing(text), "{text:?}"),
                    kept => prop_assert_eq!(&mention(kept).text, text),
                }
            }
        }
    }
}
