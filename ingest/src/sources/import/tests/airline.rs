//! Real tweets in a messy export, where they are at hand.

use std::{collections::HashSet, path::Path};

use super::*;

#[tokio::test]
async fn real_tweets() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/airline/tweets.csv");
    if !path.exists() {
        return;
    }
    let mut source = open(&path, &ImportOptions::default()).unwrap();
    let plan = source.plan().to_string();
    let (items, _) = items_after(&mut source, None).await;
    assert_eq!(items.len(), 14_640, "{plan}");
    let mentions: Vec<&Mention> = items.iter().map(mention).collect();
    let ids: HashSet<&str> = mentions.iter().map(|mention| &*mention.id).collect();
    assert_eq!(ids.len(), 14_485, "{plan}");
    assert_eq!(mentions[0].published_at.to_string(), "2015-02-24T11:35:00.000Z", "{plan}");
    assert!(mentions.iter().all(|mention| mention.author.handle.is_some() && mention.revision == 0));
    let holding = |part: &str| mentions.iter().filter(|mention| mention.text.contains(part)).count();
    assert_eq!(holding("\n"), 138);
    assert!(holding("\u{1f60a}") > 0, "emoji are intact");
    assert_eq!((holding("&amp;"), holding("&lt;"), holding("&gt;")), (0, 0, 0));
    assert!(holding(" & ") > 100);
}
