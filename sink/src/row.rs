//! A row of the table `mention_rows`, in the order of its columns.

use clickhouse::Row;
use hark_mention::{Enriched, Timestamp, row_version};
use serde::Serialize;

/// One state of a mention.
#[derive(Clone, Debug, Default, Row, Serialize)]
pub(crate) struct MentionRow {
    pub(crate) id: String,
    pub(crate) published_at: i64,
    pub(crate) source: String,
    site: String,
    kind: &'static str,
    title: String,
    text: String,
    url: String,
    lang: String,
    lang_confidence: f32,
    lang_hint: String,
    country: String,
    sentiment: &'static str,
    sentiment_score: f32,
    sentiment_confidence: f32,
    brands: Vec<String>,
    products: Vec<String>,
    topics: Vec<String>,
    topic_scores: Vec<f32>,
    topic_evidence: Vec<(u32, u32)>,
    intent: &'static str,
    spam_score: f32,
    story_id: String,
    pub(crate) author_id: String,
    author_handle: String,
    author_name: String,
    author_followers: Option<u64>,
    likes: Option<u64>,
    replies: Option<u64>,
    shares: Option<u64>,
    views: Option<u64>,
    rating: Option<f32>,
    product_hint: String,
    parent_id: String,
    thread_id: String,
    extra: String,
    edited_at: Option<i64>,
    collected_at: i64,
    revision: u64,
    model_version: String,
    rules_version: String,
    raw_partition: u16,
    raw_offset: u64,
    pub(crate) version: u64,
    is_deleted: u8,
}

/// The earliest and latest time that a column of type `DateTime64(3)` holds: the years 1900 to 2299.
/// Source: <https://clickhouse.com/docs/sql-reference/data-types/datetime64>, read 2026-11-22.
const TIME_RANGE: (i64, i64) = (-2_208_988_800_000, 10_413_791_999_999);

pub(crate) fn time_in_range(time: Timestamp) -> i64 {
    time.as_millis().clamp(TIME_RANGE.0, TIME_RANGE.1)
}

/// Partition and offset in the raw topic.
pub(crate) type Origin = (i32, i64);

impl MentionRow {
    /// The row of a mention with its labels.
    pub(crate) fn upsert(enriched: Enriched, origin: Origin) -> Self {
        let Enriched { mention, labels } = enriched;
        let extra = if mention.extra.is_empty() {
            String::new()
        } else {
            serde_json::to_string(&mention.extra).expect("a map of JSON is JSON")
        };
        Self {
            id: mention.id,
            published_at: time_in_range(mention.published_at),
            source: mention.source,
            site: mention.site.unwrap_or_default(),
            kind: mention.kind.as_str(),
            title: mention.title.unwrap_or_default(),
            text: mention.text,
            url: mention.url.unwrap_or_default(),
            lang: labels.lang,
            lang_confidence: labels.lang_confidence,
            lang_hint: mention.lang_hint.unwrap_or_default(),
            country: mention.country.unwrap_or_default(),
            sentiment: labels.sentiment.as_str(),
            sentiment_score: labels.sentiment_score,
            sentiment_confidence: labels.sentiment_confidence,
            brands: labels.brands,
            products: labels.products,
            topic_scores: labels.topics.iter().map(|topic| topic.sentiment_score).collect(),
            topic_evidence: labels.topics.iter().map(|topic| topic.evidence).collect(),
            topics: labels.topics.into_iter().map(|topic| topic.topic).collect(),
            intent: labels.intent.as_str(),
            spam_score: labels.spam_score,
            story_id: labels.story_id,
            author_id: mention.author.id.unwrap_or_default(),
            author_handle: mention.author.handle.unwrap_or_default(),
            author_name: mention.author.name.unwrap_or_default(),
            author_followers: mention.author.followers,
            likes: mention.engagement.likes,
            replies: mention.engagement.replies,
            shares: mention.engagement.shares,
            views: mention.engagement.views,
            rating: mention.rating,
            product_hint: mention.product_hint.unwrap_or_default(),
            parent_id: mention.parent_id.unwrap_or_default(),
            thread_id: mention.thread_id.unwrap_or_default(),
            extra,
            edited_at: mention.edited_at.map(time_in_range),
            collected_at: time_in_range(mention.collected_at),
            revision: mention.revision,
            model_version: labels.model_version,
            rules_version: labels.rules_version,
            version: row_version(mention.revision),
            ..Self::default()
        }
        .read_at(origin)
    }

    /// The row that hides a mention: its key, a version, and nothing of what it said.
    pub(crate) fn gone(id: String, source: String, published_at: i64, version: u64, origin: Origin) -> Self {
        Self { id, source, published_at, version, is_deleted: 1, ..Self::default() }.read_at(origin)
    }

    /// Whether the row was made of the event at `origin`.
    pub(crate) fn comes_from(&self, (partition, offset): Origin) -> bool {
        i32::from(self.raw_partition) == partition && i64::try_from(self.raw_offset) == Ok(offset)
    }

    fn read_at(mut self, (partition, offset): Origin) -> Self {
        self.raw_partition = u16::try_from(partition).unwrap_or(u16::MAX);
        self.raw_offset = u64::try_from(offset).unwrap_or_default();
        self
    }
}
