//! How long mentions are kept: a TTL of the table, and a column that hides what the next merge will take.
//!
//! A mention's rows share its pinned publication time, so all of them expire at one moment. Merges take them from the
//! disk one by one, perhaps a deletion before what it deletes; that is why the view leaves out what has expired.

use std::{collections::BTreeMap, time::Duration};

use clickhouse::{Client, Row, error::Error as StoreError};
use serde::{Deserialize, Serialize};

use crate::{Error, schema::run};

/// Name of the setting in `schema_settings`.
const NAME: &str = "retention";

/// How long after its publication a mention is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Where `sources` does not say otherwise; `None` for ever.
    pub all: Option<Duration>,
    /// By the value of the column `source`.
    pub sources: BTreeMap<String, Duration>,
}

#[derive(Row, Serialize, Deserialize)]
struct Setting {
    name: String,
    value: String,
}

impl Retention {
    /// The statements that the table still needs; none when the retention is in force.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be asked.
    pub async fn pending(&self, client: &Client) -> Result<Vec<String>, Error> {
        let asked = client
            .query("SELECT value FROM schema_settings FINAL WHERE name = ?")
            .bind(NAME)
            .fetch_optional::<String>()
            .await;
        let in_force = match asked {
            Ok(value) => value.unwrap_or_default(),
            // Nothing is migrated yet.
            Err(StoreError::BadResponse(text))
                if text.contains("UNKNOWN_TABLE") || text.contains("UNKNOWN_DATABASE") =>
            {
                String::new()
            }
            Err(error) => return Err(Error::Store { action: "read the retention in force".to_owned(), error }),
        };
        let wanted = self.ttl();
        if in_force == wanted {
            return Ok(Vec::new());
        }
        let condition = self.condition();
        let ttl = if wanted.is_empty() { "REMOVE TTL".to_owned() } else { format!("MODIFY TTL {wanted}") };
        Ok(vec![
            format!("ALTER TABLE mention_states MODIFY COLUMN is_expired UInt8 ALIAS {condition}"),
            format!("ALTER TABLE mention_states {ttl}"),
        ])
    }

    /// Brings the table up to it. The database rewrites the rows in the background. Tells whether there was anything to do.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn apply(&self, client: &Client) -> Result<bool, Error> {
        let statements = self.pending(client).await?;
        if statements.is_empty() {
            return Ok(false);
        }
        for statement in &statements {
            match run(client.clone(), statement).await {
                // Another process has removed it meanwhile.
                Err(Error::Store { error: StoreError::BadResponse(text), .. })
                    if statement.ends_with("REMOVE TTL") && text.contains("any table TTL") => {}
                done => done?,
            }
        }
        let noted = async {
            let mut insert = client.insert::<Setting>("schema_settings").await?;
            insert.write(&Setting { name: NAME.to_owned(), value: self.ttl() }).await?;
            insert.end().await
        };
        noted.await.map_err(|error| Error::Store { action: "note the retention".to_owned(), error })?;
        tracing::info!(retention = %self.ttl(), "changed how long mentions are kept");
        Ok(true)
    }

    /// Whether a mention of `source` that was published then has expired. Unit: milliseconds since 1970.
    pub(crate) fn has_expired(&self, source: &str, published_at: i64, now: i64) -> bool {
        let kept = self.sources.get(source).copied().or(self.all);
        kept.is_some_and(|kept| published_at < now.saturating_sub(i64::try_from(kept.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Whether anything expires at all.
    pub(crate) fn is_for_ever(&self) -> bool {
        self.all.is_none() && self.sources.is_empty()
    }

    /// The rules of the table's TTL; empty when everything is kept.
    fn ttl(&self) -> String {
        // The TTL counts seconds since 1970 in 32 bits: what is older is as old as that.
        let time = "toDateTime(greatest(published_at, toDateTime64(0, 3, 'UTC')))";
        let rule = |kept: u64, which: &str| format!("{time} + toIntervalSecond({kept}) DELETE WHERE {which}");
        self.rules(rule).join(", ")
    }

    /// The condition of the column `is_expired`.
    fn condition(&self) -> String {
        let rules = self.rules(|kept, which| format!("({which} AND published_at < now() - toIntervalSecond({kept}))"));
        if rules.is_empty() { "0".to_owned() } else { rules.join(" OR ") }
    }

    /// One rule a source, and one for the rest.
    fn rules(&self, rule: impl Fn(u64, &str) -> String) -> Vec<String> {
        let names: Vec<String> = self.sources.keys().map(|source| literal(source)).collect();
        let kept_by_source = self.sources.values().map(Duration::as_secs);
        let mut rules: Vec<String> =
            names.iter().zip(kept_by_source).map(|(name, kept)| rule(kept, &format!("source = {name}"))).collect();
        let rest = if names.is_empty() { "1".to_owned() } else { format!("source NOT IN ({})", names.join(", ")) };
        rules.extend(self.all.map(|kept| rule(kept.as_secs(), &rest)));
        rules
    }
}

/// A text as ClickHouse reads it in a statement.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_its_own_time_and_the_rest_the_general_one() {
        let day = Duration::from_secs(86_400);
        let sources = BTreeMap::from([("it's".to_owned(), day)]);
        let retention = Retention { all: Some(day * 3), sources };
        assert!(retention.ttl().contains(r"DELETE WHERE source = 'it\'s', "), "{}", retention.ttl());
        assert!(retention.ttl().ends_with(r"toIntervalSecond(259200) DELETE WHERE source NOT IN ('it\'s')"));
        let now = 10 * 86_400_000;
        assert!(retention.has_expired("it's", now - 86_400_001, now) && !retention.has_expired("it's", now - 1, now));
        assert!(!retention.has_expired("rss", now - 86_400_001, now) && retention.has_expired("rss", 0, now));
        assert_eq!((Retention::default().ttl(), Retention::default().condition()), (String::new(), "0".to_owned()));
    }
}
