//! Reading on from a cursor, and reading what cannot be read twice.

use std::io::Write as _;

use super::*;
use crate::source::SourceError;

const ROWS: usize = 5000;

fn csv() -> String {
    let rows = (0..ROWS).map(|row| format!("{row},\"row é {row}\nsecond line\",2026-01-01\n"));
    std::iter::once("id,text,date\n".to_owned()).chain(rows).collect()
}

fn keys(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| &*mention(item).id).collect()
}

#[tokio::test]
async fn a_new_run_goes_on_at_any_cursor() {
    let zstd = zstd::encode_all(csv().as_bytes(), 1).unwrap();
    let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain(csv().encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let json: Vec<u8> =
        (0..ROWS).map(|row| format!("{{\"id\":\"{row}\",\"text\":\"row\"}},\n")).collect::<String>().into();
    let json = [b"[\n", &*json, b"]"].concat();
    for bytes in [csv().into_bytes(), format!("\u{feff}{}", csv()).into_bytes(), zstd, utf_16, json] {
        let file = file("a.csv", bytes);
        let mut source = open(&file.path, &ImportOptions::default()).unwrap();
        let (all, cursors) = items_after(&mut source, None).await;
        assert_eq!(all.len(), ROWS);
        assert!(cursors.len() > 2);
        for cursor in cursors {
            let mut fresh = open(&file.path, &ImportOptions::default()).unwrap();
            let (rest, _) = items_after(&mut fresh, Some(cursor.clone())).await;
            assert_eq!(keys(&rest), keys(&all[ROWS - rest.len()..]));
            // The same source may be asked for any page again, too.
            let (again, _) = items_after(&mut source, Some(cursor)).await;
            assert_eq!(keys(&again), keys(&rest));
        }
    }
}

#[tokio::test]
async fn lines_are_right_after_a_resume() {
    let file = file("a.csv", csv() + "late,broken,row,here\n");
    let mut source = open(&file.path, &ImportOptions::default()).unwrap();
    let (_, cursors) = items_after(&mut source, None).await;
    let mut fresh = open(&file.path, &ImportOptions::default()).unwrap();
    let (rest, _) = items_after(&mut fresh, Some(cursors[0].clone())).await;
    assert_eq!(
        fates(&rest).last().unwrap(),
        &format!("rejected a.csv:{} wrong_shape late,broken,row,here", 2 + 2 * ROWS)
    );
}

#[tokio::test]
async fn a_cursor_of_another_file_begins_at_the_beginning() {
    let first = file("a.csv", csv());
    let (_, cursors) = items_after(&mut open(&first.path, &ImportOptions::default()).unwrap(), None).await;
    let second = file("a.csv", "id,text\n1,another file\n");
    let mut source = open(&second.path, &ImportOptions::default()).unwrap();
    let (items, _) = items_after(&mut source, Some(cursors[0].clone())).await;
    assert_eq!(keys(&items), ["import:1"]);
}

#[tokio::test]
async fn a_damaged_file_gives_its_rows_and_then_says_where_it_is_damaged() {
    let rows: String =
        (0..100_000).map(|row| format!("{row},{:x},2026-01-01\n", row * 7919 % 100_003 * 1_000_003_usize)).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("id,text,date\nfirst,some words here,2026-01-01\n{rows}").as_bytes()).unwrap();
    let mut bytes = gzip.finish().unwrap();
    bytes.truncate(bytes.len() - 1000);
    let options =
        ImportOptions { map: crate::sources::import::parse_map("text=text").unwrap(), ..ImportOptions::default() };
    let (_file, mut source) = try_open(bytes, &options).unwrap();
    let (mut after, mut read) = (None, 0);
    let error = loop {
        match source.fetch(after.as_ref()).await {
            Ok(page) => {
                read += page.items.len();
                assert_eq!(page.again, Again::Now, "the file is not at its end");
                after = page.next;
            }
            Err(error) => break error,
        }
    };
    assert!(read > 90_000, "{read}");
    assert!(matches!(&error, SourceError::Setup(text) if text.contains("is damaged after line")), "{error}");
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_pipe_gives_what_has_arrived_and_its_last_page_again() {
    use std::os::fd::AsRawFd as _;

    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"id,text\n1,first words\n2,second wo").unwrap();
    let mut source = open(format!("/proc/self/fd/{}", reader.as_raw_fd()), &ImportOptions::default()).unwrap();
    let first = source.fetch(None).await.unwrap();
    assert_eq!((keys(&first.items), first.again), (vec!["import:1"], Again::Now));
    let again = source.fetch(None).await.unwrap();
    assert_eq!(keys(&again.items), ["import:1"], "the page was not stored, so it is asked for again");
    writer.write_all(b"rds\n3,third\n").unwrap();
    drop(writer);
    let (rest, _) = items_after(&mut source, first.next).await;
    assert_eq!(keys(&rest), ["import:2", "import:3"]);
    assert_eq!(mention(&rest[0]).text, "second words");
    assert!(matches!(source.fetch(None).await, Err(SourceError::Setup(_))), "the first page is gone");
}

#[tokio::test]
async fn a_call_that_is_given_up_loses_nothing() {
    let (_file, mut source) = try_open(csv(), &ImportOptions::default()).unwrap();
    {
        let call = source.fetch(None);
        tokio::pin!(call);
        // Polled once, so that reading begins; then dropped.
        let _ = futures::poll!(call.as_mut());
    }
    let (items, _) = items_after(&mut source, None).await;
    assert_eq!(items.len(), ROWS);
}
