//! `hark dead`: what could not be used, and `hark replay`: sends it through again.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use hark_bus::{Kafka, Letter, LetterFilter, LetterState, ReplayReport, Replayed, Stage};
use hark_mention::{PersonalData, RejectReason};
use hark_privacy::{Masker, Tally};
use serde_json::json;

use crate::{
    args::{DeadArgs, DeadTask, LetterArgs, ReplayArgs},
    config::Config,
    engines::Engines,
    status::grouped,
};

/// Most bytes of an original that the list tells.
const PREVIEW: usize = 2000;
/// Most characters of an error in the table.
const ERROR_WIDTH: usize = 100;

pub(crate) async fn run(config: Config, args: DeadArgs) -> Result<()> {
    let (DeadTask::List { data, .. } | DeadTask::Show { data, .. }) = &args.task;
    let engines = Engines::open(&config, &data.data).await?;
    let kafka = engines.kafka.clone();
    let done = async {
        hark_bus::ensure_topics(&kafka).await.context("cannot make the topics")?;
        match args.task {
            DeadTask::List { which, limit, json, .. } => list(&kafka, filter(&which), limit, json).await,
            DeadTask::Show { letter, .. } => show(&kafka, &letter).await,
        }
    };
    let done = done.await;
    engines.shutdown().await;
    done
}

fn filter(args: &LetterArgs) -> LetterFilter {
    LetterFilter { stage: args.stage, reason: args.reason }
}

async fn list(kafka: &Kafka, filter: LetterFilter, limit: usize, as_json: bool) -> Result<()> {
    let kafka = kafka.clone();
    let read = move || Ok((hark_bus::newest_letters(&kafka, filter, limit, PREVIEW)?, Replayed::load(&kafka)?));
    let read: Result<_, hark_bus::BusError> = tokio::task::spawn_blocking(read).await.context("reading panicked")?;
    let ((letters, total), replayed) = read?;
    let mut out = std::io::stdout().lock();
    if as_json {
        for letter in &letters {
            writeln!(out, "{}", line(letter, replayed.state(letter)))?;
        }
        return Ok(());
    }
    if letters.is_empty() {
        let which = if filter == LetterFilter::default() { "" } else { " of this kind" };
        writeln!(out, "no dead letters{which}: everything could be used")?;
        return Ok(());
    }
    writeln!(
        out,
        "{:<8} {:<20} {:<6} {:<15} {:>11} {:<12} PLACE",
        "LETTER", "WHEN (UTC)", "STAGE", "REASON", "BYTES", "STATE"
    )?;
    for letter in &letters {
        let id = format!("{}:{}", letter.at.0, letter.at.1);
        let when: String =
            letter.given_up_at.to_string().chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect();
        let (state, size) = (replayed.state(letter).as_str(), grouped(letter.size));
        writeln!(
            out,
            "{id:<8} {when:<20} {:<6} {:<15} {size:>11} {state:<12} {}",
            letter.stage,
            letter.reason,
            plain(&letter.place)
        )?;
        writeln!(out, "         {}", cut(&plain(&masked(&letter.error))))?;
    }
    let shown = letters.len() as u64;
    writeln!(
        out,
        "{} of {} dead letters; `hark dead show LETTER` prints the original, `hark replay --dead` sends them again",
        grouped(shown),
        grouped(total)
    )?;
    Ok(())
}

/// A letter as a line of JSON.
fn line(letter: &Letter, state: LetterState) -> serde_json::Value {
    json!({
        "id": format!("{}:{}", letter.at.0, letter.at.1), "at": letter.given_up_at, "stage": letter.stage,
        "reason": letter.reason, "error": masked(&letter.error), "place": letter.place,
        "key": String::from_utf8_lossy(&letter.key), "bytes": letter.size, "state": state.as_str(),
        "preview": masked(&String::from_utf8_lossy(&letter.original)), "preview_cut": !letter.is_whole(),
    })
}

