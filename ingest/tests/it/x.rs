//! X with its search, its stream, its rules and its compliance jobs, and a bill for every post that it sends.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use hark_ingest::{
    Again, Source, SourceContext, SourceError, SourceKind, Terms,
    sources::x::{Spending, XConfig},
};
use hark_mention::{
    DropReason, Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, Wire, context},
};

const TOKEN: &str = "x-very-secret";

/// What X has.
#[derive(Default)]
struct Site {
    posts: Vec<Value>,
    rules: Vec<Value>,
    /// Redactions by the job that tells them; the ids that each job was given.
    deleted: Vec<String>,
    jobs: Vec<Vec<String>>,
    /// Posts that were sent, which is what is billed.
    sent: usize,
}

struct X {
    network: Network,
    site: Arc<Mutex<Site>>,
    wire: Arc<Wire>,
    stream: bool,
}

/// Ids of posts hold the time in milliseconds and a number.
fn id_at(millis: i64, number: u64) -> u64 {
    u64::try_from(millis - 1_288_834_974_657).unwrap() << 22 | number
}

/// Ids grow with their time, and no two are the same.
fn new_id(ago: i64) -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    id_at(Timestamp::now().as_millis() - ago, COUNT.fetch_add(1, Ordering::Relaxed) & 0x3f_ffff)
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Newest first, so many as were asked for, between the two ids and from the time on.
fn search(site: &mut Site, asked: &Asked) -> Reply {
    assert_eq!(asked.header("authorization"), format!("Bearer {TOKEN}"));
    let most: usize = asked.query("max_results").unwrap().parse().unwrap();
    assert!((10..=100).contains(&most) && asked.query("query").unwrap().chars().count() <= 512);
    let mut found = found(site, asked);
    let more = found.len() > most;
    found.truncate(most);
    site.sent += found.len();
    let mut meta = json!({"result_count": found.len()});
    if more {
        meta["next_token"] = "next".into();
    }
    if found.is_empty() {
        return Reply::json(&json!({"meta": meta}));
    }
    let users = json!([{"id": "7", "username": "ann", "name": "Ann"}]);
    Reply::json(&json!({"data": found, "includes": {"users": users}, "meta": meta}))
}

/// What lies between the bounds of a question, the newest first.
fn found(site: &Site, asked: &Asked) -> Vec<Value> {
    let bound = |name: &str| asked.query(name).map(|id| id.parse::<u64>().unwrap());
    let (since, until) = (bound("since_id").unwrap_or(0), bound("until_id").unwrap_or(u64::MAX));
    let from = asked.query("start_time").map_or(0, |time| {
        let time = Timestamp::parse(time).unwrap();
        assert!(Timestamp::now().as_millis() - time.as_millis() >= 10_000, "a start must be ten seconds ago");
        id_at(time.as_millis(), 0)
    });
    let is_within = |post: &&Value| (since.max(from) + 1..until).contains(&number(&post["id"]));
    let mut found: Vec<Value> = site.posts.iter().filter(is_within).cloned().collect();
    found.sort_by_key(|post| std::cmp::Reverse(number(&post["id"])));
    found
}

fn change_rules(site: &mut Site, asked: &Asked) -> Reply {
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    for rule in body["add"].as_array().into_iter().flatten() {
        let mut rule = rule.clone();
        assert!(rule["value"].as_str().unwrap().chars().count() <= 1024);
        rule["id"] = (site.rules.len() + 1).to_string().into();
        site.rules.push(rule);
    }
    let gone = body["delete"]["ids"].as_array().cloned().unwrap_or_default();
    site.rules.retain(|rule| !gone.contains(&rule["id"]));
    Reply::json(&json!({"meta": {}})).with_status(201)
}

