//! Sending dead letters through again, each once.
//!
//! Kafka needs no transactions for that: before a batch is sent, an intent is written with the batch's fingerprints and
//! the ends of the raw topic; each record carries its fingerprint; after the batch each is marked as sent. Whoever finds
//! an intent looks for its fingerprints behind those ends, and marks what did arrive.

use std::collections::{BTreeMap, HashMap, HashSet};

use rdkafka::message::{Header, OwnedHeaders};
use serde::{Deserialize, Serialize};

use crate::{
    kafka::{BusError, Kafka},
    letters::{Letter, LetterFilter, Sendable, each_letter},
    producer::{Outgoing, Producer},
    progress::Progress,
    scan::scan,
    table::read_table,
    topics::{RAW, REPLAYED},
};

/// Header of a record on the raw topic that a replay sent: the fingerprint of the letter.
const FINGERPRINT: &str = "replay";
/// Key of the intent among the marks.
const INTENT: &[u8] = b"intent";
/// Most letters and most bytes that are sent together.
const BATCH: (usize, usize) = (500, 8 << 20);
/// Letters read ahead while others are sent.
const AHEAD: usize = 8;

/// What has become of a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LetterState {
    /// Can be sent through again.
    Waiting,
    /// Was sent through again.
    Replayed,
    /// The same item was sent through again before, and failed again.
    FailedAgain,
    /// Too large to be kept whole, so it cannot be sent.
    Cut,
    /// Bytes that only their source understands: read the source or import the file again.
    OfSource,
}

impl LetterState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Replayed, Self::FailedAgain, Self::Cut, Self::OfSource];

    /// The state as it is written in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Replayed => "replayed",
            Self::FailedAgain => "failed_again",
            Self::Cut => "cut",
            Self::OfSource => "of_source",
        }
    }
}

/// Which letters were sent through again: by fingerprint, the last letter that this covers.
#[derive(Clone, Debug, Default)]
pub struct Replayed(HashMap<String, (i32, i64)>);

/// What a replay did, or would do: how many letters it found in which state, with stage and reason.
pub type ReplayReport = BTreeMap<(LetterState, String, String), u64>;

/// A batch that is about to be sent.
#[derive(Serialize, Deserialize)]
struct Intent {
    ends: BTreeMap<i32, i64>,
    letters: HashMap<String, (i32, i64)>,
}

impl Replayed {
    /// Reads what was sent through again so far. Blocks while it reads.
    ///
    /// # Errors
    ///
    /// [`BusError`] when the broker cannot be reached or the topic cannot be read.
    pub fn load(kafka: &Kafka) -> Result<Self, BusError> {
        Ok(Self::read(kafka)?.0)
    }

    fn read(kafka: &Kafka) -> Result<(Self, Option<Intent>), BusError> {
        let (mut replayed, mut intent) = (Self::default(), None);
        for (key, value) in read_table(kafka, REPLAYED)? {
            if key == INTENT {
                intent = serde_json::from_slice(&value).ok();
            } else if let (Ok(key), Ok(at)) = (String::from_utf8(key), serde_json::from_slice(&value)) {
                replayed.0.insert(key, at);
            }
        }
        Ok((replayed, intent))
    }

    /// What has become of a letter.
    pub fn state(&self, letter: &Letter) -> LetterState {
        match &letter.event {
            Sendable::Cut => LetterState::Cut,
            Sendable::OfSource => LetterState::OfSource,
            Sendable::Event { fingerprint, .. } => match self.0.get(fingerprint) {
                None => LetterState::Waiting,
                Some((partition, offset)) if letter.at.0 == *partition && letter.at.1 <= *offset => {
                    LetterState::Replayed
                }
                Some(_) => LetterState::FailedAgain,
            },
        }
    }
}

/// Tells what a replay of these letters would find, and changes nothing. Blocks while it reads.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or a topic cannot be read.
pub fn replay_plan(kafka: &Kafka, filter: LetterFilter) -> Result<ReplayReport, BusError> {
    let replayed = Replayed::load(kafka)?;
    let mut report = ReplayReport::new();
    each_letter(kafka, filter, |letter| count(&mut report, replayed.state(&letter), letter))?;
    Ok(report)
}

