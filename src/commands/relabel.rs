//! `hark relabel`: gives stored mentions the labels of today's brands, topics and models.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use hark_mention::config::Problem;
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::{
    args::RelabelArgs,
    commands::import::style,
    config::{Config, Refused},
    editions,
    engines::Engines,
    logging::Screen,
    pipeline,
    relabel::{Progress, Relabel, Relabelled},
    status::grouped,
};

/// Time between two lines in the log, when nobody watches a terminal.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

pub(crate) async fn run(config: Config, args: RelabelArgs, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let days = (day("--from", args.from.as_deref())?, day("--to", args.to.as_deref())?);
    let engines = Engines::open(&config, &args.data.data).await?;
    let relabelled = async {
        hark_sink::migrate(&engines.writer.client(), &engines.writer.database).await?;
        let config = editions::in_force(config, &engines.kafka).await?;
        let rate = args.rate.map(u64::from);
        let relabel = Relabel::new(&config, pipeline::segmenter(), days, args.all, rate)?;
        let mut telling = Telling::new(screen);
        let relabelled = relabel.run(&engines.writer, |progress| telling.tell(progress), &cancel).await;
        telling.bar.finish_and_clear();
        relabelled
    };
    let relabelled = relabelled.await;
    engines.shutdown().await;
    report(&relabelled?, &cancel)
}

/// A day, as it is written in the question.
fn day(name: &str, text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || Refused::argument(Problem::new(name, format!("must be a day such as 2026-11-22, found `{text}`")));
    hark_mention::Timestamp::parse(&format!("{text}T00:00:00Z")).map_err(|_| wrong())?;
    Ok(Some(text.to_owned()))
}

fn report(Relabelled { progress, kept }: &Relabelled, cancel: &CancellationToken) -> Result<()> {
    let done = grouped(progress.done);
    if cancel.is_cancelled() {
        bail!("stopped after {done} mentions, each with its old or its new labels; call it again to go on");
    }
    if progress.total == progress.before {
        println!("no mention is to be labelled again");
        return Ok(());
    }
    println!("{done} mentions have new labels ({}/s)", grouped(progress.speed()));
    if *kept > 0 {
        println!("{} of them have the built-in model's tone, for the transformer failed on them", grouped(*kept));
    }
    Ok(())
}

/// Tells how far it is: a bar, or now and then a line in the log.
struct Telling {
    bar: ProgressBar,
    live: bool,
    logged: Option<Instant>,
}

impl Telling {
    fn new(screen: &Screen) -> Self {
        let bar = ProgressBar::new(0).with_style(style("{bar:30} {percent:>3} %  {msg}  {eta} left"));
        Self { bar: screen.lines.add(bar), live: screen.live, logged: None }
    }

    fn tell(&mut self, progress: &Progress) {
        let Progress { before, done, total, .. } = *progress;
        let Some(logged) = self.logged else {
            if before > 0 {
                println!("going on after {} mentions that were labelled before", grouped(before));
            }
            self.bar.set_length(total);
            self.bar.set_position(before);
            self.bar.reset_eta();
            self.logged = Some(Instant::now());
            return;
        };
        self.bar.set_position(before + done);
        self.bar.set_message(format!("{} mentions, {}/s", grouped(done), grouped(progress.speed())));
        if !self.live && logged.elapsed() >= LOG_INTERVAL {
            self.logged = Some(Instant::now());
            let (rate, seconds_left) = (progress.speed(), progress.seconds_left());
            tracing::info!(done, rate, seconds_left, "labelling stored mentions again");
        }
    }
}
