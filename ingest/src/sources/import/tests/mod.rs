#![expect(clippy::unwrap_used, reason = "tests")]

mod airline;
mod faults;
mod files;
mod properties;
mod resume;

use std::path::PathBuf;

use hark_mention::{Event, Mention};
use tempfile::TempDir;

use super::{ImportError, ImportOptions, ImportSource, open};
use crate::source::{Again, Cursor, Item, Source as _};

/// A file that goes with its folder.
struct TestFile {
    _folder: TempDir,
    path: PathBuf,
}

fn file(name: &str, bytes: impl AsRef<[u8]>) -> TestFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    TestFile { _folder: folder, path }
}

fn try_open(bytes: impl AsRef<[u8]>, options: &ImportOptions) -> Result<(TestFile, ImportSource), ImportError> {
    let file = file("feedback.csv", bytes);
    let source = open(&file.path, options)?;
    Ok((file, source))
}

/// All items from `after` on, and the cursor behind each page.
async fn items_after(source: &mut ImportSource, mut after: Option<Cursor>) -> (Vec<Item>, Vec<Cursor>) {
    let (mut items, mut cursors) = (Vec::new(), Vec::new());
    loop {
        let page = source.fetch(after.as_ref()).await.unwrap();
        items.extend(page.items);
        after = page.next;
        cursors.extend(after.clone());
        match page.again {
            Again::Now => {}
            Again::Never => return (items, cursors),
            Again::After(_) => panic!("a file does not wait"),
        }
    }
}

async fn import(bytes: impl AsRef<[u8]>, options: &ImportOptions) -> Vec<Item> {
    let (_file, mut source) = try_open(bytes, options).unwrap();
    let (items, _) = items_after(&mut source, None).await;
    assert_eq!(source.progress().rows(), items.len() as u64, "rows read = kept + dropped + rejected");
    items
}

fn mention(item: &Item) -> &Mention {
    match item {
        Item::Keep(Event::Upsert(mention)) => mention,
        other => panic!("not kept: {other:?}"),
    }
}

/// `kept ID`, `dropped REASON`, `rejected PLACE REASON RAW`.
fn fates(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .map(|item| match item {
            Item::Keep(event) => format!("kept {}", event.key()),
            Item::Drop(reason) => format!("dropped {}", reason.as_str()),
            Item::Reject { raw, place, rejection } => {
                let raw: String = String::from_utf8_lossy(raw).chars().take(24).collect();
                format!("rejected {place} {} {raw}", rejection.reason.as_str())
            }
        })
        .collect()
}
