//! Listening queries as a configuration has them: brands with spellings, contexts and exclusions.

use std::collections::BTreeMap;

use hark_mention::config::Brand;

/// Words of the texts that queries are made with: the most frequent, without the few that are in every text.
const COMMON: std::ops::Range<usize> = 50..1_050;

/// `count` brands, some of which the texts speak of.
pub(crate) fn brands(texts: &[String], count: usize) -> Vec<Brand> {
    let mut frequency: BTreeMap<String, usize> = BTreeMap::new();
    for word in texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphabetic())) {
        if word.chars().count() > 3 {
            *frequency.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    let mut words: Vec<(String, usize)> = frequency.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let end = COMMON.end.min(words.len());
    let common: Vec<&str> = words[COMMON.start.min(end)..end].iter().map(|(word, _)| word.as_str()).collect();
    let word = |at: usize| common.get(at % common.len().max(1)).copied().unwrap_or("word");
    (0..count)
        .map(|at| {
            // One brand in twenty has a name that texts hold; the others are seldom spoken of, as in life.
            let name = if at % 20 == 0 { word(at * 7 + 3).to_owned() } else { invented(at) };
            let (one, other) = (word(at * 13 + 1), word(at * 29 + 5));
            let query = match at % 4 {
                0 => format!("({name} OR \"{name} {one}\" OR #{name}) NOT ({one} AND {other})"),
                1 => format!("{name} NEAR/5 ({one} OR {other})"),
                2 => format!("lang:(nl OR en OR de) AND {name}* AND ({one} OR {other} OR title:{one})"),
                _ => format!("{name} OR @{name} OR \"{name} {other}\""),
            };
            Brand { name: format!("brand {at}"), query, competitors: Vec::new() }
        })
        .collect()
}

/// A name that nobody uses, made of syllables.
fn invented(mut at: usize) -> String {
    const SYLLABLES: [&str; 12] = ["no", "rd", "va", "li", "xe", "mo", "tri", "ka", "zu", "pel", "qua", "do"];
    let mut name = String::from("z");
    for _ in 0..4 {
        name.push_str(SYLLABLES[at % SYLLABLES.len()]);
        at = at / SYLLABLES.len() + 1;
    }
    name
}
