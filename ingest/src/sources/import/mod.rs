//! Files of what customers said: CSV, TSV, JSON Lines and JSON, plain or packed with gzip or zstd, or standard input.
//!
//! Everything about a file is found out by looking at its beginning, and told to the person as a [`Plan`] before the
//! first row is published. The one rule: every row that is read becomes exactly one [`Item`], whatever is wrong with it.
//!
//! ```text
//! input (bytes, unpacked, UTF-8)  ->  record (one row)  ->  mapping (a mention)
//!         └── sniff, layout, guess: from the first MiB, into a plan
//! ```

mod csv;
mod entities;
mod error;
mod fields;
mod guess;
mod input;
mod json;
mod layout;
mod mapping;
mod plan;
mod rating;
mod reader;
mod record;
mod sniff;
#[cfg(test)]
mod tests;
mod time;
mod window;

use std::{io::Read as _, path::Path};

use async_trait::async_trait;
use encoding_rs::Encoding;
use hark_mention::{Kind, config::Size};
use tokio::task::JoinHandle;

pub use error::ImportError;
pub use fields::{Field, parse_map};
pub use input::Progress;
pub use layout::Format;
pub use plan::Plan;
pub use rating::Scale;

use crate::source::{Cursor, Page, Source, SourceError};
use input::Input;
use layout::Layout;
use plan::Facts;
use reader::{Position, Reader, Rows};
use sniff::TextEncoding;
use window::Text;

/// How to read a file, where its own looks are not to decide.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Type name of the source, and the first part of every id; small letters, digits, `-` and `_`. Default: `import`.
    pub source: String,
    /// Columns for fields, as [`parse_map`] gives them; the other fields are guessed. Default: none.
    pub map: Vec<(Field, String)>,
    /// Default: as the text looks.
    pub format: Option<Format>,
    /// Name of the encoding, such as `windows-1252`. Default: as the bytes look.
    pub encoding: Option<String>,
    /// Whether the first row of CSV holds names. Default: as it looks.
    pub header: Option<bool>,
    /// Zone of times that name none: an IANA name or an offset such as `+01:00`. Default: UTC.
    pub time_zone: Option<String>,
    /// Whether `03-04-2015` is the third of April. Default: as the first rows tell, else yes.
    pub day_first: Option<bool>,
    /// Scale of ratings that name none. Default: the smallest usual one that holds those of the first rows.
    pub rating_scale: Option<Scale>,
    /// What the rows are. Default: as the names of the file and its columns tell.
    pub kind: Option<Kind>,
    /// Longest row; longer ones are rejected. Default: 1 MiB.
    pub max_row: Size,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            source: "import".to_owned(),
            map: Vec::new(),
            format: None,
            encoding: None,
            header: None,
            time_zone: None,
            day_first: None,
            rating_scale: None,
            kind: None,
            max_row: Size::from_mib(1),
        }
    }
}

/// Bytes at the beginning of a file by which it is judged.
const SAMPLE_BYTES: usize = 1 << 20;

/// Looks at a file, or at standard input for `-`, and decides how to read it. Publishes nothing yet.
///
/// Reads up to 1 MiB, and waits for the first bytes of standard input: call it where waiting is allowed.
///
/// # Errors
///
/// [`ImportError`] when there is nothing to import, or an option does not fit the file.
pub fn open(path: impl AsRef<Path>, options: &ImportOptions) -> Result<ImportSource, ImportError> {
    check(options)?;
    let (input, mut bytes, compression) = Input::open(path.as_ref())?;
    let name = input.name.clone();
    let unreadable = |error| ImportError::Read { name: name.clone(), error };
    let (sample, is_whole) = input::sample(&mut bytes, SAMPLE_BYTES).map_err(unreadable)?;
    if sample.trim_ascii().is_empty() && is_whole {
        return Err(ImportError::Empty { name });
    }
    if let Some((what, advice)) = sniff::other_kind(&sample) {
        return Err(ImportError::NotRows { name, what, advice });
    }
    let encoding = encoding(&sample, options)?;
    let decoded = encoding.encoding.decode_without_bom_handling(sample.get(encoding.mark..).unwrap_or_default()).0;
    let limit = usize::try_from(options.max_row.bytes()).unwrap_or(usize::MAX);
    let (layout, rows) = Layout::detect(decoded.as_bytes(), options.format, options.header, limit);
    if rows.columns.is_empty() {
        let advice = "rows of CSV, or JSON objects, are needed";
        return Err(ImportError::NotRows { name, what: "text without a single row that can be read", advice });
    }
    let facts = Facts { name: &name, modified: input.modified, layout: &layout, sample: &rows, encoding, compression };
    let (plan, mapper) = Plan::new(&facts, options)?;
    let fingerprint = reader::fingerprint(decoded.as_bytes());
    let whole = Box::new(std::io::Cursor::new(sample).chain(bytes));
    let text = Text::decoded(whole, encoding).map_err(unreadable)?;
    let progress = input.progress.clone();
    let can_repeat = input.can_reopen();
    let reader = Reader::new(Rows { input, encoding, layout, mapper, limit, fingerprint }, text).map_err(unreadable)?;
    Ok(ImportSource { plan, progress, can_repeat, reader: Some(reader), reading: None, last: None })
}

