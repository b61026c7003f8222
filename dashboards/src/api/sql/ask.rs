//! Sending a question to the database over HTTP, as its text, so that any answer of any shape can be passed on.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;
use utoipa::ToSchema;

use crate::{problem::Problem, server::App};

/// Most questions of one user at a time.
const AT_ONCE: u32 = 3;
/// Longest question, in bytes.
const LONGEST: usize = 200_000;

/// A question in SQL.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// One statement that reads, without a `FORMAT` clause.
    #[schema(min_length = 1, max_length = 200_000)]
    pub(crate) query: String,
    /// Values of its parameters `{name:Type}`, as text.
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
}

/// How many questions each user has under way.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<String, u32>>>);

/// One question under way; it is over when dropped.
pub(crate) struct Turn {
    turns: Turns,
    who: String,
}

impl Turns {
    /// # Errors
    ///
    /// [`Problem`] when the user has as many under way as may be.
    pub(crate) fn take(&self, who: String) -> Result<Turn, Problem> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = running.entry(who.clone()).or_default();
        if *mine >= AT_ONCE {
            return Err(Problem::too_many_queries(AT_ONCE));
        }
        *mine += 1;
        Ok(Turn { turns: self.clone(), who })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut running = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = running.get_mut(&self.who) {
            *mine -= 1;
            if *mine == 0 {
                running.remove(&self.who);
            }
        }
    }
}

/// Asks; `before` stands before the question, and `format` is the form of the answer. An answer that is dropped cancels the
/// query, on the embedded engine and on a server that is set so.
///
/// # Errors
///
/// [`Problem`] when the database is away, refuses the question, or the question names a form of its own.
pub(crate) async fn ask(
    http: &reqwest::Client,
    app: &App,
    before: &str,
    Question { query, parameters }: Question,
    format: &str,
) -> Result<reqwest::Response, Problem> {
    if query.trim().is_empty() || query.len() > LONGEST {
        return Err(Problem::refused(format!("`query` must have 1 to {LONGEST} bytes")));
    }
    if let Some(name) = parameters.keys().find(|name| !is_name(name)) {
        return Err(Problem::refused(format!("a parameter cannot be called `{}`", name.escape_debug())));
    }
    let access = &app.analyst;
    let own = [("database", access.database.as_str()), ("default_format", format)];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let given = parameters.into_iter().map(|(name, value)| (format!("param_{name}"), escaped(&value)));
    let answer = http
        .post(&access.url)
        .query(&own.into_iter().chain(given).collect::<Vec<_>>())
        .header("x-clickhouse-user", &access.user)
        .header("x-clickhouse-key", &access.password)
        .timeout(access.timeout * 2)
        .body(format!("{before}{query}"))
        .send()
        .await
        .map_err(|error| Problem::unavailable(format!("ClickHouse: {}", error.without_url())))?;
    if !answer.status().is_success() {
        let text = answer.text().await.unwrap_or_default();
        return Err(Problem::query_refused(readable(&text)));
    }
    let used = answer.headers().get("x-clickhouse-format").and_then(|used| used.to_str().ok());
    if used.is_some_and(|used| used != format) {
        return Err(Problem::query_refused("leave the FORMAT clause out: the form is chosen beside the question"));
    }
    Ok(answer)
}

/// Letters, digits and `_`, the first no digit.
fn is_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (1..=100).contains(&name.len()) && name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// A parameter travels in ClickHouse's tab-separated form, where these characters mean something else.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")
}

/// What ClickHouse says, without its version and stack.
pub(crate) fn readable(text: &str) -> String {
    let text = text.trim();
    let text = text.split_once(" (version ").map_or(text, |(before, _)| before);
    text.chars().take(2000).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_user_has_three_questions_under_way_and_no_more() {
        let turns = Turns::default();
        let under_way: Vec<_> = (0..3).map(|_| turns.take("jan".to_owned()).unwrap()).collect();
        assert!(turns.take("jan".to_owned()).is_err());
        assert!(turns.take("els".to_owned()).is_ok());
        drop(under_way);
        assert!(turns.take("jan".to_owned()).is_ok());
    }
}
