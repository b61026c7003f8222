//! Looking many keys up at once.

use std::fmt::{Display, Write as _};

use clickhouse::{Client, RowOwned, RowRead, error::Result};

/// Most keys in one question. The time for a set of constants grows with their number up to some 130,000 keys (0.3 s);
/// one of 200,000 took five minutes (ClickHouse 26.7).
const MOST: usize = 65_536;
/// Room for that many keys, in bytes, where ClickHouse's default is 256 KiB.
const MAX_QUERY_SIZE: &str = "4194304";

/// The answers of `query`, in which `{keys}` stands for the keys as the text of an array, lot by lot.
///
/// The keys are numbers, and travel in the question itself: its address, where parameters go, is read far more slowly.
pub(crate) fn look_up<R, K>(
    client: &Client,
    query: &str,
    keys: impl IntoIterator<Item = K>,
) -> impl Future<Output = Result<Vec<R>>> + Send
where
    R: RowOwned + RowRead + Send,
    K: Display,
{
    let mut keys = keys.into_iter().peekable();
    let mut questions = Vec::new();
    while keys.peek().is_some() {
        let question = query.replace("{keys}", &array(keys.by_ref().take(MOST)));
        questions.push(client.query(&question).with_setting("max_query_size", MAX_QUERY_SIZE));
    }
    async {
        let mut found = Vec::new();
        for question in questions {
            found.extend(question.fetch_all::<R>().await?);
        }
        Ok(found)
    }
}

fn array<K: Display>(keys: impl Iterator<Item = K>) -> String {
    let mut array = String::from("'[");
    for (index, key) in keys.enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(array, "{comma}{key}").expect("a text takes what is written to it");
    }
    array.push_str("]'");
    array
}
