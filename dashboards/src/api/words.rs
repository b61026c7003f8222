//! `GET /words`: the words that set a period apart from the one before it.

use axum::{Json, http::Uri};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{Range, extract};
use crate::{
    distinctive::{self, Text},
    filter::{Filter, FilterParameters},
    problem::Problem,
    server::App,
};

/// Most texts of one period that are read: the newest. Words that set a period apart show in a sample.
const MOST_TEXTS: u32 = 20_000;
/// Most mentions of one period among which these are sought: copies of one text count once.
const MOST_MENTIONS: u32 = 60_000;
/// Most characters of a text that are read.
const SHOWN: &str = "2000";

/// The words that set a period apart from the one before it, the most telling first.
///
/// Words and pairs of words are counted once a mention. They are ranked by the log-odds ratio with an informative Dirichlet
/// prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words"), in standard deviations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WordsAnswer {
    range: Range,
    /// Mentions that were read of this period, and whether there are more.
    read: u64,
    /// Mentions that were read of the period before.
    read_before: u64,
    /// Whether only the newest mentions of a period were read; the counts are then of those.
    sampled: bool,
    words: Vec<DistinctiveWord>,
}

/// A word, or two in a row, that sets the period apart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DistinctiveWord {
    /// The word, in lower case.
    word: String,
    /// The listening query that finds its mentions: the parameter `q`.
    query: String,
    /// How many mentions say it.
    mentions: u64,
    /// How many said it in the period before.
    before: u64,
    /// How far its odds are from those before, in standard deviations. Above 1.96 chance seldom explains it.
    z: f64,
    /// Mentions that say it in a displeased tone.
    negative: u64,
    /// Mentions that say it in a pleased tone.
    positive: u64,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct WordsParameters {
    /// Only what no topic covers: what emerges there may become one. Default: false.
    uncovered: Option<bool>,
    /// Most words. Default: 24.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// The words that set a period apart from the one before it.
#[utoipa::path(
    get, path = "/api/v1/words", tag = "numbers", params(FilterParameters, WordsParameters),
    responses(
        (status = 200, description = "The words", body = WordsAnswer),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_words(app: App, uri: Uri) -> Result<Json<WordsAnswer>, Problem> {
    let (filter, (uncovered, limit)) = extract::read(&app, &uri, |parameters| {
        (extract::flag(parameters, "uncovered", false), extract::limit(parameters, 24, 100))
    })
    .await?;
    let (now, before) = tokio::try_join!(texts(&app, &filter, uncovered), async {
        match filter.before(&app).await? {
            Some(before) => texts(&app, &before, uncovered).await,
            None => Ok(Vec::new()),
        }
    })?;
    let (read, read_before) = (now.len() as u64, before.len() as u64);
    let is_sample = |texts: &[Text]| texts.len() >= MOST_TEXTS as usize || texts.iter().any(|text| text.has_older);
    let sampled = is_sample(&now) || is_sample(&before);
    let segmenter = app.searches.segmenter().clone();
    let names = app.brands.iter().map(|brand| &brand.name).chain(app.products.iter().map(|product| &product.name));
    let names: Vec<String> = names.flat_map(|name| name.split_whitespace()).map(str::to_lowercase).collect();
    // Thousands of texts take a moment of a processor.
    let found =
        tokio::task::spawn_blocking(move || distinctive::words(&segmenter, &now, &before, &names, limit as usize));
    let found = found.await.map_err(|_| Problem::query_failed())?;
    let words = found.into_iter().map(|word| DistinctiveWord {
        query: word.query(),
        word: word.word,
        mentions: word.now,
        before: word.before,
        z: word.z,
        negative: word.negative,
        positive: word.positive,
    });
    Ok(Json(WordsAnswer { range: Range::from(&filter.asked), read, read_before, sampled, words: words.collect() }))
}

async fn texts(app: &App, filter: &Filter, uncovered: bool) -> Result<Vec<Text>, Problem> {
    let sql = include_str!("../../queries/texts.sql")
        .replace("$shown", SHOWN)
        .replace("$covered", if uncovered { "empty(topics)" } else { "1" });
    app.database.rows(filter.query(app, &sql).param("most", MOST_MENTIONS).param("limit", MOST_TEXTS)).await
}
