//! Texts of 120 characters on average.

use hark_mention::{Event, Timestamp};

/// Shortest and longest text, in characters; 120 is in the middle.
const SHORTEST: usize = 20;
const LONGEST: usize = 220;

/// The texts of the sample: posts, reviews and news in six languages.
pub(crate) fn of_sample() -> Vec<String> {
    let mentions = hark_demo::events(Timestamp::now()).into_iter().filter_map(|event| match event {
        Event::Upsert(mention) => Some(mention.full_text().into_owned()),
        _ => None,
    });
    mentions.map(|text| one_line(&text)).collect()
}

/// The first column of each row.
pub(crate) fn of_rows(rows: &str) -> Vec<String> {
    rows.lines().filter_map(|row| row.split('\t').next()).map(one_line).filter(|text| !text.is_empty()).collect()
}

/// `count` texts with lengths spread evenly around 120 characters. A text that is too short is followed by its
/// neighbours, which are mostly in the same language.
pub(crate) fn cut(texts: &[String], count: usize) -> Vec<String> {
    // A step that shares no divisor with the number of lengths meets them all.
    let lengths = (SHORTEST..=LONGEST).cycle().step_by(37).take(count);
    lengths
        .enumerate()
        .map(|(at, wanted)| {
            let following = texts.iter().cycle().skip(at % texts.len());
            let joined = following.scan(0, |so_far, text| {
                let before = *so_far;
                *so_far += text.chars().count() + 1;
                (before < wanted).then_some(text.as_str())
            });
            joined.collect::<Vec<_>>().join(" ").chars().take(wanted).collect()
        })
        .collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
