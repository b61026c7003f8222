//! The rows that are sent: texts of the sample, each with an id and a time of its own.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use hark_mention::{Event, Timestamp};
use serde_json::json;

/// Milliseconds in the half year over which the rows are spread.
const SPREAD: usize = 180 * 86_400_000;

/// Writes `mentions` rows as JSONL and gives the size of the file.
///
/// # Errors
///
/// When the file cannot be written.
pub(crate) fn write(path: &Path, mentions: usize) -> Result<usize> {
    let now = Timestamp::now();
    let texts: Vec<String> = hark_demo::events(now)
        .into_iter()
        .filter_map(|event| match event {
            Event::Upsert(mention) => Some(mention.text),
            _ => None,
        })
        .collect();
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let (mut file, mut bytes) = (BufWriter::new(file), 0);
    for (row, text) in texts.iter().cycle().take(mentions).enumerate() {
        let back = i64::try_from(row.wrapping_mul(7_919_000) % SPREAD)?;
        let published_at = Timestamp::from_millis(now.as_millis() - back);
        let line = json!({
            "id": row, "text": format!("{text} {row}"), "published_at": published_at.to_string(),
            "author": format!("user{}", row % 50_000), "url": format!("https://example.org/posts/{row}"),
        });
        let line = format!("{line}\n");
        bytes += line.len();
        file.write_all(line.as_bytes())?;
    }
    file.flush()?;
    Ok(bytes)
}
