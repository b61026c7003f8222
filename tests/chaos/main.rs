//! Chaos: processes are killed, frozen and cut off while a world of events is published, and in the end the rows must be
//! those of a simple model, id by id and field by field, with every record accounted for.
//!
//! `HARK_CHAOS_SEED` repeats the events and faults of a run that failed (their timing is the machine's), and
//! `HARK_CHAOS_SECONDS` says for how long each test goes on.
#![expect(clippy::unwrap_used, reason = "tests")]

mod faults;
mod feed;
mod proof;
mod proxy;
mod world;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use fastrand::Rng;
use hark_tests::{
    cluster::Cluster,
    events::dead_letters,
    hark::{Hark, Running, wait_until},
    real_kafka::start_or_skip,
};

use crate::{feed::Feed, proxy::Proxy, world::World};

/// Points at which a stage dies; the sink passes its points with every batch, and so does enrichment.
const CRASH_POINTS: [&str; 4] = ["enrich.published", "sink.claimed", "sink.inserted", "sink.noted"];
/// Fewest faults of a run, however slow the machine is.
const FEWEST: usize = 6;

/// A run: where chance starts, and until when.
struct Run {
    rng: Rng,
    world: Arc<Mutex<World>>,
    until: Instant,
    faults: BTreeMap<&'static str, usize>,
}

