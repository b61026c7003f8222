//! `GET /evidence`: the sentences in which a topic is praised or complained about.

use std::collections::HashSet;

use axum::{Json, http::Uri};
use clickhouse::Row;
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;
use utoipa::{IntoParams, ToSchema};

use super::{Range, extract};
use crate::{
    filter::{Dimension, FilterParameters},
    problem::{BadParameter, Problem},
    server::App,
};

/// How many times as many sentences are looked at as are told: people say the same in the same words.
const SPARE: u32 = 4;
/// A sentence with fewer letters is told after the others. Unit: bytes.
const SHORT: usize = 30;
/// Longest sentence that is shown on either side of what was found. Unit: bytes.
const LONGEST: usize = 240;

/// The sentences in which a topic is spoken of, the most outspoken first; of each story one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvidenceAnswer {
    range: Range,
    sentences: Vec<Evidence>,
}

/// A sentence in which a topic is spoken of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Evidence {
    /// Id of the mention.
    id: String,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// Type of the source.
    source: String,
    /// Language (ISO 639).
    lang: String,
    /// Products that the mention speaks of.
    products: Vec<String>,
    /// Display name or account of the author; empty when unknown.
    author: String,
    /// Tone of what is said about the topic, -1 to 1.
    sentiment_score: f32,
    /// What stands in the sentence before the topic.
    before: String,
    /// The words that speak of the topic; empty where somebody added the topic by hand.
    said: String,
    /// What follows.
    after: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct EvidenceParameters {
    /// Most sentences. Default: 10.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

#[derive(Row, Deserialize)]
struct Stored {
    id: String,
    published_ms: i64,
    source: String,
    lang: String,
    products: Vec<String>,
    author: String,
    score: f32,
    full_text: String,
    place: (u32, u32),
}

/// The sentences in which a topic is spoken of. Exactly one `topic` must be given; `sentiment` then is the tone of the
/// topic, not of the whole mention.
#[utoipa::path(
    get, path = "/api/v1/evidence", tag = "mentions", params(FilterParameters, EvidenceParameters),
    responses(
        (status = 200, description = "The sentences", body = EvidenceAnswer),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_evidence(app: App, uri: Uri) -> Result<Json<EvidenceAnswer>, Problem> {
    let (filter, limit) = extract::read(&app, &uri, |parameters| extract::limit(parameters, 10, 100)).await?;
    let [topic] = filter.values(Dimension::Topic) else {
        let given = filter.values(Dimension::Topic).join(" and ");
        return Err(Problem::bad_parameters(vec![BadParameter::new("topic", "must stand exactly once", &given)]));
    };
    // A third of the scale each.
    let tone = |tone: &String| match tone.as_str() {
        "negative" => "score < -0.33",
        "positive" => "score > 0.33",
        _ => "abs(score) <= 0.33",
    };
    let tones: Vec<&str> = filter.values(Dimension::Sentiment).iter().map(tone).collect();
    let tones = if tones.is_empty() { "1".to_owned() } else { tones.join(" OR ") };
    let sql = include_str!("../../queries/evidence.sql").replace("$tone", &tones);
    let query = filter.without(Dimension::Sentiment).query(&app, &sql).param("of", topic).param("limit", limit * SPARE);
    let rows: Vec<Stored> = app.database.rows(query).await?;
    let mut sentences: Vec<Evidence> = rows.into_iter().map(told).collect();
    let mut said = HashSet::new();
    sentences.retain(|sentence| said.insert(sentence.words()));
    // A cry says that somebody is angry, a sentence why.
    sentences.sort_by_key(|sentence| sentence.words().len() < SHORT);
    sentences.truncate(limit as usize);
    Ok(Json(EvidenceAnswer { range: Range::from(&filter.asked), sentences }))
}

impl Evidence {
    fn words(&self) -> String {
        format!("{}{}{}", self.before, self.said, self.after).to_lowercase()
    }
}

fn told(row: Stored) -> Evidence {
    let (before, said, after) = sentence(&row.full_text, row.place);
    Evidence {
        published_at: Timestamp::from_millis(row.published_ms),
        before: before.to_owned(),
        said: said.to_owned(),
        after: after.to_owned(),
        id: row.id,
        source: row.source,
        lang: row.lang,
        products: row.products,
        author: row.author,
        sentiment_score: row.score,
    }
}

/// The sentence around a place, in three parts; the beginning of the text where there is no place.
fn sentence(text: &str, (start, end): (u32, u32)) -> (&str, &str, &str) {
    let (start, end) = (start as usize, end as usize);
    let Some(said) = text.get(start..end) else { return ("", "", begin(text, LONGEST)) };
    let around = text
        .split_sentence_bound_indices()
        .map(|(at, sentence)| at..at + sentence.len())
        .find(|sentence| sentence.contains(&start) || (said.is_empty() && sentence.start == start));
    let around = around.unwrap_or(start..end);
    let before = text.get(around.start..start).unwrap_or_default().trim_start();
    let after = text.get(end..around.end.max(end)).unwrap_or_default().trim_end();
    (finish(before, LONGEST), said, begin(after, LONGEST))
}

fn begin(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

fn finish(text: &str, bytes: usize) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(bytes))..).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_told_around_what_was_found() {
        let text = "Titel\nMooi toestel. De accu is na een dag leeg! Verder niets.";
        let at = text.find("accu").unwrap_or_default() as u32;
        assert_eq!(sentence(text, (at, at + 4)), ("De ", "accu", " is na een dag leeg!"));
        assert_eq!(sentence(text, (0, 0)).1, "");
        assert_eq!(sentence("é", (1, 2)), ("", "", "é"), "a place that is none");
    }
}
