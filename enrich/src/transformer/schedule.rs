//! Which texts the transformer looks at, and in which company, so that nobody waits for it longer than agreed.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use hark_mention::Fallback;
use hark_nlp::{
    sentiment::Tone,
    transformer::{self, RunFailed, Tokens},
};

/// How many runs' worth of texts are sorted by length together: those of one run should be of one length, for the
/// shorter ones are padded.
const RUNS_SORTED: usize = 8;

/// A transformer with what is known of its speed.
pub(crate) struct Transformer {
    pub(super) model: transformer::Transformer,
    /// Most texts in a run.
    pub(super) batch_size: usize,
    /// What a token took lately.
    pub(super) nanos_per_token: AtomicU64,
    pub(super) digest: u64,
}

/// A text of a batch, by its number, as tokens.
type Numbered = (usize, Tokens);

impl Transformer {
    /// Fingerprint of what tones depend on: both files, the labels and where texts are cut off.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    /// The tone of each text, in their order, or why it has none.
    ///
    /// With a time `within`, texts in the order in which they came are run for as long as the next run is likely to end
    /// in time, and at least one of them: how fast the transformer is has to be found out. Without, it waits for all.
    pub(crate) fn tones(&self, texts: &[impl AsRef<str>], within: Option<Duration>) -> Vec<Result<Tone, Fallback>> {
        let start = Instant::now();
        let left = || within.map(|within| within.saturating_sub(start.elapsed()));
        let mut tones = vec![Err(Fallback::Late); texts.len()];
        let (mut first, mut failure) = (true, None);
        let window = self.batch_size * RUNS_SORTED;
        for (window, at) in texts.chunks(window).zip((0..).step_by(window)) {
            if !first && left() == Some(Duration::ZERO) {
                break;
            }
            let mut waiting: Vec<Numbered> = Vec::with_capacity(window.len());
            for (number, text) in (at..).zip(window) {
                match self.model.tokens(text.as_ref()) {
                    Ok(tokens) => waiting.push((number, tokens)),
                    Err(error) => fail(&mut tones, [number], &mut failure, error),
                }
            }
            waiting.sort_by_key(|(_, tokens)| tokens.count());
            let mut waiting = waiting.as_slice();
            while let Some((run, rest)) = waiting.split_at_checked(self.fitting(waiting, left(), first)) {
                if run.is_empty() {
                    break;
                }
                (waiting, first) = (rest, false);
                match self.run(run) {
                    Ok(found) => run.iter().zip(found).for_each(|((number, _), tone)| tones[*number] = Ok(tone)),
                    Err(error) => fail(&mut tones, run.iter().map(|(number, _)| *number), &mut failure, error),
                }
            }
        }
        if let Some(error) = failure {
            tracing::warn!(%error, "the transformer failed; mentions keep the built-in model's tone");
        }
        tones
    }

    /// How many of the `waiting` texts, the shortest first, to run together in the time that is left.
    fn fitting(&self, waiting: &[Numbered], left: Option<Duration>, first: bool) -> usize {
        let Some(left) = left else { return waiting.len().min(self.batch_size) };
        let pace = u128::from(self.nanos_per_token.load(Ordering::Relaxed));
        let in_time = |(texts, (_, longest)): &(usize, &Numbered)| {
            pace * (texts * longest.count()) as u128 <= left.as_nanos() && !left.is_zero()
        };
        let fitting = (1..=self.batch_size).zip(waiting).take_while(in_time).count();
        fitting.max(usize::from(first && !waiting.is_empty()))
    }

    /// The tones of some texts, and how long it took.
    fn run(&self, texts: &[Numbered]) -> Result<Vec<Tone>, RunFailed> {
        let tokens: Vec<&Tokens> = texts.iter().map(|(_, tokens)| tokens).collect();
        let start = Instant::now();
        let tones = self.model.tones(&tokens)?;
        let longest = tokens.iter().map(|tokens| tokens.count()).max().unwrap_or(1);
        self.learn_pace(tokens.len() * longest, start.elapsed());
        Ok(tones)
    }

    /// Notes that a run of so many tokens took so long; older runs count less and less.
    pub(super) fn learn_pace(&self, tokens: usize, took: Duration) {
        let now = u64::try_from(took.as_nanos() / tokens.max(1) as u128).unwrap_or(u64::MAX);
        let pace = match self.nanos_per_token.load(Ordering::Relaxed) {
            0 => now,
            before => before / 4 * 3 + now / 4,
        };
        self.nanos_per_token.store(pace.max(1), Ordering::Relaxed);
    }
}

/// Notes that some texts have no tone because of `error`, of which the first is told.
fn fail(
    tones: &mut [Result<Tone, Fallback>],
    numbers: impl IntoIterator<Item = usize>,
    failure: &mut Option<RunFailed>,
    error: RunFailed,
) {
    numbers.into_iter().for_each(|number| tones[number] = Err(Fallback::Failed));
    failure.get_or_insert(error);
}
