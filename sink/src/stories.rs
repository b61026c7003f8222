//! Stories: near-duplicates share one, whichever worker stores them and whenever they come.
//!
//! A mention that begins a story claims the keys of its text, which enrichment makes (`nlp/src/story`); a later one that is near
//! joins the oldest claim. Claims are inserted before they are read back, so that two workers that begin the same story
//! agree, and they are never changed, so that a mention that comes again finds the same story. Should two workers be at one
//! partition for a moment, a story that begins in that moment may get two ids.

use std::collections::{HashMap, HashSet};

use clickhouse::{Client, Row, error::Result};
use hark_mention::StoryKeys;
use serde::{Deserialize, Serialize};

use crate::{known::Known, look_up::look_up};

/// Keys by which the row with this index finds its near-duplicates.
pub(crate) type Keyed = (usize, StoryKeys);

#[derive(Row, Serialize)]
struct NewClaim {
    key: u64,
    story: u64,
    sketch: u64,
}

#[derive(Clone, Copy, Row, Deserialize)]
struct Claim {
    key: u64,
    claimed_at: i64,
    story: u64,
    sketch: u64,
}

/// The story of each of `keyed` rows, in their order.
pub(crate) async fn find(client: &Client, keyed: &[Keyed], known: &Known) -> Result<Vec<String>> {
    let keys = keyed.iter().flat_map(|(_, story)| &story.keys);
    let claims = Claims::of(client, keys.filter(|key| known.may_hold(**key))).await?;
    let mut begun = Begun::default();
    let told: Vec<Told> =
        keyed.iter().map(|(_, story)| claims.oldest(story).map_or_else(|| begun.join(story), Told::Known)).collect();
    let begun = begun.settle(client, known).await?;
    let story = |told| match told {
        Told::Known(story) => story,
        Told::Begun(leader) => begun[leader],
    };
    Ok(told.into_iter().map(|told| format!("{:014x}", story(told))).collect())
}

/// Where the story of a mention comes from.
enum Told {
    /// An older claim.
    Known(u64),
    /// The leader with this index, in the batch at hand.
    Begun(usize),
}

/// Claims by key.
struct Claims(HashMap<u64, Vec<Claim>>);

impl Claims {
    async fn of(client: &Client, keys: impl Iterator<Item = &u64>) -> Result<Self> {
        let query =
            "SELECT key, claimed_at, story, sketch FROM story_claims WHERE key IN (CAST({keys}, 'Array(UInt64)'))";
        // A text that goes round comes many times in a batch.
        let keys: HashSet<&u64> = keys.collect();
        let mut claims: HashMap<u64, Vec<Claim>> = HashMap::new();
        for claim in look_up::<Claim, _>(client, query, keys).await? {
            claims.entry(claim.key).or_default().push(claim);
        }
        Ok(Self(claims))
    }

    /// The story of the oldest claim that is near.
    fn oldest(&self, story: &StoryKeys) -> Option<u64> {
        let claims = story.keys.iter().filter_map(|key| self.0.get(key)).flatten();
        let near = claims.filter(|claim| StoryKeys::sketches_are_near(claim.sketch, story.sketch));
        near.min_by_key(|claim| (claim.claimed_at, claim.story)).map(|claim| claim.story)
    }
}

/// Stories that begin in the batch at hand.
#[derive(Default)]
struct Begun<'a> {
    leaders: Vec<&'a StoryKeys>,
    by_key: HashMap<u64, Vec<usize>>,
}

impl<'a> Begun<'a> {
    /// Joins the first leader of the batch that is near, or leads.
    fn join(&mut self, story: &'a StoryKeys) -> Told {
        let near = |leader: &&usize| StoryKeys::sketches_are_near(self.leaders[**leader].sketch, story.sketch);
        let leaders = story.keys.iter().filter_map(|key| self.by_key.get(key)).flatten();
        Told::Begun(leaders.filter(near).min().copied().unwrap_or_else(|| {
            let leader = self.leaders.len();
            self.leaders.push(story);
            for key in &story.keys {
                self.by_key.entry(*key).or_default().push(leader);
            }
            leader
        }))
    }

    /// Claims the keys of the leaders, and gives the story of each: its own, or an older one that is near.
    async fn settle(self, client: &Client, known: &Known) -> Result<Vec<u64>> {
        if self.leaders.is_empty() {
            return Ok(Vec::new());
        }
        // Claims that are alike do no harm until a merge folds them.
        let mut insert = client.insert::<NewClaim>("story_claims").await?.with_setting("optimize_on_insert", "0");
        for leader in &self.leaders {
            for key in &leader.keys {
                known.add(*key);
                insert.write(&NewClaim { key: *key, story: leader.keys[0], sketch: leader.sketch }).await?;
            }
        }
        insert.end().await?;
        // With nobody else at work, there are no claims of others to look for.
        if known.alone() {
            return Ok(self.leaders.iter().map(|leader| leader.keys[0]).collect());
        }
        let claims = Claims::of(client, self.leaders.iter().flat_map(|leader| &leader.keys)).await?;
        Ok(self.leaders.iter().map(|leader| claims.oldest(leader).unwrap_or(leader.keys[0])).collect())
    }
}