impl Run {
    fn new() -> Self {
        let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
        let seed = number("HARK_CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
        let seconds = number("HARK_CHAOS_SECONDS").unwrap_or(40);
        eprintln!("this run is repeated by HARK_CHAOS_SEED={seed}");
        Self {
            rng: Rng::with_seed(seed),
            world: Arc::new(Mutex::new(World::new(seed))),
            until: Instant::now() + Duration::from_secs(seconds),
            faults: BTreeMap::new(),
        }
    }

    /// One of `faults`, until the time is over; each at least once before any comes a second time.
    fn next<const N: usize>(&mut self, faults: [&'static str; N]) -> Option<&'static str> {
        let done: usize = self.faults.values().sum();
        if Instant::now() > self.until && done >= FEWEST {
            return None;
        }
        let new: Vec<&str> = faults.into_iter().filter(|fault| !self.faults.contains_key(fault)).collect();
        let fault = if new.is_empty() { faults[self.rng.usize(0..N)] } else { new[self.rng.usize(0..new.len())] };
        *self.faults.entry(fault).or_default() += 1;
        eprintln!("fault {}: {fault}", done + 1);
        Some(fault)
    }

    fn records(&self) -> usize {
        self.world.lock().unwrap().records()
    }

    fn crash_point(&mut self) -> (&'static str, String) {
        let point = CRASH_POINTS[self.rng.usize(0..CRASH_POINTS.len())];
        (point, format!("{point}:{}", self.rng.u8(1..5)))
    }

    fn ended(&self) {
        let world = self.world.lock().unwrap();
        eprintln!("{} records, {} mentions left; faults: {:?}", world.records(), world.expected().len(), self.faults);
    }
}

/// How many records have an outcome in the ledger; nothing when the database is away.
const OUTCOMES: &str =
    "SELECT sum(n) FROM (SELECT groupBitmapMerge(offsets) AS n FROM ledger GROUP BY raw_partition, block)";

fn outcomes(sql: impl Fn(&str) -> String) -> Option<usize> {
    sql(OUTCOMES).parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_engines_survive() {
    let mut run = Run::new();
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    hark.file("hark.toml", "[sink]\nbatch_rows = 300\nbatch_age = \"100ms\"\n[enrich]\nbatch_rows = 300\n");
    let mut up = hark.up([""; 0]);
    let brokers = hark.engines()["kafka"].as_str().unwrap().to_owned();
    let feed = Feed::start(&brokers, Arc::clone(&run.world));
    let sql = |query: &str| hark.run(["sql", query]).out.trim_end().to_owned();
    while let Some(fault) = run.next(["kill", "stop", "crash", "kill the engine", "freeze the engine"]) {
        let before = outcomes(sql).unwrap_or_default();
        wait_until("records are worked on", || outcomes(sql) > Some(before));
        match fault {
            "kill" => up.kill(),
            "stop" => assert!(up.stop().0.success()),
            "crash" => {
                up.kill();
                let (point, planned) = run.crash_point();
                let mut command = hark.command(["up", "--listen", "127.0.0.1:0"]);
                let status = hark.until_it_ends(command.env("HARK_CRASH_AT", planned));
                assert!(faults::crashed(status), "{point}: {status}");
            }
            "kill the engine" => {
                faults::kill_engine(up.pid());
                continue;
            }
            _ => {
                let published = run.records();
                faults::freeze(faults::engine(up.pid()).unwrap(), || run.records() > published + 500);
                continue;
            }
        }
        up = hark.up([""; 0]);
    }
    feed.stop().await;
    run.ended();
    let letters = || dead_letters(&brokers).into_iter().map(|letter| letter.original).collect();
    proof::hold(&run.world.lock().unwrap(), |arguments| hark.run(arguments).out, letters);
}

/// The workers of one stage; a place is empty while its worker is dead.
struct Workers<'a> {
    cluster: &'a Cluster,
    stage: &'static str,
    running: Vec<Running>,
}

impl<'a> Workers<'a> {
    fn start(cluster: &'a Cluster, stage: &'static str) -> Self {
        Self { cluster, stage, running: vec![cluster.stage(stage), cluster.stage(stage)] }
    }

    /// Takes any worker away; its place is for the one that comes after it.
    fn take(&mut self, rng: &mut Rng) -> Running {
        self.running.swap_remove(rng.usize(0..self.running.len()))
    }

    fn add(&mut self) {
        self.running.push(self.cluster.stage(self.stage));
    }

    /// Insists that no worker has given up.
    fn insist_on_life(&mut self, fault: &str) {
        if let Some(ended) = self.running.iter_mut().position(Running::has_ended) {
            let said = self.running.swap_remove(ended).last_words();
            panic!("{} ended by itself after: {fault}\n{said}", self.stage);
        }
    }

    /// A worker that dies at `point`, beside the others.
    fn crash(&self, planned: &str) {
        let mut command = self.cluster.command(&[self.stage]);
        let status = self.cluster.hark.until_it_ends(command.env("HARK_CRASH_AT", planned));
        assert!(faults::crashed(status), "{planned}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_on_a_real_kafka_survives() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut kafka) = start_or_skip(folder.path()).await else { return };
    let mut run = Run::new();
    let database = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let engines = database.start(&mut database.command(["embedded"]), "ClickHouse");
    wait_until("the engines tell where they are", || database.folder().join("hark-data/running.json").exists());
    let note = database.engines();
    let proxy = Proxy::before(note["clickhouse"].as_str().unwrap()).await;
    let cluster = Cluster::new(env!("CARGO_BIN_EXE_hark"), kafka.address(), &proxy.url(), &note);
    let mut workers = [Workers::start(&cluster, "sink"), Workers::start(&cluster, "enrich")];
    let feed = Feed::start(kafka.address(), Arc::clone(&run.world));
    let sql = |query: &str| cluster.sql(query);
    let faults = ["kill", "stop", "crash", "freeze", "add", "cut", "kill the engine", "restart kafka"];
    while let Some(fault) = run.next(faults) {
        let before = outcomes(sql).unwrap_or_default();
        wait_until("records are worked on", || outcomes(sql) > Some(before));
        let stage = run.rng.usize(0..2);
        match fault {
            "kill" => {
                workers[stage].take(&mut run.rng).kill();
                workers[stage].add();
            }
            "stop" => {
                assert!(workers[stage].take(&mut run.rng).stop().0.success());
                workers[stage].add();
            }
            "crash" => {
                let (point, planned) = run.crash_point();
                workers[usize::from(point.starts_with("enrich"))].crash(&planned);
            }
            "freeze" => {
                // Until the others have its work: then two think that it is theirs.
                let published = run.records();
                let frozen = workers[stage].running[0].pid();
                faults::freeze(frozen, || outcomes(sql) >= Some(published));
            }
            "add" => {
                workers[stage].add();
                let most = workers[stage].running.len();
                if most > 3 {
                    assert!(workers[stage].take(&mut run.rng).stop().0.success());
                }
            }
            "cut" => wait_until("connections are cut", || proxy.cut() > 0),
            "kill the engine" => faults::kill_engine(engines.pid()),
            _ => kafka.restart(),
        }
        workers.iter_mut().for_each(|workers| workers.insist_on_life(fault));
    }
    feed.stop().await;
    run.ended();
    let letters = || dead_letters(kafka.address()).into_iter().map(|letter| letter.original).collect();
    proof::hold(&run.world.lock().unwrap(), |arguments| cluster.run(arguments) + "\n", letters);
}
