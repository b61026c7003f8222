//! What people corrected: rows of `corrections`, which the view `mentions` puts in place of the models' labels.
//!
//! Rows of mentions are not touched, so a correction outlives edits, replays and newer labels.

use clickhouse::{Client, Row};
use serde::Deserialize;

use crate::{
    Error,
    keys::{id_hash, pinned},
    stored::Stored,
};

/// What can be corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `negative`, `neutral` or `positive`.
    Sentiment,
    /// A list of names.
    Topics,
    /// A list of names.
    Brands,
    /// A list of names.
    Products,
    /// One of `hark_mention::Intent`.
    Intent,
    /// Code of a language.
    Lang,
    /// `yes` or `no`.
    Spam,
}

impl Field {
    /// All fields; the table takes no others.
    pub const ALL: [Self; 7] =
        [Self::Sentiment, Self::Topics, Self::Brands, Self::Products, Self::Intent, Self::Lang, Self::Spam];

    /// The field as it is written in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sentiment => "sentiment",
            Self::Topics => "topics",
            Self::Brands => "brands",
            Self::Products => "products",
            Self::Intent => "intent",
            Self::Lang => "lang",
            Self::Spam => "spam",
        }
    }

    /// The field of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// Whether its value is a list of names.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Topics | Self::Brands | Self::Products)
    }

    /// Its value in the view, as it is written in the table.
    fn value(self) -> &'static str {
        match self {
            Self::Sentiment => "sentiment",
            Self::Topics => "toJSONString(topics)",
            Self::Brands => "toJSONString(brands)",
            Self::Products => "toJSONString(products)",
            Self::Intent => "intent",
            Self::Lang => "lang",
            Self::Spam => "if(spam_score >= 0.5, 'yes', 'no')",
        }
    }

    /// Its corrected value as the label of a row to learn from; `None` for lists.
    fn label(self) -> Option<&'static str> {
        match self {
            Self::Sentiment => Some("substring(human.sentiment, 1, 3)"),
            Self::Intent => Some("human.intent"),
            Self::Lang => Some("human.lang"),
            Self::Spam => Some("if(human.spam = 'yes', 'spam', 'ham')"),
            Self::Topics | Self::Brands | Self::Products => None,
        }
    }
}

/// A corrected mention as a row to learn from.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct Lesson {
    /// Title and text on one line.
    pub text: String,
    /// The label: `neg`, `neu` and `pos`; `spam` and `ham`; an intent; a language.
    pub label: String,
    /// Language.
    pub lang: String,
}

/// What a mention said.
#[derive(Row, Deserialize)]
struct Old {
    id: String,
    old: String,
}

/// Notes a correction, and gives what the mention said before; `None` when it is not shown. An empty `new` withdraws the
/// corrections of that field. Lists are JSON.
///
/// # Errors
///
/// [`Error::Store`] when the database cannot be reached or refuses.
pub async fn correct(
    client: &Client,
    mention: &Stored,
    field: Field,
    new: &str,
    by: &str,
) -> Result<Option<String>, Error> {
    let of_mention =
        "FROM mentions WHERE id = {id:String} AND published_at = fromUnixTimestamp64Milli({published_at:Int64})";
    let value = field.value();
    let old = client
        .query(&format!("SELECT toString({value}) {of_mention}"))
        .param("id", &mention.id)
        .param("published_at", mention.published_at)
        .fetch_optional::<String>()
        .await
        .map_err(|error| Error::Store { action: "read the mention".to_owned(), error })?;
    let Some(old) = old else { return Ok(None) };
    client
        .query(&format!(
            "INSERT INTO corrections (mention_id, published_on, field, old, new, corrected_by)
             SELECT id, toDate(published_at), {{field:String}}, {{old:String}}, {{new:String}}, {{by:String}} {of_mention}"
        ))
        .param("id", &mention.id)
        .param("published_at", mention.published_at)
        .param("field", field.as_str())
        .param("old", &old)
        .param("new", new)
        .param("by", by)
        .execute()
        .await
        .map_err(|error| Error::Store { action: "note the correction".to_owned(), error })?;
    Ok(Some(old))
}

/// Notes the same correction of several mentions, and gives the id of each that is shown with what it said before. An empty
/// `new` withdraws the corrections of that field. Lists are JSON.
///
/// # Errors
///
/// [`Error::Store`] when the database cannot be reached or refuses.
pub async fn correct_all(
    client: &Client,
    ids: &[String],
    field: Field,
    new: &str,
    by: &str,
) -> Result<Vec<(String, String)>, Error> {
    let failed = |action: &str| {
        let action = action.to_owned();
        move |error| Error::Store { action, error }
    };
    let hashes: Vec<_> = ids.iter().map(|id| id_hash(id)).collect();
    // The pinned times tell where to look.
    let times = pinned(client, hashes.iter()).await.map_err(failed("look the mentions up"))?;
    let times: Vec<i64> = times.into_values().collect();
    if times.is_empty() {
        return Ok(Vec::new());
    }
    let of_mentions = "FROM mentions WHERE id IN {ids:Array(String)}
        AND published_at IN (SELECT fromUnixTimestamp64Milli(arrayJoin({times:Array(Int64)})))";
    let value = field.value();
    let old = client
        .query(&format!("SELECT id, toString({value}) AS old {of_mentions} ORDER BY id"))
        .param("ids", ids)
        .param("times", &times)
        .fetch_all::<Old>()
        .await
        .map_err(failed("read the mentions"))?;
    client
        .query(&format!(
            "INSERT INTO corrections (mention_id, published_on, field, old, new, corrected_by)
             SELECT id, toDate(published_at), {{field:String}}, toString({value}), {{new:String}}, {{by:String}} {of_mentions}"
        ))
        .param("ids", ids)
        .param("times", &times)
        .param("field", field.as_str())
        .param("new", new)
        .param("by", by)
        .execute()
        .await
        .map_err(failed("note the corrections"))?;
    Ok(old.into_iter().map(|old| (old.id, old.old)).collect())
}

/// The mentions of which `field` is corrected, in the order of their ids; none for lists, which nothing learns from.
///
/// # Errors
///
/// [`Error::Store`] when the database cannot be reached or refuses.
pub async fn lessons(client: &Client, field: Field) -> Result<Vec<Lesson>, Error> {
    let Some(label) = field.label() else { return Ok(Vec::new()) };
    let name = field.as_str();
    let query = format!(
        "SELECT replaceRegexpAll(trim(concat(title, ' ', text)), '\\\\s+', ' ') AS text, {label} AS label, toString(lang) AS lang
         FROM mentions INNER JOIN corrections_in_force AS human ON mentions.id = human.mention_id
         WHERE human.{name} != '' AND toDate(published_at) IN (SELECT published_on FROM corrections)
         ORDER BY mentions.id"
    );
    let lessons = client.query(&query).fetch_all::<Lesson>().await;
    lessons.map_err(|error| Error::Store { action: "read the corrections".to_owned(), error })
}

/// The names that `field` has among stored mentions, for checking one that somebody typed. None for other than lists.
///
/// # Errors
///
/// [`Error::Store`] when the database cannot be reached or refuses.
pub async fn names_in_use(client: &Client, field: Field) -> Result<Vec<String>, Error> {
    if !field.is_list() {
        return Ok(Vec::new());
    }
    let query = format!("SELECT DISTINCT toString(arrayJoin({})) FROM mention_states", field.as_str());
    let names = client.query(&query).fetch_all::<String>().await;
    names.map_err(|error| Error::Store { action: "list the names in use".to_owned(), error })
}
