//! What is done with all that is stored: the proof that nothing is lost, and newer labels.

use std::time::Instant;

use anyhow::{Result, ensure};
use hark_tests::hark::Hark;

use crate::per_second;

/// Other rules than those by which the mentions were labelled.
const RULES: &str = "[[brand]]\nname = \"Bench\"\nquery = \"battery OR accu OR akku\"\n";

/// What it took.
pub(crate) struct History {
    /// Seconds of `hark verify`.
    pub(crate) verify: f64,
    /// Mentions a second of `hark relabel` after the rules have changed.
    pub(crate) by_rules: f64,
    /// Mentions a second of `hark relabel --all`, which asks the models again.
    pub(crate) anew: f64,
}

/// Proves and labels again all `mentions`, while `hark up` runs.
///
/// # Errors
///
/// When one of the commands fails.
pub(crate) fn measure(hark: &Hark, mentions: usize) -> Result<History> {
    let run = |what: &str, arguments: &[&str]| {
        eprintln!("{what}");
        let started = Instant::now();
        let done = hark.run(arguments);
        ensure!(done.status.success(), "it failed: {done:#?}");
        Ok(started)
    };
    let verify = run("proving that nothing is lost", &["verify"])?.elapsed().as_secs_f64();
    hark.file("hark.toml", RULES);
    let by_rules = per_second(mentions, run("labelling again by other rules", &["relabel"])?);
    let anew = per_second(mentions, run("labelling again from the start", &["relabel", "--all"])?);
    Ok(History { verify, by_rules, anew })
}
