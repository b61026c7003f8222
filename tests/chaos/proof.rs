//! Comparing what is stored with what the model says, row by row.

use std::collections::BTreeMap;

use hark_tests::hark::wait_until;

use crate::world::{Seen, World};

const ROWS: &str = "SELECT id, text, revision, toUnixTimestamp64Milli(published_at), author_id FROM mentions
    WHERE source = 'test' ORDER BY id";

/// Waits until all is stored, and insists that the rows are those of the model and that every record is accounted for.
/// `hark` runs the command with these arguments and gives what it printed.
pub(crate) fn hold(world: &World, hark: impl Fn(&[&str]) -> String, letters: impl Fn() -> Vec<Vec<u8>>) {
    let expected = world.expected();
    let mut stored = BTreeMap::new();
    let complete = || hark(&["verify"]).ends_with("complete\n");
    wait_until("every record has an outcome", complete);
    stored.extend(hark(&["sql", ROWS]).lines().map(row));
    assert_same(&expected, &stored);
    let counted = hark(&["sql", "SELECT count(), uniqExact(id) FROM mentions WHERE source = 'test'"]);
    assert_eq!(counted.trim_end(), format!("{0}\t{0}", expected.len()), "a mention counts twice");
    let mut letters = letters();
    letters.sort_unstable();
    letters.dedup();
    let mut garbage = world.garbage.clone();
    garbage.sort_unstable();
    garbage.dedup();
    assert!(letters == garbage, "{} dead letters instead of {}", letters.len(), garbage.len());
}

fn row(line: &str) -> (String, Seen) {
    let fields: Vec<&str> = line.split('\t').collect();
    let [id, text, revision, published_at, author] = fields[..] else { panic!("not a row: {line}") };
    let number = |text: &str| text.parse().expect("a number");
    (id.to_owned(), (text.to_owned(), number(revision), number(published_at), author.to_owned()))
}

fn assert_same(expected: &BTreeMap<String, Seen>, stored: &BTreeMap<String, Seen>) {
    let wrong = |id: &&String| expected.get(*id) != stored.get(*id);
    let ids: Vec<&String> = expected.keys().chain(stored.keys()).filter(wrong).collect();
    let shown: Vec<String> = ids
        .iter()
        .take(10)
        .map(|id| format!("{id}: {:?} is stored, {:?} was to be", stored.get(*id), expected.get(*id)))
        .collect();
    assert!(ids.is_empty(), "{} of {} mentions are wrong:\n{}", ids.len(), expected.len(), shown.join("\n"));
}
