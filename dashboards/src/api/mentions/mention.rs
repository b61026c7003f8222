//! A mention as the API tells it.

use std::collections::HashMap;

use clickhouse::Row;
use hark_mention::{Kind, Timestamp};
use hark_query::{Document, Segmenter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::triage::Triage,
    search::{Marks, SearchQuery, known},
};

/// Most characters of a body that are shown.
const SHOWN: usize = 4000;

/// A mention with its labels.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mention {
    /// Stable id: source, colon, the id at the source.
    id: String,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// Type of the source.
    source: String,
    /// Host name of the site; empty when unknown.
    site: String,
    /// post, comment, review, article, question, answer, issue or survey.
    kind: String,
    /// Headline; empty when there is none.
    title: String,
    /// Body as plain text, at most 4,000 characters.
    text: String,
    /// Whether the body is longer than that.
    text_cut: bool,
    /// Where to read it: `http` or `https`; null when it has no such address.
    url: Option<String>,
    /// Language (ISO 639); `und` when unknown.
    lang: String,
    /// Country (ISO 3166-1 alpha-2); empty when unknown.
    country: String,
    /// negative, neutral or positive.
    sentiment: String,
    /// Tone from -1 to 1.
    sentiment_score: f32,
    /// How sure the tone is, 0 to 1.
    sentiment_confidence: f32,
    /// Brands it speaks of.
    brands: Vec<String>,
    /// Products it speaks of.
    products: Vec<String>,
    /// Topics it speaks of.
    topics: Vec<Topic>,
    /// complaint, question, request, praise, churn or other.
    intent: String,
    author: Author,
    engagement: Engagement,
    /// Rating from 0 (worst) to 1 (best).
    rating: Option<f32>,
    /// Near-duplicates share a story; null when it stands alone.
    story: Option<String>,
    /// How many mentions that the filter gives tell the same story, this one included.
    story_mentions: u64,
    /// Id of the first mention of its conversation; null when none is known.
    thread: Option<String>,
    /// Where the search is found in it.
    found: Marks,
    /// Labels that people corrected: sentiment, topics, brands, products, intent, lang or spam.
    corrected: Vec<String>,
    /// What the caller's team has noted about it; null when nothing is.
    triage: Option<Triage>,
}

/// A topic that a mention speaks of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Topic {
    /// Its name.
    name: String,
    /// Tone of what is said about it, -1 to 1.
    sentiment_score: f32,
}

/// Who published a mention.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Author {
    /// What to filter for: source, colon, the id of the account; empty when unknown.
    key: String,
    /// Account name; empty when unknown.
    handle: String,
    /// Display name; empty when unknown.
    name: String,
    /// Followers when last looked at.
    followers: Option<u64>,
}

/// How others reacted; null where the source does not tell.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Engagement {
    /// Likes, upvotes, points.
    likes: Option<u64>,
    /// Comments and replies.
    replies: Option<u64>,
    /// Reposts, boosts, shares.
    shares: Option<u64>,
    /// Views.
    views: Option<u64>,
}

#[derive(Row, Deserialize)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) published_ms: i64,
    source: String,
    site: String,
    kind: String,
    title: String,
    text: String,
    url: String,
    lang: String,
    country: String,
    sentiment: String,
    sentiment_score: f32,
    sentiment_confidence: f32,
    brands: Vec<String>,
    products: Vec<String>,
    topics: Vec<String>,
    topic_scores: Vec<f32>,
    intent: String,
    pub(super) story_id: String,
    thread_id: String,
    author_id: String,
    author_handle: String,
    author_name: String,
    author_followers: Option<u64>,
    likes: Option<u64>,
    replies: Option<u64>,
    shares: Option<u64>,
    views: Option<u64>,
    rating: Option<f32>,
}

/// What is known about the mentions of a page besides themselves.
#[derive(Default)]
pub(super) struct Beside<'a> {
    /// How many mentions tell a story.
    pub(super) stories: HashMap<String, u64>,
    /// Corrected labels by mention.
    pub(super) corrected: HashMap<String, Vec<String>>,
    /// What is noted about mentions.
    pub(super) triage: HashMap<String, Triage>,
    /// What is searched for.
    pub(super) search: Option<(&'a SearchQuery, &'a Segmenter)>,
}

impl Mention {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn new(mut row: Stored, beside: &mut Beside) -> Self {
        let shown = row.text.char_indices().nth(SHOWN).map_or(row.text.len(), |(at, _)| at);
        let found = beside.search.map(|(query, segmenter)| query.marks(&document(&row), segmenter, shown));
        let text_cut = shown < row.text.len();
        row.text.truncate(shown);
        let topics = row
            .topics
            .into_iter()
            .enumerate()
            .map(|(at, name)| Topic { name, sentiment_score: row.topic_scores.get(at).copied().unwrap_or_default() });
        let key = if row.author_id.is_empty() { String::new() } else { format!("{}:{}", row.source, row.author_id) };
        let (handle, name, followers) = (row.author_handle, row.author_name, row.author_followers);
        Self {
            published_at: Timestamp::from_millis(row.published_ms),
            topics: topics.collect(),
            url: Some(row.url).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            author: Author { key, handle, name, followers },
            engagement: Engagement { likes: row.likes, replies: row.replies, shares: row.shares, views: row.views },
            story_mentions: beside.stories.get(&row.story_id).copied().unwrap_or(1),
            story: Some(row.story_id).filter(|id| !id.is_empty()),
            thread: Some(row.thread_id).filter(|id| !id.is_empty()),
            found: found.unwrap_or_default(),
            corrected: beside.corrected.remove(&row.id).unwrap_or_default(),
            triage: beside.triage.remove(&row.id),
            id: row.id,
            source: row.source,
            site: row.site,
            kind: row.kind,
            title: row.title,
            text: row.text,
            text_cut,
            lang: row.lang,
            country: row.country,
            sentiment: row.sentiment,
            sentiment_score: row.sentiment_score,
            sentiment_confidence: row.sentiment_confidence,
            brands: row.brands,
            products: row.products,
            intent: row.intent,
            rating: row.rating,
        }
    }
}

/// A stored mention as queries see it.
pub(super) fn document(row: &Stored) -> Document<'_> {
    Document {
        title: known(&row.title),
        text: &row.text,
        source: Some(&row.source),
        site: known(&row.site),
        url: known(&row.url),
        author_handle: known(&row.author_handle),
        author_name: known(&row.author_name),
        author_id: known(&row.author_id),
        lang: Some(&row.lang),
        country: known(&row.country),
        kind: Kind::ALL.into_iter().find(|kind| kind.as_str() == row.kind),
        rating: row.rating,
        followers: row.author_followers,
    }
}
