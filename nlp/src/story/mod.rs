//! Which mentions are the same story: retweets, syndicated news, copy-paste with small changes.
//!
//! # The pure part: a signature
//!
//! [`signature`] reduces a text to its canonical words: no case, no accents, no links, no handles, no `RT @x:`, no tags
//! at the end, no word that "…" cut off. Runs of three words (in scripts without spaces: of four characters) are the
//! text's shingles, and MinHash makes [`BANDS`] band keys of them. Two texts that share 80 % of their shingles (Jaccard)
//! share a band with a probability of 96 %; at 40 % it is 14 %, at 20 % under 1 %. The `sketch` then tells the near from
//! the far: with [`Signature::is_near`], at most three in a hundred of the pairs at 40 % are taken for one story.
//!
//! - **Short texts** (under [`MIN_WORDS`] words) are only the same when they are equal in canonical form.
//! - **Generic texts** ("thank you so much!") are no story: people write them by themselves.
//! - **A number is part of the words around it**, [`NUMBER_REACH`] on each side. "iPhone 14 for €799" and "iPhone 14 for
//!   €899" are two offers, and train 3412 late is not train 3512 late: in a short text a number stands near everything. In
//!   an article of a hundred words it does not, and one changed number leaves it the same story.
//! - **Scripts without spaces**: two characters count as a word for equal texts and four for near ones, since polite
//!   endings alone make short sentences alike.
//!
//! The hashes are fixed in this file. Changing them changes every key: stories of old and new mentions would not meet.
//!
//! # The stateful part: claims
//!
//! Whoever stores mentions keeps a table of claims, `(key, claimed_at, story_id, sketch)`, in which a key's oldest claim
//! counts and none is ever changed. For a mention whose stored row has no story yet:
//!
//! 1. Look up its [`Signature::keys`]. Leave out claims whose sketch is not near ([`Signature::is_near`]).
//! 2. If any are left, the oldest (by `claimed_at`, then `story_id`) gives the story. Nothing is claimed.
//! 3. If none is left, the mention leads a new story: insert claims for all its keys, with the story id
//!    [`Signature::story_id`], *then* read the keys again and take the oldest near claim, which may be another's.
//!
//! # What makes the outcome stable
//!
//! - **Replay.** Claims are permanent and the oldest wins, so a mention that is seen again finds the claim that it found
//!   the first time: a claim made since then is younger. Claims of its own are found like any other's. A replay therefore
//!   gives the same story, whatever else has arrived in between.
//! - **Workers.** Step 3 inserts before it reads. Of two workers that lead the same story at once, the one whose claim is
//!   younger reads the older claim; the other reads its own as the oldest. `claimed_at` must be the database's clock, not
//!   the mention's publication time: a publication time may be older than a claim that was already acted on.
//! - **Order of arrival.** The id of a story is the first key of its leader, not its mention id: copies with equal
//!   canonical text have equal keys, so whichever of them arrives first gives the same id. Near-duplicates that differ
//!   get the id of the first to arrive; which texts are together does not depend on it, but for texts at the edge (near a
//!   text that is near the leader). Only leaders claim: followers would let a story creep from text to text until
//!   everything is one. To rebuild a table of claims, read the mentions by publication time and id.
//! - **Restarts** change nothing: the signature depends on the text alone.

mod canonical;
mod generic;
mod minhash;

use std::ops::Range;

use hark_mention::StoryKeys;

use crate::reading::Reading;
use canonical::Tokens;
use minhash::MinHash;

/// Band keys of a text.
pub const BANDS: usize = 6;
/// Fewest words for near-duplicates; below that only equal texts are the same.
pub const MIN_WORDS: usize = 6;
/// Fewest words for texts that are the same when they are equal.
pub const MIN_WORDS_EQUAL: usize = 3;
/// How many words before and after a number it belongs to.
pub const NUMBER_REACH: usize = 4;

/// Keys have 53 bits: any reader of JSON keeps them exactly.
const KEY_BITS: u64 = (1 << 53) - 1;

/// What is left of a text for finding its near-duplicates. All numbers are below 2^53.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Fingerprint of the canonical form; 0 when the text is too generic to be a story.
    pub exact: u64,
    /// Keys of which near-duplicates share at least one; all 0 when only equal texts are the same.
    pub bands: [u64; BANDS],
    /// Tells near from far among texts that share a band.
    pub sketch: u64,
}

