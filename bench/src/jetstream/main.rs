//! Measures reading Bluesky's stream on one core: decoding each frame and asking 200 brands' queries of each post, beside
//! a plain parse of the same bytes into a JSON tree.
//!
//! Rates are per second of processor time, so that what else runs on the machine counts little. Figures of one run can be
//! compared with each other; those of two runs only as ratios.

#[path = "../enrich/queries.rs"]
mod queries;
#[path = "../enrich/texts.rs"]
#[expect(dead_code, reason = "rows of a file are for the bench of labels")]
mod texts;

use std::{fs, hint::black_box, sync::LazyLock, time::Instant};

use anyhow::Result;
use clap::Parser;
use hark_ingest::{
    Item, SourceContext,
    sources::bluesky::{BlueskyConfig, BlueskySource},
    wanted,
};
use hark_query::{Query, Segmenter};
use serde_json::{Value, json};

/// Measures reading Bluesky's stream on one core.
#[derive(Parser)]
#[command(after_help = "Example:\n  hark-bench-jetstream --events 200000")]
struct Arguments {
    /// Events to read
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// Brands that are listened for
    #[arg(long, default_value_t = 200)]
    brands: usize,
    /// Rounds, of which the fastest counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let texts = texts::cut(&texts::of_sample(), 20_000);
    let brands = queries::brands(&texts, arguments.brands);
    let queries = brands.iter().map(|brand| brand.query.parse()).collect::<Result<Vec<Query>, _>>()?;
    let frames: Vec<Vec<u8>> = (0..arguments.events).map(|at| event(at, &texts).to_string().into_bytes()).collect();
    let bytes: usize = frames.iter().map(Vec::len).sum();
    let count = frames.len() as f64;
    println!("{count} events of {} bytes on average, {} brands, one thread", bytes / frames.len(), brands.len());

    let context = SourceContext { wanted: wanted(&queries, &Segmenter::default()), ..SourceContext::default() };
    let source = BlueskySource::new(BlueskyConfig::default(), context)?;
    let mut kept = 0;
    let hark = count
        / fastest(arguments.rounds, || {
            kept = frames.iter().filter(|frame| matches!(source.read_frame(frame), Item::Keep(_))).count();
        });
    let parse = count
        / fastest(arguments.rounds, || {
            for frame in &frames {
                black_box(serde_json::from_slice::<Value>(frame).is_ok());
            }
        });
    println!("\n| what | events/s/core | MB/s/core |\n|---|---:|---:|");
    let megabytes = bytes as f64 / count / 1e6;
    println!("| Hark: decode, filter by {} brands ({kept} kept) | {hark:.0} | {:.0} |", brands.len(), hark * megabytes);
    println!("| serde_json: parse into a tree, and nothing else | {parse:.0} | {:.0} |", parse * megabytes);
    println!("\nHark is {:.2} times as fast as the plain parse.", hark / parse);
    Ok(())
}

/// Seconds of processor time of the fastest round.
fn fastest(rounds: usize, mut round: impl FnMut()) -> f64 {
    // The first round loads what is loaded when it is needed.
    round();
    let mut timed = || {
        let start = processor_time();
        round();
        processor_time() - start
    };
    (0..rounds.max(1)).map(|_| timed()).fold(f64::INFINITY, f64::min)
}

/// An event as a server sends it when it is asked for posts: of 100, some 80 posts are written, 12 deleted, and 8 are of
/// accounts, which always come. A third of the posts are replies, a fifth hold links or tags.
fn event(at: usize, texts: &[String]) -> Value {
    let did = format!("did:plc:{:024x}", at * 7_919);
    let time_us = 1_795_334_400_000_000_u64 + at as u64 * 1_000;
    if at % 100 >= 92 {
        return json!({"did": did, "time_us": time_us, "kind": "identity",
            "identity": {"did": did, "handle": "someone.example.org", "seq": at, "time": "2026-11-22T08:00:00.000Z"}});
    }
    let mut commit = json!({"rev": format!("3m{at:011}"), "operation": "create", "collection": "app.bsky.feed.post",
        "rkey": format!("3k{at:011}")});
    if at % 100 >= 80 {
        commit["operation"] = json!("delete");
    } else {
        commit["record"] = post(at, &texts[at % texts.len()]);
        commit["cid"] = json!(format!("bafyreib{at:051}"));
    }
    json!({"did": did, "time_us": time_us, "kind": "commit", "commit": commit})
}

fn post(at: usize, text: &str) -> Value {
    let mut record = json!({"$type": "app.bsky.feed.post", "createdAt": "2026-11-22T08:00:00.123Z", "langs": ["en"],
        "text": text});
    if at.is_multiple_of(3) {
        let other = |number: usize| {
            json!({"cid": format!("bafyreia{number:051}"),
                "uri": format!("at://did:plc:{number:024x}/app.bsky.feed.post/3k{number:011}")})
        };
        record["reply"] = json!({"parent": other(at + 1), "root": other(at + 2)});
    }
    if at.is_multiple_of(5) {
        record["facets"] = json!([{"index": {"byteStart": 0, "byteEnd": 5}, "features": [
            {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/an/address/of/some/length"}]}]);
        record["embed"] = json!({"$type": "app.bsky.embed.external", "external": {"title": "A page about something",
            "description": "What the page says about itself", "uri": "https://example.org/an/address/of/some/length"}});
    }
    record
}

/// Seconds of this thread on a processor, where the system tells; else seconds.
fn processor_time() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}
