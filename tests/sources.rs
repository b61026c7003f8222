//! Sources as their operator meets them: what they will do, how they are doing, and who reads them.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Instant,
};

use hark_tests::{
    cluster::Cluster,
    hark::{Hark, wait_until},
    real_kafka::start_or_skip,
};
use serde_json::{Value, json};

/// Their partitions are spread over both halves, which two workers get.
const NAMES: [&str; 4] = ["alpha", "bravo", "foxtrot", "india"];

/// Many small sites in one: `/NAME/…` is a Hacker News of its own. All have the same comments.
#[derive(Clone, Default)]
struct Sites {
    comments: Arc<Mutex<Vec<&'static str>>>,
    looks: Arc<Mutex<BTreeMap<String, u32>>>,
    is_closed: Arc<Mutex<bool>>,
}

impl Sites {
    fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let sites = Self::default();
        let answering = sites.clone();
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let sites = answering.clone();
                std::thread::spawn(move || sites.answer(&socket));
            }
        });
        (sites, address)
    }

    fn answer(&self, socket: &TcpStream) {
        let mut lines = BufReader::new(socket).lines().map_while(Result::ok);
        while let Some(request) = lines.next() {
            while lines.next().is_some_and(|line| !line.is_empty()) {}
            let path = request.split(' ').nth(1).unwrap_or_default();
            let name = path.split('/').nth(1).unwrap_or_default().to_owned();
            let body = self.body(path);
            if path.ends_with("/maxitem.json") {
                *self.looks.lock().unwrap().entry(name).or_default() += 1;
            }
            let status = if *self.is_closed.lock().unwrap() { "403 Forbidden" } else { "200 OK" };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            if (&mut &*socket).write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    /// Ids of comments begin after 7.
    fn body(&self, path: &str) -> String {
        let comments = self.comments.lock().unwrap();
        match path.rsplit('/').next().unwrap_or_default() {
            "maxitem.json" => (7 + comments.len()).to_string(),
            "updates.json" => json!({"items": [], "profiles": []}).to_string(),
            item => {
                let id = item.trim_end_matches(".json").parse::<usize>().unwrap_or_default();
                let text = id.checked_sub(8).and_then(|index| comments.get(index));
                let comment =
                    |text| json!({"id": id, "type": "comment", "by": "somebody", "time": 1_760_000_000, "text": text});
                text.map_or(Value::Null, comment).to_string()
            }
        }
    }

    fn looks(&self, name: &str) -> u32 {
        self.looks.lock().unwrap().get(name).copied().unwrap_or_default()
    }
}

fn config(address: &str) -> String {
    let source = |name: &&str| {
        format!(
            "[[source]]\nname = \"{name}\"\ntype = \"hackernews\"\npoll_interval = \"5s\"\nbase_url = \"{address}/{name}\"\n"
        )
    };
    let here = "[ingest]\nprivate_hosts = [\"127.0.0.1\"]\n".to_owned();
    std::iter::once(here).chain(NAMES.iter().map(source)).collect()
}

/// Name → (state, worker).
fn told(listed: &str) -> BTreeMap<String, (String, String)> {
    let listed: Value = serde_json::from_str(listed).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sources = listed["configured"].as_array().cloned().unwrap_or_default();
    let one = |source: &Value| (text(&source["name"]), (text(&source["state"]), text(&source["health"]["worker"])));
    sources.iter().map(one).collect()
}

#[test]
fn an_operator_sees_what_sources_will_do_and_how_they_are_doing() {
    let (sites, address) = Sites::start();
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let brand = "[[brand]]\nname = \"Fairphone\"\nquery = 'fairphone batter*'\n";
    hark.file("hark.toml", format!("{brand}{}", config(&address)));

    let checked = hark.must(["check"]);
    assert!(checked.contains("kept is what the brands' queries match"), "{checked}");
    let listed = hark.must(["sources"]);
    for said in ["bluesky", "hackernews", "rss", "free", "foxtrot", "`hark up` is not running"] {
        assert!(listed.contains(said), "{said}: {listed}");
    }
    assert!(!hark.folder().join("hark-data").exists(), "looking starts nothing");
    assert!(hark.run(["backfill", "nobody", "--from", "2026-01-01"]).err.contains("alpha, bravo"));

    let running = hark.up::<&str>([]);
    let states = || told(&hark.must(["sources", "--json"]));
    wait_until("all are well", || states().values().filter(|(state, _)| state == "ok").count() == NAMES.len());
    let connected = hark.must(["check", "--connect"]);
    assert!(connected.contains("alpha          ok: "), "{connected}");
    // Closed doors are told, and somebody has to look.
    *sites.is_closed.lock().unwrap() = true;
    let failed = hark.run(["check", "--connect"]);
    assert!(!failed.status.success() && failed.out.contains("FAILED"), "{failed:#?}");
    wait_until("they are broken", || states().values().all(|(state, _)| state == "broken"));
    assert!(hark.must(["sources"]).contains("answers 403"));
    drop(running);
}

/// What is free to read needs no account: nobody is asked for a key, and each says what it will collect.
#[test]
fn sources_that_are_free_need_no_account() {
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let sources = [
        "type = \"bluesky\"",
        "type = \"mastodon\"\ninstance = \"https://mastodon.example\"\nhashtags = [\"fairphone\"]",
        "type = \"rss\"\nurls = [\"https://news.example/feed.xml\"]",
        "type = \"hackernews\"",
        "type = \"lemmy\"\ninstance = \"https://lemmy.example\"",
        "type = \"discourse\"\nurl = \"https://forum.example\"",
        "type = \"appstore\"\napps = [\"1592550875\"]\ncountries = [\"nl\"]",
        "type = \"gdelt\"",
        "type = \"stackexchange\"",
    ];
    let brand = "[[brand]]\nname = \"Fairphone\"\nquery = \"fairphone\"\n".to_owned();
    let all = sources.map(|source| format!("[[source]]\n{source}\n")).concat();
    hark.file("hark.toml", brand + &all);
    let checked = hark.must(["check"]);
    assert!(checked.contains("1 brand, 0 products, 0 own topics, 9 sources"), "{checked}");
    for kind in sources.map(|source| source.split('"').nth(1).unwrap()) {
        let line = checked.lines().find(|line| line.starts_with(kind)).unwrap_or_else(|| panic!("{kind}: {checked}"));
        assert!(!line.contains("nothing"), "{line}");
    }
}

/// A source that keeps what brands are named in keeps what new brands are named in, without a restart.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_brand_reaches_the_sources_while_they_run() {
    let (sites, address) = Sites::start();
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let source = format!(
        "[[source]]\nname = \"alpha\"\ntype = \"hackernews\"\npoll_interval = \"5s\"\nbase_url = \"{address}/alpha\"\n"
    );
    hark.file("hark.toml", format!("[ingest]\nprivate_hosts = [\"127.0.0.1\"]\n[[brand]]\nname = \"Fairphone\"\nquery = \"fairphone\"\n{source}"));
    let up = hark.up::<&str>([]);
    let texts = || hark.sql("SELECT text FROM mentions ORDER BY length(id), id");
    wait_until("it listens", || sites.looks("alpha") > 0);
    sites.comments.lock().unwrap().extend(["the shiftphone is old", "my fairphone"]);
    wait_until("the brand's comment is stored", || texts() == "my fairphone");
    let brands = json!([{"name": "Fairphone", "query": "fairphone"}, {"name": "Shiftphone", "query": "shiftphone"}]);
    let change = json!({"edition": 0, "rules": {"brands": brands, "products": [], "topics": []}});
    let put = reqwest::Client::new().put(format!("{}/api/v1/rules", up.page)).json(&change).send().await.unwrap();
    assert_eq!(put.status(), 200);
    sites.comments.lock().unwrap().push("a new shiftphone");
    wait_until("the new brand's comment is stored", || texts() == "my fairphone\na new shiftphone");
}

