//! Putting rows into the table, and telling which failures pass by themselves.

use std::time::Duration;

use clickhouse::{
    Client,
    error::{Error, Result},
};

use crate::row::MentionRow;

/// Codes by which the database says that it is the data that it cannot take; a retry would fail for ever.
///
/// Source: `src/Common/ErrorCodes.cpp` of ClickHouse, read 2026-11-22.
const DATA_REFUSED: [u32; 10] = [6, 26, 27, 33, 38, 41, 69, 72, 117, 131];

/// Whether the database refuses the data itself.
pub(crate) fn refuses_data(error: &Error) -> bool {
    match error {
        Error::BadResponse(text) => code(text).is_some_and(|code| DATA_REFUSED.contains(&code)),
        Error::InvalidTagEncoding(_) | Error::Custom(_) => true,
        _ => false,
    }
}

/// The number in `Code: 117. DB::Exception: …`.
fn code(text: &str) -> Option<u32> {
    let (_, after) = text.split_once("Code: ")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Inserts `rows` as one block and returns when the database has confirmed them.
pub(crate) async fn insert(client: &Client, rows: &[MentionRow], timeout: Duration) -> Result<()> {
    let mut insert = client
        .insert::<MentionRow>("mention_states")
        .await?
        // History of many years spans more months than the default of 100.
        .with_setting("max_partitions_per_insert_block", "0")
        // Few mentions are twice in a block. Folding those at once would take a third of the insert; questions and merges
        // do it anyway.
        .with_setting("optimize_on_insert", "0")
        .with_timeouts(Some(timeout), Some(timeout));
    for row in rows {
        insert.write(row).await?;
    }
    insert.end().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_faults_of_the_data_are_final() {
        let answer = |text: &str| refuses_data(&Error::BadResponse(text.to_owned()));
        assert!(answer("Code: 117. DB::Exception: Expected end of line. (INCORRECT_DATA)"));
        assert!(!answer("Code: 252. DB::Exception: Too many parts (300). (TOO_MANY_PARTS)"));
        assert!(!answer("Code: 243. DB::Exception: Cannot reserve 1 MiB. (NOT_ENOUGH_SPACE)"));
        assert!(!answer("502 Bad Gateway"));
        assert!(!refuses_data(&Error::TimedOut));
    }
}
