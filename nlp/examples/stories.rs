//! Groups rows into stories, as the sink would: `cargo run --release -p hark-nlp --example stories -- FILE.tsv…`
//!
//! Rows are `text<TAB>…`; the largest stories whose texts differ are printed.
#![expect(clippy::print_stdout, reason = "its output")]

use std::collections::HashMap;

use hark_nlp::{
    reading::{Reader, Reading},
    story::{self, Signature},
};

fn main() -> std::io::Result<()> {
    let (reader, mut reading) = (Reader::default(), Reading::default());
    let (mut claims, mut stories): (HashMap<u64, Vec<Signature>>, HashMap<String, Vec<String>>) = Default::default();
    let mut rows = 0;
    for file in std::env::args().skip(1) {
        for text in std::fs::read_to_string(file)?.lines().filter_map(|row| row.split('\t').next()) {
            rows += 1;
            reader.read(text, "und", &mut reading);
            let signature = story::signature(&reading);
            let near = |claim: &&Signature| claim.is_near(&signature);
            let claimed = signature.keys().iter().find_map(|key| claims.get(key)?.iter().find(near));
            let leader = *claimed.unwrap_or(&signature);
            if leader == signature {
                signature.keys().iter().for_each(|key| claims.entry(*key).or_default().push(signature));
            }
            if !leader.keys().is_empty() {
                stories.entry(leader.story_id()).or_default().push(text.to_owned());
            }
        }
    }
    println!("{rows} rows, {} stories", stories.len());
    let mut differing: Vec<_> = stories
        .into_values()
        .filter_map(|mut texts| {
            let many = texts.len();
            texts.sort();
            texts.dedup();
            (texts.len() > 1).then_some((many, texts))
        })
        .collect();
    differing.sort_by_key(|(many, _)| usize::MAX - many);
    for (many, texts) in differing.iter().take(60) {
        println!("{many}:");
        texts.iter().take(4).for_each(|text| println!("    {}", text.chars().take(200).collect::<String>()));
    }
    Ok(())
}