/// Sends the letters that wait through again, to the raw topic, and with `again` those that failed again too.
///
/// A letter is sent once, however often this is called, and also when a call breaks off; not by two calls at once.
/// Letters that are sent are counted as [`LetterState::Waiting`] or [`LetterState::FailedAgain`], what they were.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or refuses; what was sent until then is remembered.
pub async fn replay(kafka: &Kafka, filter: LetterFilter, again: bool) -> Result<ReplayReport, BusError> {
    let producer = Producer::new(kafka)?;
    let asked = kafka.clone();
    let (mut replayed, arrived) = blocking(move || recover(&asked)).await?;
    if let Some(marks) = arrived {
        mark(&producer, &marks).await?;
        replayed.0.extend(marks);
    }
    let (letters, mut read) = tokio::sync::mpsc::channel(AHEAD);
    let asked = kafka.clone();
    let reading = tokio::task::spawn_blocking(move || {
        // When nobody takes letters any more, sending has failed, and says so itself.
        each_letter(&asked, filter, |letter| drop(letters.blocking_send(letter)))
    });
    let mut report = ReplayReport::new();
    let mut sending = Sending {
        kafka,
        producer: &producer,
        records: Vec::new(),
        bytes: 0,
        known: HashSet::new(),
        marks: Marks::new(),
    };
    while let Some(letter) = read.recv().await {
        let state = replayed.state(&letter);
        let is_wanted = state == LetterState::Waiting || (again && state == LetterState::FailedAgain);
        if is_wanted && let Sendable::Event { payload, fingerprint } = &letter.event {
            sending.add(letter.key.clone(), payload.clone(), fingerprint.clone(), letter.at);
        }
        count(&mut report, state, letter);
        if sending.is_full() {
            sending.send().await?;
        }
    }
    sending.send().await?;
    reading.await.expect("reading the dead letters does not panic")?;
    Ok(report)
}

fn count(report: &mut ReplayReport, state: LetterState, letter: Letter) {
    *report.entry((state, letter.stage, letter.reason)).or_default() += 1;
}

type Marks = HashMap<String, (i32, i64)>;

/// What was sent so far; and of a batch that broke off, what did arrive.
fn recover(kafka: &Kafka) -> Result<(Replayed, Option<Marks>), BusError> {
    let (replayed, intent) = Replayed::read(kafka)?;
    let Some(intent) = intent else { return Ok((replayed, None)) };
    let held = Progress::new(kafka, "hark.scan", RAW)?.held()?;
    let since = held.into_iter().map(|(partition, held)| {
        let start = intent.ends.get(&partition).copied().unwrap_or(0).max(held.start);
        (partition, start..held.end)
    });
    let mut arrived = HashSet::new();
    scan(kafka, RAW, &since.collect(), |record| arrived.extend(record.header(FINGERPRINT)))?;
    Ok((replayed, Some(intent.letters.into_iter().filter(|(print, _)| arrived.contains(print)).collect())))
}

/// Marks letters as sent, and takes the intent away.
async fn mark(producer: &Producer, marks: &Marks) -> Result<(), BusError> {
    let marks = marks.iter().map(|(fingerprint, at)| mark_of(fingerprint.as_bytes(), Some(json(at))));
    producer.publish(marks).await?;
    producer.publish([mark_of(INTENT, None)]).await
}

fn mark_of(key: &[u8], payload: Option<Vec<u8>>) -> Outgoing {
    Outgoing { topic: REPLAYED, key: key.to_vec(), payload, headers: None }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("numbers and texts are JSON")
}

/// The letters of one replay on their way.
struct Sending<'a> {
    kafka: &'a Kafka,
    producer: &'a Producer,
    /// Those that are sent together next.
    records: Vec<Outgoing>,
    bytes: usize,
    /// Fingerprints of all of this replay.
    known: HashSet<String>,
    /// What is to be marked next; also letters that hold the same as one that was sent already.
    marks: Marks,
}

impl Sending<'_> {
    /// Adds a letter; of several that hold the same, one is sent, and all are marked.
    fn add(&mut self, key: Vec<u8>, payload: Vec<u8>, fingerprint: String, at: (i32, i64)) {
        let last = self.marks.entry(fingerprint.clone()).or_insert(at);
        *last = (*last).max(at);
        if self.known.insert(fingerprint.clone()) {
            self.bytes += payload.len();
            let headers = OwnedHeaders::new().insert(Header { key: FINGERPRINT, value: Some(&fingerprint) });
            self.records.push(Outgoing { topic: RAW, key, payload: Some(payload), headers: Some(headers) });
        }
    }

    fn is_full(&self) -> bool {
        self.records.len() >= BATCH.0 || self.bytes >= BATCH.1
    }

    async fn send(&mut self) -> Result<(), BusError> {
        if self.marks.is_empty() {
            return Ok(());
        }
        let asked = self.kafka.clone();
        let ends = blocking(move || Progress::new(&asked, "hark.scan", RAW)?.ends()).await?;
        let intent = Intent { ends, letters: std::mem::take(&mut self.marks) };
        self.producer.publish([mark_of(INTENT, Some(json(&intent)))]).await?;
        self.producer.publish(std::mem::take(&mut self.records)).await?;
        self.bytes = 0;
        mark(self.producer, &intent.letters).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BusError> + Send + 'static,
) -> Result<T, BusError> {
    tokio::task::spawn_blocking(work).await.expect("asking Kafka does not panic")
}
