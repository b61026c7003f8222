//! From a row to a mention. Pure: the same row gives the same mention, so that a file can be imported again.

use std::{borrow::Cow, fmt::Write as _};

use hark_mention::{DropReason, Engagement, Kind, Mention, RejectReason, Rejection, Timestamp, Verdict};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    entities,
    fields::Field,
    guess,
    rating::Scale,
    record::{Column, Row},
    time::TimeReader,
};

/// What each column becomes, and how it is read.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    /// Type name of the source, and the first part of every id.
    pub(super) source: String,
    pub(super) kind: Kind,
    pub(super) columns: Vec<Column>,
    /// Place in `columns` by field.
    pub(super) places: Vec<(Field, usize)>,
    pub(super) times: TimeReader,
    /// When rows without a time were published, as far as is known.
    pub(super) assumed_time: Timestamp,
    pub(super) scale: Scale,
    /// The file holds HTML entities.
    pub(super) entities: bool,
}

/// What makes a row without an id itself. What others did with it, such as likes, does not.
pub(super) const IDENTITY: [Field; 9] = [
    Field::Text,
    Field::Title,
    Field::PublishedAt,
    Field::Author,
    Field::AuthorName,
    Field::AuthorId,
    Field::Rating,
    Field::Url,
    Field::Product,
];

/// A [`Mapping`] prepared for many rows.
pub(super) struct Mapper {
    mapping: Mapping,
    by_field: Vec<Option<usize>>,
    /// Columns that do not go to `extra`, because a field holds all that they say.
    used: Vec<bool>,
}

impl Mapper {
    pub(super) fn new(mapping: Mapping) -> Self {
        let place = |field: &Field| mapping.places.iter().find(|(known, _)| known == field).map(|(_, column)| *column);
        let by_field: Vec<_> = Field::ALL.iter().map(place).collect();
        let mut used = vec![false; mapping.columns.len()];
        for (field, column) in &mapping.places {
            // The original of a rating is kept, since its normal form loses the scale.
            used[*column] = *field != Field::Rating;
        }
        Self { mapping, by_field, used }
    }

    /// How many columns a row has.
    pub(super) fn column_count(&self) -> usize {
        self.mapping.columns.len()
    }

    /// The names of the columns that go to `extra`.
    pub(super) fn extra(&self) -> impl Iterator<Item = &str> {
        self.mapping.columns.iter().zip(&self.used).filter(|(_, used)| !**used).map(|(column, _)| column.name.as_str())
    }

    fn column(&self, field: Field) -> Option<&Column> {
        self.mapping.columns.get((*self.by_field.get(field as usize)?)?)
    }

    /// Makes a mention of a row that was read at `now`.
    pub(super) fn mention(&self, row: Row<'_>, now: Timestamp) -> Verdict<Mention> {
        let get = |field| row.get(self.column(field)?);
        let prose = |field| get(field).map(|text| if self.mapping.entities { entities::decode(text) } else { text });
        let word = |field| get(field).map(|text| text.trim().to_owned());
        let text = prose(Field::Text).filter(|text| !text.trim().is_empty());
        let title = prose(Field::Title).filter(|title| !title.trim().is_empty());
        if text.is_none() && title.is_none() {
            return Verdict::Drop(DropReason::Empty);
        }
        let written = get(Field::PublishedAt);
        let published_at = match written.as_deref().map(|written| self.mapping.times.read(written).ok_or(written)) {
            Some(Err(written)) => return Verdict::Reject(self.bad_time(written)),
            Some(Ok(time)) => Some(time),
            None => None,
        };
        let id = self.id(&row);
        let text = text.map(Cow::into_owned).unwrap_or_default();
        let source = self.mapping.source.as_str();
        let mut mention = Mention::new(id, source, text, published_at.unwrap_or(self.mapping.assumed_time));
        mention.title = title.map(Cow::into_owned);
        mention.url = word(Field::Url);
        mention.site = word(Field::Site).or_else(|| mention.url.as_deref().and_then(host));
        mention.author.id = word(Field::AuthorId);
        mention.author.handle = get(Field::Author).map(|name| name.trim().trim_start_matches('@').to_owned());
        mention.author.name = prose(Field::AuthorName).map(|name| name.trim().to_owned());
        mention.product_hint = prose(Field::Product).map(|name| name.trim().to_owned());
        mention.parent_id = get(Field::ParentId).map(|id| format!("{source}:{}", id.trim()));
        mention.thread_id = get(Field::ThreadId).map(|id| format!("{source}:{}", id.trim()));
        mention.rating = get(Field::Rating).and_then(|rating| self.mapping.scale.read(&rating));
        let mut unread = Map::new();
        mention.kind = self.read(&row, Field::Kind, &mut unread, guess::kind).unwrap_or(self.mapping.kind);
        mention.lang_hint = self.read(&row, Field::Lang, &mut unread, |text| guess::language(text).map(str::to_owned));
        mention.country = self.read(&row, Field::Country, &mut unread, guess::country);
        let mut count = |field| self.read(&row, field, &mut unread, guess::count);
        mention.author.followers = count(Field::Followers);
        mention.engagement = Engagement {
            likes: count(Field::Likes),
            replies: count(Field::Replies),
            shares: count(Field::Shares),
            views: count(Field::Views),
        };
        mention.extra = row.into_extra(&self.mapping.columns, &self.used);
        mention.extra.extend(unread);
        if published_at.is_none() {
            mention.extra.insert("published_at_assumed".to_owned(), Value::Bool(true));
        }
        Verdict::Keep(mention.collected(now))
    }

    /// Reads a field; what cannot be read is kept in `unread` as it came.
    fn read<T>(
        &self,
        row: &Row<'_>,
        field: Field,
        unread: &mut Map<String, Value>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let column = self.column(field)?;
        let text = row.get(column)?;
        let value = parse(&text);
        if value.is_none() {
            unread.insert(column.name.clone(), Value::String(text.into_owned()));
        }
        value
    }

    fn bad_time(&self, written: &str) -> Rejection {
        let column = self.column(Field::PublishedAt).map(|column| column.name.as_str()).unwrap_or_default();
        let shown: String = written.chars().take(60).collect();
        Rejection::new(
            RejectReason::BadTime,
            format!("`{shown}` in column `{column}` is not a point in time that can be read"),
        )
    }

    /// `source:id`, or a hash of the row's [`IDENTITY`] where it has no id.
    fn id(&self, row: &Row<'_>) -> String {
        const LONGEST: usize = 512;
        let get = |field| row.get(self.column(field)?);
        let source = &self.mapping.source;
        if let Some(id) = get(Field::Id).filter(|id| id.len() <= LONGEST) {
            return [source, ":", id.trim()].concat();
        }
        let mut hash = Sha256::new();
        for (field, value) in IDENTITY.iter().filter_map(|field| Some((field, get(*field)?))) {
            hash.update(field.as_str());
            hash.update((value.len() as u64).to_le_bytes());
            hash.update(value.as_bytes());
        }
        let digest = hash.finalize();
        let mut id = format!("{source}:");
        for byte in digest.iter().take(16) {
            // Writing to a text cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        id
    }
}

/// The host name of a URL.
fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}