fn check(options: &ImportOptions) -> Result<(), ImportError> {
    let is_plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_' | '.');
    let source = &options.source;
    if source.is_empty() || source.len() > 64 || !source.chars().all(is_plain) {
        return Err(ImportError::Option(format!(
            "source name `{source}` must be 1 to 64 small letters, digits, `-`, `_` or `.`, for example `trustpilot`"
        )));
    }
    let named: Vec<Field> = options.map.iter().map(|(field, _)| *field).collect();
    match named.iter().enumerate().find(|(place, field)| named.iter().take(*place).any(|earlier| earlier == *field)) {
        Some((_, twice)) => Err(ImportError::Option(format!("`--map` gives `{twice}` two columns; give it one"))),
        None => Ok(()),
    }
}

fn encoding(sample: &[u8], options: &ImportOptions) -> Result<TextEncoding, ImportError> {
    let found = sniff::encoding(sample);
    let Some(label) = &options.encoding else { return Ok(found) };
    let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        ImportError::Option(format!(
            "encoding `{label}` is not known; names are such as utf-8, windows-1252, iso-8859-15, utf-16le"
        ))
    })?;
    let mark = if found.encoding == encoding { found.mark } else { 0 };
    Ok(TextEncoding { encoding, mark, known_by: "as asked" })
}

/// Reads one file, from its first row to its last, or on from a cursor.
pub struct ImportSource {
    plan: Plan,
    progress: Progress,
    /// The file can be read again; otherwise the last page is kept, in case it is asked for again.
    can_repeat: bool,
    /// `None` while a page is being read.
    reader: Option<Reader>,
    /// A page that is being read: it outlives a call that is given up.
    reading: Option<JoinHandle<(Reader, Result<ReadPage, SourceError>)>>,
    /// The page that was read last, with the place where it begins.
    last: Option<ReadPage>,
}

/// A page, and where it begins.
struct ReadPage {
    begins: Position,
    page: Page,
}

impl ImportSource {
    /// What becomes of each column: to be shown before the import begins.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A handle that tells how far the import is.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Hands out the page that was read last, if it begins at `place`.
    fn take_last(&mut self, place: Position) -> Option<Page> {
        let last = self.last.take_if(|last| last.begins == place)?;
        if !self.can_repeat {
            let Page { items, next, again, .. } = &last.page;
            let page = Page::new(items.clone(), next.clone(), *again);
            self.last = Some(ReadPage { begins: place, page });
        }
        Some(last.page)
    }

    /// Waits for the page that an earlier call began to read.
    async fn finish_reading(&mut self) -> Result<(), SourceError> {
        let Some(reading) = &mut self.reading else { return Ok(()) };
        let finished = reading.await;
        self.reading = None;
        let (reader, page) =
            finished.map_err(|error| SourceError::Setup(format!("reading the file broke off: {error}")))?;
        self.reader = Some(reader);
        self.last = Some(page?);
        Ok(())
    }
}

#[async_trait]
impl Source for ImportSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let after: Option<Position> = after.map(Cursor::read).transpose()?;
        self.finish_reading().await?;
        let Some(mut reader) = self.reader.take() else {
            return Err(SourceError::Setup("reading the file broke off; start the import again".to_owned()));
        };
        let place = reader.place(after);
        if let Some(page) = self.take_last(place) {
            self.reader = Some(reader);
            return Ok(page);
        }
        self.reading = Some(tokio::task::spawn_blocking(move || {
            let page = reader.page(place);
            (reader, page)
        }));
        self.finish_reading().await?;
        self.take_last(place).ok_or_else(|| SourceError::Setup("a page begins where it was not asked for".to_owned()))
    }
}
