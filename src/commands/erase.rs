//! `hark erase`: takes away for good what was asked to go, by the same events as what goes at its source.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result, bail};
use hark_bus::{Outgoing, Producer, RAW};
use hark_mention::{Event, Timestamp};
use hark_sink::{Client, Erasure, Target};
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::{
    args::EraseArgs,
    commands::import::{style, wait},
    config::Config,
    editions,
    engines::Engines,
    logging::Screen,
    pipeline,
    privacy::privacy,
    status::grouped,
};

/// Events that are published together.
const LOT: usize = 10_000;

pub(crate) async fn run(config: Config, args: EraseArgs, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let engines = Engines::open(&config, &args.data.data).await?;
    let erased = tokio::select! {
        () = cancel.cancelled() => Err(anyhow::anyhow!("interrupted; ask again to finish, repeats change nothing")),
        erased = erase(&config, &args, &engines, screen) => erased,
    };
    engines.shutdown().await;
    erased
}

async fn erase(config: &Config, args: &EraseArgs, engines: &Engines, screen: &Screen) -> Result<()> {
    let client = engines.writer.client();
    hark_sink::migrate(&client, &engines.writer.database).await?;
    hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    let target = target(config, args, &client).await?;
    let mentions = target.count(&client).await?;
    let nothing = mentions == 0 && matches!(target, Target::OlderThan { .. });
    println!("{}: {} mentions are shown", told(&target), grouped(mentions));
    if args.dry_run || nothing {
        println!("nothing was erased");
        return Ok(());
    }
    if !args.yes && !confirmed(mentions)? {
        bail!("nothing was erased; --yes answers the question");
    }
    let erasure = Erasure::ask(&client, &target, mentions).await?;
    publish(engines, &client, &target, mentions, screen).await?;
    let mut stages = Vec::new();
    if engines.are_ours() {
        let current = editions::follow(config, &engines.kafka).await?;
        stages.push(pipeline::enrich(current, &engines.kafka, &pipeline::segmenter())?);
        stages.push(pipeline::sink(config, &engines.kafka, &engines.writer).await?);
    }
    wait(&engines.kafka, screen, "events").await?;
    for stage in stages {
        stage.stop().await?;
    }
    let left = target.count(&client).await?;
    if left > 0 {
        bail!("{} of {} mentions are still shown: ask again", grouped(left), grouped(mentions));
    }
    erasure.hidden(&client).await?;
    println!(
        "{} mentions are hidden; their texts leave the disk within {} while `hark up` or `hark sink` runs",
        grouped(mentions),
        config.privacy.erase_within
    );
    println!("Kafka keeps what it still holds until the retention of its topics ends; dead letters stay for 90 days.");
    Ok(())
}

/// What is meant, under the names that it is stored by.
async fn target(config: &Config, args: &EraseArgs, client: &Client) -> Result<Target> {
    let pseudonyms = privacy(config, Some(&args.data.data))?.pseudonyms;
    if let Some(id) = &args.mention {
        let named = pseudonyms.map(|pseudonyms| pseudonyms.id(id));
        let stored = match (hark_sink::find(client, id).await?, &named) {
            (None, Some(named)) => hark_sink::find(client, named).await?,
            (stored, _) => stored,
        };
        let by_id = || id.split_once(':').map_or("unknown", |(source, _)| source).to_owned();
        return Ok(match stored {
            Some(stored) => Target::Mention { id: stored.id, source: stored.source },
            // It may still come.
            None => Target::Mention { source: by_id(), id: named.unwrap_or_else(|| id.clone()) },
        });
    }
    if let Some([source, id]) = args.author.as_deref() {
        let (source, at) = (source.clone(), Timestamp::now());
        let author = |id: String| Target::Author { source: source.clone(), id, at };
        let as_typed = author(id.clone());
        return Ok(match pseudonyms {
            // Who looks at stored mentions types the name that stands for the author.
            Some(pseudonyms) if as_typed.count(client).await? == 0 => author(pseudonyms.author(&source, id)),
            _ => as_typed,
        });
    }
    let older = args.older_than.context("nothing is named that is to be erased")?;
    let span = i64::try_from(older.duration().as_millis()).unwrap_or(i64::MAX);
    let before = Timestamp::from_millis(Timestamp::now().as_millis().saturating_sub(span));
    Ok(Target::OlderThan { before, source: args.source.clone() })
}

fn told(target: &Target) -> String {
    match target {
        Target::Mention { id, .. } => format!("mention {id}"),
        Target::Author { source, id, .. } => format!("author {id} at {source}"),
        Target::OlderThan { before, source: None } => format!("published before {before}"),
        Target::OlderThan { before, source: Some(source) } => format!("published before {before} at {source}"),
    }
}

fn confirmed(mentions: u64) -> Result<bool> {
    let mut out = std::io::stdout();
    write!(out, "Erase {} mentions for good? There is no way back [y/N] ", grouped(mentions))?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    if !std::io::stdin().is_terminal() {
        println!();
    }
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

async fn publish(engines: &Engines, client: &Client, target: &Target, mentions: u64, screen: &Screen) -> Result<()> {
    let producer = Producer::new(&engines.kafka)?;
    let bar = ProgressBar::new(mentions).with_style(style("{bar:30} {percent:>3} %  {pos} asked for  {eta} left"));
    let bar = screen.lines.add(bar);
    let record = |event: &Event| Outgoing {
        topic: RAW,
        key: event.key().as_bytes().to_vec(),
        payload: Some(event.encode()),
        headers: None,
    };
    let published = target
        .events(client, LOT, async |events| -> Result<()> {
            producer.publish(events.iter().map(record)).await?;
            bar.inc(events.len() as u64);
            Ok(())
        })
        .await;
    bar.finish_and_clear();
    published
}
