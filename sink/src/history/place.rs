//! Places in the order of the table `mention_states`: publication time, then the hash of the id.

use clickhouse::{Row, query::Query};
use serde::Deserialize;

use crate::row::TIME_RANGE;

/// No mention stands after this.
pub(super) const LAST: Place = Place { published_at: TIME_RANGE.1, id_hash: u128::MAX };

/// Where a mention stands in the table's order. Unit: milliseconds since 1970, and the hash of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Row, Deserialize)]
pub(super) struct Place {
    pub(super) published_at: i64,
    pub(super) id_hash: u128,
}

/// Mentions that lie together: those after the first place, up to the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    pub(super) after: Place,
    pub(super) up_to: Place,
}

/// The condition of standing after one place, up to another; [`between`] says which.
pub(super) fn within(after: &str, up_to: &str) -> String {
    let time = |place: &str| format!("fromUnixTimestamp64Milli({{{place}:Int64}}, 'UTC')");
    let (first, last) = (time(after), time(up_to));
    format!(
        "published_at BETWEEN {first} AND {last} AND (published_at > {first} OR id_hash > {{{after}_hash:UInt128}})
         AND (published_at < {last} OR id_hash <= {{{up_to}_hash:UInt128}})"
    )
}

/// Names the places of [`within`].
pub(super) fn between(query: Query, after: (&str, Place), up_to: (&str, Place)) -> Query {
    [after, up_to].into_iter().fold(query, |query, (name, place)| {
        // As text: 128 bits are more than a number in JSON holds.
        query.param(name, place.published_at).param(&format!("{name}_hash"), place.id_hash.to_string())
    })
}
