//! A row of the table `mention_states`, in the order of its columns.

use std::borrow::Cow;

use clickhouse::Row;
use hark_mention::{
    Author, Engagement, Enriched, Intent, Kind, Labels, Mention, Sentiment, Timestamp, TopicLabel, relabelled_version,
    row_version,
};
use serde::{Deserialize, Serialize};

/// One state of a mention.
#[derive(Clone, Debug, Default, Row, Serialize, Deserialize)]
pub struct MentionRow {
    pub(crate) id: String,
    pub(crate) published_at: i64,
    pub(crate) source: String,
    site: String,
    kind: Cow<'static, str>,
    title: String,
    text: String,
    url: String,
    lang: String,
    lang_confidence: f32,
    lang_hint: String,
    country: String,
    sentiment: Cow<'static, str>,
    sentiment_score: f32,
    sentiment_confidence: f32,
    brands: Vec<String>,
    products: Vec<String>,
    topics: Vec<String>,
    topic_scores: Vec<f32>,
    topic_evidence: Vec<(u32, u32)>,
    intent: Cow<'static, str>,
    spam_score: f32,
    pub(crate) story_id: String,
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
pub(crate) const TIME_RANGE: (i64, i64) = (-2_208_988_800_000, 10_413_791_999_999);

pub(crate) fn time_in_range(time: Timestamp) -> i64 {
    time.as_millis().clamp(TIME_RANGE.0, TIME_RANGE.1)
}

/// Partition and offset in the raw topic.
pub type Origin = (i32, i64);

impl MentionRow {
    /// The row of a mention with its labels, made of the event at `origin`.
    pub fn upsert(enriched: Enriched, origin: Origin) -> Self {
        let Enriched { mention, mut labels } = enriched;
        let extra = if mention.extra.is_empty() {
            String::new()
        } else {
            serde_json::to_string(&mention.extra).expect("a map of JSON is JSON")
        };
        let story_id = std::mem::take(&mut labels.story_id);
        let mut row = Self {
            id: mention.id,
            published_at: time_in_range(mention.published_at),
            source: mention.source,
            site: mention.site.unwrap_or_default(),
            kind: mention.kind.as_str().into(),
            title: mention.title.unwrap_or_default(),
            text: mention.text,
            url: mention.url.unwrap_or_default(),
            lang_hint: mention.lang_hint.unwrap_or_default(),
            country: mention.country.unwrap_or_default(),
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
            version: row_version(mention.revision),
            story_id,
            ..Self::default()
        };
        row.label(labels);
        row.read_at(origin)
    }

    /// Puts newer labels in the place of those it has; it stays in its story.
    pub(crate) fn relabel(&mut self, labels: Labels) {
        self.label(labels);
        self.version = relabelled_version(self.version);
    }

    fn label(&mut self, labels: Labels) {
        self.lang = labels.lang;
        self.lang_confidence = labels.lang_confidence;
        self.sentiment = labels.sentiment.as_str().into();
        self.sentiment_score = labels.sentiment_score;
        self.sentiment_confidence = labels.sentiment_confidence;
        self.brands = labels.brands;
        self.products = labels.products;
        self.topic_scores = labels.topics.iter().map(|topic| topic.sentiment_score).collect();
        self.topic_evidence = labels.topics.iter().map(|topic| topic.evidence).collect();
        self.topics = labels.topics.into_iter().map(|topic| topic.topic).collect();
        self.intent = labels.intent.as_str().into();
        self.spam_score = labels.spam_score;
        self.model_version = labels.model_version;
        self.rules_version = labels.rules_version;
    }

    /// The labels it has, but for its story.
    pub(crate) fn labels(&self) -> Labels {
        let of_topic = |(at, topic): (usize, &String)| TopicLabel {
            topic: topic.clone(),
            evidence: self.topic_evidence.get(at).copied().unwrap_or_default(),
            sentiment_score: self.topic_scores.get(at).copied().unwrap_or_default(),
        };
        Labels {
            lang: self.lang.clone(),
            lang_confidence: self.lang_confidence,
            sentiment: Sentiment::ALL.into_iter().find(|one| one.as_str() == self.sentiment).unwrap_or_default(),
            sentiment_score: self.sentiment_score,
            sentiment_confidence: self.sentiment_confidence,
            brands: self.brands.clone(),
            products: self.products.clone(),
            topics: self.topics.iter().enumerate().map(of_topic).collect(),
            intent: Intent::ALL.into_iter().find(|one| one.as_str() == self.intent).unwrap_or_default(),
            spam_score: self.spam_score,
            model_version: self.model_version.clone(),
            rules_version: self.rules_version.clone(),
            ..Labels::default()
        }
    }

    /// The mention as far as labels depend on it.
    pub(crate) fn mention(&self) -> Mention {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == self.kind).unwrap_or_default();
        Mention {
            kind,
            url: some(&self.url),
            site: some(&self.site),
            title: some(&self.title),
            lang_hint: some(&self.lang_hint),
            author: Author {
                id: some(&self.author_id),
                handle: some(&self.author_handle),
                name: some(&self.author_name),
                followers: self.author_followers,
            },
            parent_id: some(&self.parent_id),
            thread_id: some(&self.thread_id),
            engagement: Engagement { likes: self.likes, replies: self.replies, shares: self.shares, views: self.views },
            rating: self.rating,
            product_hint: some(&self.product_hint),
            country: some(&self.country),
            revision: self.revision,
            ..Mention::new(&self.id, &self.source, &self.text, Timestamp::from_millis(self.published_at))
        }
    }

    /// Bytes of its texts, by which a batch is measured.
    pub(crate) fn bytes(&self) -> usize {
        self.id.len() + self.title.len() + self.text.len() + self.extra.len() + self.url.len()
    }

    /// The row that hides a mention: its key, a version, when that was noticed, and nothing of what it said.
    pub(crate) fn gone(id: String, source: String, published_at: i64, version: u64, origin: Origin) -> Self {
        let collected_at = Timestamp::now().as_millis();
        Self { id, source, published_at, collected_at, version, is_deleted: 1, ..Self::default() }.read_at(origin)
    }

    /// Whether the row was made of the event at `origin`.
    pub(crate) fn comes_from(&self, origin: Origin) -> bool {
        self.origin() == origin
    }

    /// Where the event stood that it was made of.
    pub(crate) fn origin(&self) -> Origin {
        (i32::from(self.raw_partition), i64::try_from(self.raw_offset).unwrap_or(i64::MAX))
    }

    fn read_at(mut self, (partition, offset): Origin) -> Self {
        self.raw_partition = u16::try_from(partition).unwrap_or(u16::MAX);
        self.raw_offset = u64::try_from(offset).unwrap_or_default();
        self
    }
}