impl X {
    async fn open(stream: bool) -> Self {
        let (network, site, wire) = (Network::start().await, Arc::<Mutex<Site>>::default(), Arc::<Wire>::default());
        let on = |route: &str, answer: fn(&mut Site, &Asked) -> Reply| {
            let site = Arc::clone(&site);
            network.on(route, move |asked| answer(&mut site.lock().unwrap(), asked));
        };
        on("GET /2/tweets/search/recent", search);
        on("GET /2/tweets/counts/recent", |site, asked| {
            Reply::json(&json!({"meta": {"total_tweet_count": found(site, asked).len()}}))
        });
        on("GET /2/tweets/search/stream/rules", |site, _| Reply::json(&json!({"data": site.rules})));
        on("POST /2/tweets/search/stream/rules", change_rules);
        on("GET /2/compliance/jobs/*", |site, asked| {
            let id = asked.last();
            let url = format!("http://{}/download/{id}?signature=hidden", asked.header("host"));
            assert!(id.parse::<usize>().unwrap() < site.jobs.len());
            Reply::json(&json!({"data": {"id": id, "type": "tweets", "status": "complete", "download_url": url}}))
        });
        on("POST /2/compliance/jobs", |site, asked| {
            let id = site.jobs.len().to_string();
            site.jobs.push(Vec::new());
            let url = format!("http://{}/upload/{id}?signature=hidden", asked.header("host"));
            Reply::json(&json!({"data": {"id": id, "type": "tweets", "status": "created", "upload_url": url}}))
        });
        on("PUT /upload/*", |site, asked| {
            assert_eq!(asked.header("authorization"), "", "the token stays with X");
            let ids = String::from_utf8(asked.body.clone()).unwrap().lines().map(str::to_owned).collect();
            site.jobs[asked.last().parse::<usize>().unwrap()] = ids;
            Reply::ok("")
        });
        on("GET /download/*", |site, asked| {
            let ids = &site.jobs[asked.last().parse::<usize>().unwrap()];
            let line = |id: &String| {
                format!(
                    "{}\n",
                    json!({"id": id, "action": "delete", "reason": "deleted",
                "redacted_at": Timestamp::now().to_string(), "created_at": "2026-01-01T00:00:00.000Z"})
                )
            };
            Reply::ok(ids.iter().filter(|id| site.deleted.contains(id)).map(line).collect::<String>())
        });
        let listening = Arc::clone(&wire);
        network.on("GET /2/tweets/search/stream", move |_| Reply::ok("\r\n").then(&listening));
        Self { network, site, wire, stream }
    }

    fn config(&self) -> XConfig {
        XConfig {
            token: Some(Secret::given(TOKEN)),
            queries: vec!["repair".into()],
            stream: self.stream,
            poll_interval: Span::from_millis(5),
            budget: Spending { per_day: 1_000_000, ..Spending::default() },
            base_url: format!("{}/2", self.network.url()),
            ..XConfig::default()
        }
    }

    /// Publishes a post so many milliseconds ago.
    fn post(&self, number: u64, ago: i64, text: &str) -> u64 {
        let id = new_id(ago);
        self.put(json!({"id": id.to_string(), "text": format!("{text} {number}"), "author_id": "7", "number": number,
            "edit_history_tweet_ids": [id.to_string()]}));
        id
    }

    fn put(&self, post: Value) {
        if self.wire.listeners() > 0 {
            // Cut in the middle of a letter, as networks do.
            let line = format!("{}\r\n", json!({"data": post, "matching_rules": []})).into_bytes();
            let (start, end) = line.split_at(line.len() / 2);
            self.wire.send(start.to_vec());
            self.wire.send(end.to_vec());
        }
        self.site.lock().unwrap().posts.push(post);
    }

    fn ids(&self, wanted: u64) -> Vec<u64> {
        let site = self.site.lock().unwrap();
        site.posts.iter().filter(|post| post["number"] == wanted).map(|post| number(&post["id"])).collect()
    }
}

