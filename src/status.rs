//! One live line a stage: how fast it works, how far it is behind, what it has done.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use hark_bus::{Counts, ENRICHED, Kafka, Progress, RAW};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::{task::JoinHandle, time::Instant};

use crate::logging::Screen;

/// Time between two looks at the counters.
const INTERVAL: Duration = Duration::from_secs(1);
/// Time between two lines in the log, when nobody watches a terminal.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// A stage as it is watched.
struct Watched {
    name: &'static str,
    counts: Arc<Counts>,
    behind: Option<Arc<Progress>>,
    before: u64,
    line: ProgressBar,
}

/// The lines on the screen.
pub(crate) struct Lines {
    drawing: JoinHandle<()>,
    screen: Screen,
}

impl Lines {
    /// Takes the lines away, and lets go of Kafka.
    pub(crate) async fn clear(self) {
        self.drawing.abort();
        // Ends with the news that it was aborted.
        self.drawing.await.ok();
        self.screen.lines.clear().ok();
    }
}

/// Shows what the stages do.
pub(crate) fn show(screen: &Screen, kafka: &Kafka, stages: &[(&'static str, Arc<Counts>)]) -> Lines {
    let live = screen.live;
    let mut watched: Vec<Watched> = stages
        .iter()
        .map(|(name, counts)| {
            let progress = match *name {
                "enrich" => Progress::new(kafka, hark_enrich::GROUP, RAW).ok(),
                "sink" => Progress::new(kafka, hark_sink::GROUP, ENRICHED).ok(),
                _ => None,
            };
            let line = screen.lines.add(ProgressBar::new_spinner());
            line.set_style(ProgressStyle::with_template("{msg}").expect("the template is valid"));
            Watched { name, counts: Arc::clone(counts), behind: progress.map(Arc::new), before: 0, line }
        })
        .collect();
    let drawing = tokio::spawn(async move {
        let (mut last, mut logged) = (Instant::now(), Instant::now());
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            ticks.tick().await;
            let elapsed = last.elapsed().max(Duration::from_millis(1));
            last = Instant::now();
            let log = !live && logged.elapsed() >= LOG_INTERVAL;
            for stage in &mut watched {
                stage.look(elapsed, log).await;
            }
            if log {
                logged = Instant::now();
            }
        }
    });
    Lines { drawing, screen: screen.clone() }
}

impl Watched {
    async fn look(&mut self, elapsed: Duration, log: bool) {
        let now = self.counts.snapshot();
        let rate = (now.read() - self.before) * 1000 / u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.before = now.read();
        let behind = match self.behind.clone() {
            Some(progress) => tokio::task::spawn_blocking(move || progress.lag().ok()).await.ok().flatten(),
            None => None,
        };
        let mut line = format!("{:<8}{:>9}/s{:>14} done", self.name, grouped(rate), grouped(now.kept));
        if let Some(behind) = behind {
            let _ = write!(line, "{:>12} behind", grouped(behind));
        }
        if now.num_dropped() > 0 {
            let _ = write!(line, "  {} left out", grouped(now.num_dropped()));
        }
        if now.num_rejected() > 0 {
            let _ = write!(line, "  {} dead letters", grouped(now.num_rejected()));
        }
        if now.num_masked() > 0 {
            let _ = write!(line, "  {} masked", grouped(now.num_masked()));
        }
        if now.num_fallbacks() > 0 {
            let _ = write!(line, "  {} without the transformer", grouped(now.num_fallbacks()));
        }
        if log && now.read() > 0 {
            let (stage, done, dropped, rejected) = (self.name, now.kept, now.num_dropped(), now.num_rejected());
            let (masked, fallbacks) = (now.num_masked(), now.num_fallbacks());
            tracing::info!(stage, rate, done, behind, dropped, rejected, masked, fallbacks, "status");
        }
        self.line.set_message(line);
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            ["0".to_owned(), "999".into(), "1,000".into(), "1,234,567".into()],
            [0, 999, 1000, 1_234_567].map(grouped)
        );
    }
}