/// What reaches the dead letters was masked by nobody: it could not be read.
fn masked(text: &str) -> String {
    let mut text = text.to_owned();
    Masker::new(&PersonalData::ALL).text(&mut text, &mut Tally::default());
    text
}

/// Foreign text without what would move a terminal's cursor.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(ERROR_WIDTH).collect();
    if text.chars().nth(ERROR_WIDTH).is_some() {
        short.push('…');
    }
    short
}

/// Prints the original bytes of one letter, and nothing else.
async fn show(kafka: &Kafka, letter: &str) -> Result<()> {
    let at =
        letter.split_once(':').and_then(|(partition, offset)| Some((partition.parse().ok()?, offset.parse().ok()?)));
    let Some(at) = at else {
        bail!("`{letter}` is no letter: take one from the first column of `hark dead list`, such as 0:17")
    };
    let asked = kafka.clone();
    let found =
        tokio::task::spawn_blocking(move || hark_bus::letter_at(&asked, at)).await.context("reading panicked")??;
    let Some(found) = found else { bail!("there is no dead letter {letter}") };
    if !found.is_whole() {
        eprintln!("hark: only the first {} of {} bytes are kept", found.original.len(), found.size);
    }
    std::io::stdout().lock().write_all(&found.original).context("cannot write the original")
}

pub(crate) async fn replay(config: Config, args: ReplayArgs) -> Result<()> {
    let engines = Engines::open(&config, &args.data.data).await?;
    let replayed = async {
        hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
        let filter = filter(&args.which);
        if !args.dry_run {
            return Ok(hark_bus::replay(&engines.kafka, filter, args.again).await?);
        }
        let kafka = engines.kafka.clone();
        let plan = tokio::task::spawn_blocking(move || hark_bus::replay_plan(&kafka, filter));
        Ok::<_, anyhow::Error>(plan.await.context("reading panicked")??)
    };
    let replayed = replayed.await;
    let ours = engines.are_ours();
    engines.shutdown().await;
    let report = replayed?;
    let sent = tell(&report, &args);
    if sent > 0 && ours && !args.dry_run {
        println!("They are in Kafka; `hark up` labels and stores them.");
    }
    Ok(())
}

/// Says what was found and done; gives how many letters were sent.
fn tell(report: &ReplayReport, args: &ReplayArgs) -> u64 {
    let of = |state| report.iter().filter(|((found, ..), _)| *found == state).map(|(_, letters)| letters).sum::<u64>();
    let again = if args.again { of(LetterState::FailedAgain) } else { 0 };
    let sent = of(LetterState::Waiting) + again;
    for ((state, stage, reason), letters) in report {
        println!("  {:>11}  {stage} {reason}: {}", grouped(*letters), fate(*state, args));
    }
    let verb = if args.dry_run { "would be sent" } else { "sent" };
    match report.values().sum::<u64>() {
        0 => println!("no dead letters to send"),
        all => println!("{} of {} dead letters {verb} through again", grouped(sent), grouped(all)),
    }
    sent
}

fn fate(state: LetterState, args: &ReplayArgs) -> &'static str {
    match state {
        LetterState::Waiting if args.dry_run => "would be sent",
        LetterState::Waiting => "sent",
        LetterState::Replayed => "sent before",
        LetterState::FailedAgain if args.again && args.dry_run => "would be sent once more",
        LetterState::FailedAgain if args.again => "sent once more",
        LetterState::FailedAgain => "sent before and failed again; --again sends them once more",
        LetterState::Cut => "too large to be kept whole, cannot be sent",
        LetterState::OfSource => "not an event yet: read the source or import the file again",
    }
}

/// A stage, from the command line.
pub(crate) fn stage(name: &str) -> Result<Stage, String> {
    Stage::named(name).ok_or_else(|| format!("must be one of {}", Stage::ALL.map(Stage::as_str).join(", ")))
}

/// A reason, from the command line.
pub(crate) fn reason(name: &str) -> Result<RejectReason, String> {
    RejectReason::named(name)
        .ok_or_else(|| format!("must be one of {}", RejectReason::ALL.map(RejectReason::as_str).join(", ")))
}
