//! `GET /mentions`: the mentions themselves, newest first, page by page.

use axum::{Json, extract::State, http::Uri};
use clickhouse::Row;
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Range, extract};
use crate::{
    filter::{Filter, FilterParameters, Parameters, database_time},
    problem::Problem,
    server::App,
};

/// One page of mentions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mentions {
    range: Range,
    /// How many mentions there are on all pages.
    total: u64,
    mentions: Vec<Mention>,
    /// The parameter `cursor` of the next page; null on the last one.
    next: Option<String>,
}

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

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct PageParameters {
    /// Most mentions on the page. Default: 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Row, Deserialize)]
struct Stored {
    id: String,
    published_ms: i64,
    source: String,
    site: String,
    kind: String,
    title: String,
    shown_text: String,
    cut: bool,
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
    author_handle: String,
    author_name: String,
    author_followers: Option<u64>,
    likes: Option<u64>,
    replies: Option<u64>,
    shares: Option<u64>,
    views: Option<u64>,
    rating: Option<f32>,
}

#[derive(Row, Deserialize)]
struct Total {
    mentions: u64,
}

/// Where a page begins: after the mention with this time and id.
struct Cursor {
    millis: i64,
    id: String,
}

/// The mentions themselves, newest first.
#[utoipa::path(
    get, path = "/api/v1/mentions", tag = "mentions", params(FilterParameters, PageParameters),
    responses(
        (status = 200, description = "One page of mentions", body = Mentions),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_mentions(State(app): State<App>, uri: Uri) -> Result<Json<Mentions>, Problem> {
    let (filter, (limit, cursor)) =
        extract::read(&uri, |parameters| (extract::limit(parameters, 50, 200), take_cursor(parameters)))?;
    let cursor = cursor.unwrap_or_else(|| Cursor::before_all(&filter));
    let sql = Filter::sql(include_str!("../../queries/mentions.sql"));
    let before = jiff::Timestamp::from_millisecond(cursor.millis).unwrap_or(filter.asked.period.to);
    let page =
        filter.bind(app.database.query(&sql)).param("before", database_time(before)).param("before_id", cursor.id);
    // One more than asked for tells whether there is a next page.
    let page = app.database.rows::<Stored>(page.param("limit", limit + 1));
    let count = Filter::sql(include_str!("../../queries/count.sql"));
    let total = app.database.row::<Total>(filter.bind(app.database.query(&count)));
    let (mut rows, total) = tokio::try_join!(page, total)?;

    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|last| format!("{}.{}", last.published_ms, last.id));
    let mentions = rows.into_iter().map(Mention::from).collect();
    Ok(Json(Mentions { range: Range::from(&filter.asked), total: total.mentions, mentions, next }))
}

fn take_cursor(parameters: &mut Parameters) -> Option<Cursor> {
    parameters.take_as("cursor", "must be `next` of the page before", |text| {
        let (millis, id) = text.split_once('.')?;
        let millis = millis.parse().ok()?;
        // What the database can hold: the years 1900 to 2299.
        let held = (-2_208_988_800_000..10_413_792_000_000).contains(&millis);
        held.then(|| Cursor { millis, id: id.to_owned() })
    })
}

impl Cursor {
    fn before_all(filter: &Filter) -> Self {
        Self { millis: filter.asked.period.to.as_millisecond() + 1, id: String::new() }
    }
}

impl From<Stored> for Mention {
    fn from(row: Stored) -> Self {
        let topics = row
            .topics
            .into_iter()
            .enumerate()
            .map(|(at, name)| Topic { name, sentiment_score: row.topic_scores.get(at).copied().unwrap_or_default() });
        Self {
            published_at: Timestamp::from_millis(row.published_ms),
            topics: topics.collect(),
            url: Some(row.url).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            author: Author { handle: row.author_handle, name: row.author_name, followers: row.author_followers },
            engagement: Engagement { likes: row.likes, replies: row.replies, shares: row.shares, views: row.views },
            id: row.id,
            source: row.source,
            site: row.site,
            kind: row.kind,
            title: row.title,
            text: row.shown_text,
            text_cut: row.cut,
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
