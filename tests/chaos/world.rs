//! What is published, and a model of what must be left of it: simple enough to be seen to be right.

use std::collections::{BTreeMap, HashMap, VecDeque};

use fastrand::Rng;
use hark_tests::events::{delete, forget, upsert};
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z in milliseconds since 1970: when the world starts.
const START: u64 = 1_767_225_600_000;
/// Milliseconds between two events by the clock of the world. They all fall into January.
const TICK: u64 = 10_000;
const DAY: u64 = 86_400_000 / TICK;
const AUTHORS: u64 = 400;
/// Events that are spoken of again, so that edits, repeats and deletions meet.
const RECENT: u64 = 300;
/// Mentions that arrive so many events after their deletion, times some thirty.
const EARLY: usize = 20;

/// A key and the bytes under it.
pub(crate) type Record = (String, Vec<u8>);
/// What a question should see of one mention: text, revision, publication time in milliseconds, author.
pub(crate) type Seen = (String, u64, u64, String);

/// Everything published so far, and what follows from it.
pub(crate) struct World {
    rng: Rng,
    /// Ticks since the start. Each event happens at a moment of its own, so no two revisions are equal.
    now: u64,
    /// Made already, for the next lot.
    held: Option<Record>,
    mentions: BTreeMap<u64, Mention>,
    /// Mentions whose deletion came first; they themselves are still to come.
    early: VecDeque<u64>,
    /// Up to when each author is forgotten, in ticks.
    forgotten: HashMap<u64, u64>,
    sent: Vec<Record>,
    /// Records that are no events.
    pub(crate) garbage: Vec<Vec<u8>>,
    /// Upserts without a text.
    pub(crate) empty: usize,
}