/// Both ways to read must keep the contract.
macro_rules! world {
    ($name:ident, $stream:literal) => {
        struct $name(X);

        impl World for $name {
            // X makes the ids, so its clock is the only one; deletions have a test of their own.
            const CAN: Can = Can { skew: false, delete: false, history: true, ..ALL };

            async fn start() -> Self {
                Self(X::open($stream).await)
            }

            fn source(&self) -> Box<dyn Source> {
                self.0.config().build(context()).unwrap()
            }

            fn publish(&self, number: u64) -> String {
                format!("x:{}", self.0.post(number, 1_000, "repair"))
            }

            fn publish_at(&self, number: u64, at: Timestamp) -> String {
                format!("x:{}", self.0.post(number, Timestamp::now().as_millis() - at.as_millis(), "repair"))
            }

            fn publish_ahead(&self, _: u64) -> String {
                String::new()
            }

            fn edit(&self, number: u64) {
                let first = self.0.ids(number)[0];
                let second = first + (1 << 22);
                let history = [first.to_string(), second.to_string()];
                self.0.put(json!({"id": second.to_string(), "text": "edited", "author_id": "7", "edit_history_tweet_ids": history}));
            }

            fn delete(&self, _: u64) {}

            fn publish_garbage(&self, _: u64) {
                self.0.put(json!({"id": new_id(1_000).to_string(), "text": ["no text"]}));
            }

            fn fail(&self, times: usize, fault: Fault) {
                self.0.network.fail(times, fault);
                // A stream is asked once; what happens to the next request is seen when it breaks.
                self.0.wire.cut();
            }

            fn revoke(&self) {
                self.0.network.revoke();
                self.0.wire.cut();
            }

            fn mend(&self) {
                self.0.network.mend();
            }

            fn secret(&self) -> &str {
                TOKEN
            }
        }
    };
}

mod searched {
    use super::*;

    world!(Searched, false);
    contract!(Searched);
}

mod streamed {
    use super::*;

    world!(Streamed, true);
    contract!(Streamed);
}

#[tokio::test]
async fn a_search_goes_back_page_by_page_and_on_after_a_restart() {
    let x = X::open(false).await;
    let ids: Vec<String> = (0..250)
        .map(|number| format!("x:{}", x.post(number, 600_000 - i64::try_from(number).unwrap(), "repair")))
        .collect();
    let source = || x.config().build(context()).unwrap();
    let mut run = Run::new(source());
    run.until("a first page", |run| !run.mentions().is_empty()).await;
    assert_eq!(run.mentions().len(), 100);
    run.source = source();
    run.until("all", |run| run.mentions().len() >= 250).await;
    let mut found: Vec<String> = run.mentions().iter().map(|mention| mention.id.clone()).collect();
    found.sort();
    let mut expected = ids;
    expected.sort();
    assert_eq!(found, expected, "each once");
    assert_eq!(run.mentions()[0].author.handle.as_deref(), Some("ann"));
    let asked = x.network.times("/2/tweets/search/recent");
    for _ in 0..3 {
        run.step().await;
    }
    assert!(
        x.network.times("/2/tweets/search/recent") > asked && x.site.lock().unwrap().sent == 250,
        "nothing is sent twice"
    );
}

#[tokio::test]
async fn no_more_than_the_budget_is_ever_sent() {
    let x = X::open(false).await;
    for number in 0..500 {
        x.post(number, 600_000, "repair");
    }
    // Every answer brings one author more, which counts as two posts.
    let budget = Spending { per_day: 100_000, euros_per_day: Some(0.75), euros_per_post: 0.005 };
    let config = XConfig { budget, authors: true, ..x.config() };
    let mut run = Run::new(config.build(context()).unwrap());
    let wait = loop {
        match run.step().await {
            Again::After(wait) if !run.errors.is_empty() => break wait,
            _ => {}
        }
    };
    let sent = x.site.lock().unwrap().sent;
    assert!((60..=150).contains(&sent), "150 posts' worth: {sent}");
    assert!(matches!(&run.errors[0], SourceError::Later { error, .. } if error.contains("budget")), "{:?}", run.errors);
    assert!(wait.as_secs() <= 86_400);
    let asked = x.network.asked().len();
    run.step().await;
    assert_eq!(x.network.asked().len(), asked, "nothing is asked until the day ends");
}