/// Each source is read by one worker, and by another one once that is dead.
#[tokio::test(flavor = "multi_thread")]
async fn workers_share_the_sources_and_take_over_from_one_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(kafka) = start_or_skip(folder.path()).await else { return };
    let (sites, address) = Sites::start();
    let engines = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let _running = engines.start(&mut engines.command(["embedded"]), "ClickHouse");
    wait_until("the engines tell where they are", || engines.folder().join("hark-data/running.json").exists());
    let note = engines.engines();
    let cluster =
        Cluster::new(env!("CARGO_BIN_EXE_hark"), kafka.address(), note["clickhouse"].as_str().unwrap(), &note);
    let path = cluster.hark.folder().join("hark.toml");
    let servers = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, servers + &config(&address)).unwrap();

    let first = cluster.stage("ingest");
    let workers = || -> BTreeMap<String, BTreeSet<String>> {
        let mut workers = BTreeMap::<String, BTreeSet<String>>::new();
        for (name, (state, worker)) in told(&cluster.run(&["sources", "--json"])) {
            if state == "ok" {
                workers.entry(worker).or_default().insert(name);
            }
        }
        workers
    };
    let all = |workers: &BTreeMap<String, BTreeSet<String>>| workers.values().map(BTreeSet::len).sum::<usize>();
    wait_until("one worker reads all", || workers().len() == 1 && all(&workers()) == NAMES.len());
    let second = cluster.stage("ingest");
    wait_until("two share them", || {
        let workers = workers();
        workers.len() == 2 && all(&workers) == NAMES.len() && workers.values().all(|names| names.len() == 2)
    });

    first.kill();
    let killed = Instant::now();
    let before: Vec<u32> = NAMES.iter().map(|name| sites.looks(name)).collect();
    let ours = format!(":{}", second.pid());
    wait_until("the other reads all", || NAMES.iter().zip(&before).all(|(name, before)| sites.looks(name) > *before));
    eprintln!("all sources were read again {:.1} s after the kill, poll interval 5 s", killed.elapsed().as_secs_f32());
    wait_until("the other says so", || {
        let workers = workers();
        workers.len() == 1 && workers.keys().all(|worker| worker.ends_with(&ours)) && all(&workers) == NAMES.len()
    });

    // A worker that is told to stop gives its sources away at once.
    let third = cluster.stage("ingest");
    wait_until("two share them again", || workers().len() == 2);
    let (status, said) = second.stop();
    assert!(status.success(), "{said}");
    let ours = format!(":{}", third.pid());
    wait_until("the last reads all", || {
        let workers = workers();
        workers.keys().all(|worker| worker.ends_with(&ours)) && all(&workers) == NAMES.len()
    });
}