impl Signature {
    /// The keys to claim and to look up: the bands, or the fingerprint of a short text, or none.
    pub fn keys(&self) -> &[u64] {
        match (self.bands[0], self.exact) {
            (0, 0) => &[],
            (0, _) => std::slice::from_ref(&self.exact),
            _ => &self.bands,
        }
    }

    /// The id of the story that this text leads when no other claims it: its first key in hexadecimal. Empty without keys.
    pub fn story_id(&self) -> String {
        self.keys().first().map(|key| format!("{key:014x}")).unwrap_or_default()
    }

    /// Whether two texts that share a key are one story.
    pub fn is_near(&self, other: &Self) -> bool {
        StoryKeys::sketches_are_near(self.sketch, other.sketch)
    }
}

/// The signature of the text in `reading`.
pub fn signature(reading: &Reading) -> Signature {
    let mut tokens = Tokens::of(reading.text());
    let (mut exact, mut count, mut generic, mut varied) = (Hash::START, 0_usize, true, 0_usize);
    let mut shingles = Shingles::default();
    let mut last = [0_u64; 2];
    while let Some(token) = tokens.next(generic) {
        exact = exact.then(token.hash);
        generic &= token.generic;
        count += 1;
        varied += usize::from(!last.contains(&token.hash));
        if token.number {
            shingles.number(token.hash);
        }
        if count > 2 {
            shingles.push(Hash::START.then(last[0]).then(last[1]).then(token.hash));
        }
        last = [last[1], token.hash];
    }
    if generic && count < 12 || varied < 3 || tokens.words() < MIN_WORDS_EQUAL {
        return Signature::default();
    }
    let exact = exact.key();
    if tokens.words_of_runs() < MIN_WORDS {
        return Signature { exact, ..Signature::default() };
    }
    let minhash = shingles.finish();
    Signature { exact, bands: minhash.bands(), sketch: minhash.sketch() }
}

/// The shingles of a text on their way into its MinHash, held back until no number can come near them.
#[derive(Default)]
struct Shingles {
    minhash: MinHash,
    held: [Hash; NUMBER_REACH],
    pushed: usize,
    /// The last number, and how many more shingles it reaches.
    number: (u64, usize),
}

impl Shingles {
    /// A number: it becomes part of the shingles before it that are held back, and of the next ones.
    fn number(&mut self, hash: u64) {
        for held in &mut self.held {
            *held = held.then(hash);
        }
        self.number = (hash, NUMBER_REACH + 3);
    }

    fn push(&mut self, shingle: Hash) {
        let shingle = if self.number.1 > 0 { shingle.then(self.number.0) } else { shingle };
        self.number.1 = self.number.1.saturating_sub(1);
        let held = std::mem::replace(&mut self.held[self.pushed % NUMBER_REACH], shingle);
        if self.pushed >= NUMBER_REACH {
            self.minhash.add(held);
        }
        self.pushed += 1;
    }

    fn finish(mut self) -> MinHash {
        let held = self.pushed.min(NUMBER_REACH);
        self.held[..held].iter().for_each(|shingle| self.minhash.add(*shingle));
        self.minhash
    }
}

/// The places of the text's canonical words, for showing why two texts are the same; not for the stream.
pub fn canonical(reading: &Reading) -> Vec<Range<usize>> {
    let mut tokens = Tokens::of(reading.text());
    let mut places = Vec::new();
    while let Some(token) = tokens.next(false) {
        places.push(reading.original(token.at));
    }
    places
}

/// A running hash. Fixed for ever: see the module's text.
#[derive(Clone, Copy, Default)]
struct Hash(u64);

impl Hash {
    const START: Self = Self(0x9e37_79b9_7f4a_7c15);

    fn then(self, value: u64) -> Self {
        let mixed = (self.0 ^ value).wrapping_mul(0xff51_afd7_ed55_8ccd);
        Self(mixed ^ (mixed >> 32))
    }

    fn key(self) -> u64 {
        (self.then(0).0 & KEY_BITS).max(1)
    }
}

#[cfg(test)]
mod tests;
