//! Finding a mention that is stored, by its id.

use clickhouse::{Client, Row};
use serde::Deserialize;

use crate::{
    Error,
    keys::{id_hash, pinned},
};

/// A mention that is stored and not deleted.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct Stored {
    /// Its id.
    pub id: String,
    /// Type name of its source.
    pub source: String,
    /// The time under which it is stored. Unit: milliseconds since 1970.
    pub published_at: i64,
}

/// The mention with this id, if it is shown. Reads little: the pinned time tells where to look.
///
/// # Errors
///
/// [`Error::Store`] when the database cannot be reached or refuses.
pub async fn find(client: &Client, id: &str) -> Result<Option<Stored>, Error> {
    let found = async {
        let hash = id_hash(id);
        let Some(published_at) = pinned(client, std::iter::once(&hash)).await?.remove(&hash) else { return Ok(None) };
        let query = "SELECT id, toString(source) AS source, published_at FROM mention_states FINAL
            WHERE id = {id:String} AND published_at = fromUnixTimestamp64Milli({published_at:Int64}) AND NOT is_expired";
        client.query(query).param("id", id).param("published_at", published_at).fetch_optional::<Stored>().await
    };
    found.await.map_err(|error| Error::Store { action: "look the mention up".to_owned(), error })
}
