//! The log on standard error, kept apart from the live status lines.

use std::io::{self, IsTerminal as _, Write};

use indicatif::{MultiProgress, ProgressDrawTarget};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::args::{Common, LogFormat};

/// What is drawn on the terminal: live lines below, log lines above them.
#[derive(Clone)]
pub(crate) struct Screen {
    /// The live lines; nothing is drawn when standard error is no terminal.
    pub(crate) lines: MultiProgress,
    /// Whether somebody is watching.
    pub(crate) live: bool,
}

/// Starts the log and gives the screen that it shares with the live lines.
pub(crate) fn start(common: &Common) -> Screen {
    let live = io::stderr().is_terminal() && common.log_format == LogFormat::Text && !common.quiet;
    let lines =
        MultiProgress::with_draw_target(if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
    let screen = Screen { lines, live };
    let default = match (common.quiet, common.verbose) {
        (true, _) => "error",
        (_, 0) => "warn,hark=info",
        (_, 1) => "info,hark=debug",
        _ => "debug,hark=trace",
    };
    let filter = EnvFilter::try_from_env("HARK_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(screen.clone());
    match common.log_format {
        LogFormat::Text => log.with_target(false).with_ansi(live).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    screen
}

/// Writes a log line above the live lines.
pub(crate) struct Above(MultiProgress);

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = Above;

    fn make_writer(&'a self) -> Above {
        Above(self.lines.clone())
    }
}