/// All that was said of one mention.
struct Mention {
    author: u64,
    /// As the first event said, in ticks; later events with another time do not move it.
    published_at: Option<u64>,
    /// Text by revision in milliseconds.
    revisions: BTreeMap<u64, String>,
    /// The last moment at which it was deleted, in milliseconds.
    deleted_at: Option<u64>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            now: 1,
            held: None,
            mentions: BTreeMap::new(),
            early: VecDeque::new(),
            forgotten: HashMap::new(),
            sent: Vec::new(),
            garbage: Vec::new(),
            empty: 0,
        }
    }

    /// How many records were made.
    pub(crate) fn records(&self) -> usize {
        self.sent.len()
    }

    /// The next records. No two have the same key, so that they may be sent side by side.
    pub(crate) fn next(&mut self, most: usize) -> Vec<Record> {
        let mut lot: BTreeMap<String, Vec<u8>> = self.held.take().into_iter().collect();
        while lot.len() < most {
            let (key, bytes) = self.record();
            if lot.contains_key(&key) {
                self.held = Some((key, bytes));
                break;
            }
            lot.insert(key, bytes);
        }
        let lot: Vec<Record> = lot.into_iter().collect();
        self.sent.extend(lot.iter().cloned());
        lot
    }

    /// The last record, if one is held: the model knows of it already.
    pub(crate) fn rest(&mut self) -> Vec<Record> {
        let rest: Vec<Record> = self.held.take().into_iter().collect();
        self.sent.extend(rest.iter().cloned());
        rest
    }

    fn record(&mut self) -> Record {
        self.now += 1;
        let new = self.mentions.len() as u64;
        // Of those spoken of lately, or one that nobody has seen.
        let id = new - self.rng.u64(0..=new.min(RECENT));
        match self.rng.u8(0..100) {
            0..42 => self.upsert(new, 0),
            42..45 => self.early(new),
            45..60 => self.upsert(id, millis(self.now)),
            60..68 => self.late(id),
            68..78 => self.delete(id),
            78..79 => self.forget(),
            79..81 => self.garbage(),
            81..83 => self.nothing(),
            _ => self.repeat(),
        }
    }

    /// What must be seen in the end, by id.
    pub(crate) fn expected(&self) -> BTreeMap<String, Seen> {
        let seen = |(id, mention): (&u64, &Mention)| {
            let (revision, text) = mention.revisions.last_key_value()?;
            let published_at = mention.published_at?;
            let deleted = mention.deleted_at.is_some_and(|at| at >= *revision);
            let forgotten = self.forgotten.get(&mention.author).is_some_and(|until| published_at <= *until);
            let row = (text.clone(), *revision, millis(published_at), author(mention.author));
            (!deleted && !forgotten).then(|| (key(*id), row))
        };
        self.mentions.iter().filter_map(seen).collect()
    }

    /// A revision that happened a while ago and arrives only now.
    fn late(&mut self, id: u64) -> Record {
        let ago = self.rng.u64(0..600);
        // Beside the ticks: no other event happened at that moment.
        self.upsert(id, millis(self.now.saturating_sub(ago)) + TICK / 2 + self.now % 1_000)
    }

    fn upsert(&mut self, id: u64, revision: u64) -> Record {
        let text = format!("{} of {} {}", word(&mut self.rng), key(id), word(&mut self.rng));
        // The time of publication may be told anew and wrong; the first counts.
        let told_at = self.now + self.rng.u64(0..3) * DAY;
        let mention = self.mentions.entry(id).or_insert_with(|| Mention::new(id));
        mention.published_at.get_or_insert(told_at);
        let text = mention.revisions.entry(revision).or_insert(text).clone();
        let mut event = upsert(&key(id), &text, &time(told_at), revision);
        event["author"] = json!({"id": author(mention.author), "handle": author(mention.author)});
        (key(id), bytes(&event))
    }

    /// A deletion, sometimes of a mention that nobody has seen yet.
    fn delete(&mut self, id: u64) -> Record {
        let mention = self.mentions.entry(id).or_insert_with(|| Mention::new(id));
        mention.deleted_at = Some(mention.deleted_at.map_or(millis(self.now), |at| at.max(millis(self.now))));
        (key(id), bytes(&delete(&key(id), &time(self.now))))
    }

    /// A deletion of what nobody has seen, or the mention that was deleted so a while ago: it must not be seen either.
    fn early(&mut self, new: u64) -> Record {
        if self.early.len() < EARLY {
            self.early.push_back(new);
            return self.delete(new);
        }
        let late = self.early.pop_front().expect("it is not empty");
        self.upsert(late, 0)
    }

    fn forget(&mut self) -> Record {
        let forgotten = self.rng.u64(0..AUTHORS);
        self.forgotten.insert(forgotten, self.now);
        (author(forgotten), bytes(&forget(&author(forgotten), &time(self.now))))
    }

    fn garbage(&mut self) -> Record {
        let bytes: Vec<u8> = std::iter::repeat_with(|| self.rng.u8(..)).take(40).collect();
        self.garbage.push(bytes.clone());
        (format!("garbage-{}", self.now), bytes)
    }

    fn nothing(&mut self) -> Record {
        self.empty += 1;
        let id = format!("test:empty-{}", self.now);
        let event = upsert(&id, " \n", &time(self.now), 0);
        (id, bytes(&event))
    }

    /// Something that was sent before, to the byte.
    fn repeat(&mut self) -> Record {
        let near = self.sent.len().saturating_sub(2_000);
        let again = self.sent.get(self.rng.usize(near..=self.sent.len())).cloned();
        match again {
            // What is no event is counted once for each record.
            Some((key, bytes)) if key.starts_with("test:") && !key.starts_with("test:empty") => (key, bytes),
            _ => self.upsert(self.mentions.len() as u64, 0),
        }
    }
}

impl Mention {
    fn new(id: u64) -> Self {
        Self { author: id % AUTHORS, published_at: None, revisions: BTreeMap::new(), deleted_at: None }
    }
}

fn key(id: u64) -> String {
    format!("test:{id}")
}

fn author(number: u64) -> String {
    format!("author-{number}")
}

fn word(rng: &mut Rng) -> &'static str {
    const WORDS: [&str; 6] = ["accu", "batterij 🔋", "service", "prijs", "scherm", "電池"];
    WORDS[rng.usize(0..WORDS.len())]
}

fn millis(ticks: u64) -> u64 {
    START + ticks * TICK
}

fn time(ticks: u64) -> String {
    let seconds = ticks * TICK / 1_000;
    let (day, hour, minute, second) = (seconds / 86_400 + 1, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    assert!(day <= 31, "the world has outlived January");
    format!("2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn bytes(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
}