#[tokio::test]
async fn words_are_asked_for_and_the_whole_query_decides() {
    let x = X::open(false).await;
    let config = XConfig { queries: Vec::new(), languages: vec!["nl".into()], ..x.config() };
    assert!(matches!(config.clone().build(context()), Err(SourceError::Setup(_))), "nothing to ask for");
    let context = SourceContext {
        terms: Terms { words: vec!["fairphone".into(), "fair phone".into()], because: None },
        wanted: Some(Arc::new(|mention: &hark_mention::Mention| !mention.text.contains("fair phone booth"))),
        ..context()
    };
    x.post(1, 600_000, "fairphone");
    x.post(2, 600_000, "a fair phone booth");
    let mut run = Run::new(config.build(context).unwrap());
    run.until("the noise", |run| run.dropped(DropReason::NoQueryMatched) == 1).await;
    assert_eq!(run.mentions().len(), 1);
    let asked = x.network.asked();
    let query = asked.iter().find_map(|asked| asked.query("query").map(str::to_owned));
    assert_eq!(query.as_deref(), Some(r#"(fairphone OR "fair phone") lang:nl -is:retweet"#));
}

#[tokio::test]
async fn only_our_rules_are_changed_and_a_break_is_searched() {
    let x = X::open(true).await;
    x.site.lock().unwrap().rules = vec![
        json!({"id": "901", "value": "something of others", "tag": "theirs"}),
        json!({"id": "902", "value": "what we wanted before", "tag": "hark"}),
    ];
    let mut run = Run::new(x.config().build(context()).unwrap());
    run.until("the stream", |_| x.wire.listeners() > 0).await;
    let rules: Vec<String> =
        x.site.lock().unwrap().rules.iter().map(|rule| rule["value"].as_str().unwrap().to_owned()).collect();
    assert_eq!(rules, ["something of others", "(repair) -is:retweet"]);
    let first = format!("x:{}", x.post(1, 1_000, "repair 🎉 één"));
    run.until("a post", |run| !run.states(&first).is_empty()).await;
    // The stream breaks, and somebody writes meanwhile.
    x.wire.cut();
    let missed = format!("x:{}", x.post(2, 900, "repair"));
    run.until("the missed one", |run| !run.states(&missed).is_empty()).await;
    x.wire.send(format!("{}\r\n", json!({"errors": [{"title": "operational-disconnect"}]})));
    let before = x.network.times("/2/tweets/search/stream");
    run.until("another connection", |_| x.network.times("/2/tweets/search/stream") > before).await;
}

#[tokio::test]
async fn posts_that_are_gone_are_deleted_here_too() {
    let x = X::open(false).await;
    let ids: Vec<u64> = (1..=3).map(|number| x.post(number, 60_000, "repair")).collect();
    let config = XConfig { recheck: Span::from_millis(5), ..x.config() };
    let mut run = Run::new(config.build(context()).unwrap());
    run.until("all", |run| run.mentions().len() == 3).await;
    x.site.lock().unwrap().deleted.push(ids[1].to_string());
    run.until("the deletion", |run| !run.deletes().is_empty()).await;
    assert_eq!(
        (run.deletes()[0].id.clone(), run.deletes()[0].reason.as_deref()),
        (format!("x:{}", ids[1]), Some("author"))
    );
    let looked = x.site.lock().unwrap().jobs.len();
    run.until("other looks", |_| x.site.lock().unwrap().jobs.len() > looked + 1).await;
    let site = x.site.lock().unwrap();
    assert_eq!(
        (run.deletes().len(), site.jobs.last().map(Vec::len)),
        (1, Some(2)),
        "what is gone is not asked for again"
    );
    let shown = format!("{:?}", run.errors);
    assert!(!shown.contains("hidden"), "addresses that give rights are not told: {shown}");
}
