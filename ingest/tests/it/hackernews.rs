//! Both interfaces of Hacker News, with ids that are not there yet, edits, deletions and outages.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use hark_ingest::{
    Again, Backfilled, Item, Period, Source, SourceContext, SourceError, Terms,
    sources::hackernews::{HackerNewsConfig, HackerNewsSource},
};
use hark_mention::{DropReason, Mention, Timestamp, config::Span};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

#[derive(Default)]
struct Site {
    items: BTreeMap<u64, Value>,
    max_item: u64,
    updates: Vec<u64>,
    /// For how many more requests an item is `null`.
    late: HashMap<u64, u32>,
    /// For how many more requests everything answers 503.
    outage: u32,
    asked: HashMap<u64, u32>,
    searches: u32,
}

type Shared = Arc<Mutex<Site>>;

struct Fake {
    site: Shared,
    address: SocketAddr,
}

impl Fake {
    async fn start() -> Self {
        let site = Shared::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/v0/maxitem.json", get(max_item))
            .route("/v0/updates.json", get(updates))
            .route("/v0/item/{file}", get(item))
            .route("/api/v1/search_by_date", get(search))
            .with_state(site.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { site, address }
    }

    fn edit(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    /// Publishes a story or a comment.
    fn publish(&self, id: u64, fields: Value) {
        self.edit(|site| {
            let kind = if fields.get("parent").is_some() { "comment" } else { "story" };
            let mut item = json!({"id": id, "type": kind, "by": format!("user{id}"), "time": 1_700_000_000 + id});
            item.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            site.items.insert(id, item);
            site.max_item = site.max_item.max(id);
        });
    }

    fn change(&self, id: u64, field: &str, value: Value) {
        self.edit(|site| {
            site.items.get_mut(&id).unwrap()[field] = value;
            site.updates = vec![id];
        });
    }

    fn config(&self) -> HackerNewsConfig {
        HackerNewsConfig {
            poll_interval: Span::from_millis(5),
            base_url: format!("http://{}/v0", self.address),
            search_url: format!("http://{}/api/v1/", self.address),
            ..HackerNewsConfig::default()
        }
    }

    fn run(&self) -> Run<HackerNewsSource> {
        Run::new(HackerNewsSource::new(self.config(), context()).unwrap())
    }

    fn run_wanting(&self, word: &'static str) -> Run<HackerNewsSource> {
        let wanted = move |mention: &Mention| {
            mention.text.contains(word) || mention.title.as_deref().is_some_and(|title| title.contains(word))
        };
        let context = SourceContext { wanted: Some(Arc::new(wanted)), ..context() };
        Run::new(HackerNewsSource::new(self.config(), context).unwrap())
    }
}

fn outage(site: &mut Site) -> Option<Response> {
    site.outage = site.outage.checked_sub(1)?;
    Some((StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")], "busy").into_response())
}

async fn max_item(State(site): State<Shared>) -> Response {
    let mut site = site.lock().unwrap();
    outage(&mut site).unwrap_or_else(|| Json(site.max_item).into_response())
}

async fn updates(State(site): State<Shared>) -> Response {
    let mut site = site.lock().unwrap();
    outage(&mut site).unwrap_or_else(|| Json(json!({"items": site.updates, "profiles": ["a"]})).into_response())
}

async fn item(State(site): State<Shared>, Path(file): Path<String>) -> Response {
    let mut site = site.lock().unwrap();
    if let Some(response) = outage(&mut site) {
        return response;
    }
    let id = file.strip_suffix(".json").unwrap().parse().unwrap();
    *site.asked.entry(id).or_default() += 1;
    if let Some(left) = site.late.get_mut(&id).filter(|left| **left > 0) {
        *left -= 1;
        return "null".into_response();
    }
    match site.items.get(&id) {
        Some(Value::String(raw)) => raw.clone().into_response(),
        Some(item) => Json(item).into_response(),
        None => "null".into_response(),
    }
}

/// Newest first, never more than asked for, and nothing beyond the first thousand.
async fn search(State(site): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    let mut site = site.lock().unwrap();
    site.searches += 1;
    let bound = |sign: &str| -> i64 {
        query["numericFilters"].split(',').find_map(|part| part.strip_prefix(sign)).unwrap().parse().unwrap()
    };
    let (since, until) = (bound("created_at_i>="), bound("created_at_i<"));
    let phrase = query["query"].trim_matches('"').to_owned();
    let per_page: usize = query["hitsPerPage"].parse().unwrap();
    assert!(per_page <= 1000 && query["typoTolerance"] == "false");
    let found = |item: &&Value| {
        let time = item["time"].as_i64().unwrap_or_default();
        item.to_string().contains(&phrase) && (since..until).contains(&time)
    };
    let mut hits: Vec<&Value> = site.items.values().filter(found).collect();
    hits.sort_by_key(|item| std::cmp::Reverse(item["time"].as_i64()));
    let count = hits.len();
    let hits: Vec<Value> = hits
        .into_iter()
        .take(per_page)
        .map(|item| json!({"objectID": item["id"].to_string(), "created_at_i": item["time"], "title": null, "_tags": []}))
        .collect();
    Json(json!({"hits": hits, "nbHits": count, "page": 0, "nbPages": 1, "hitsPerPage": per_page})).into_response()
}

#[tokio::test]
async fn the_first_start_begins_near_the_newest_and_waits_for_ids_that_are_late() {
    let fake = Fake::start().await;
    for id in 1..=100 {
        fake.publish(id, json!({"title": format!("story {id}")}));
    }
    fake.edit(|site| {
        site.late = HashMap::from([(90, 3), (95, 1)]);
        // Ids are handed out before the item is everywhere; 101 never comes.
        site.max_item = 102;
    });
    let mut run = fake.run();
    run.until("the late ones", |run| run.mentions().len() >= 28).await;
    let mut ids: Vec<_> = run.mentions().iter().map(|mention| mention.id.clone()).collect();
    ids.sort();
    let mut expected: Vec<_> = (73..=100).map(|id| format!("hackernews:{id}")).collect();
    expected.sort();
    assert_eq!(ids, expected);
    assert!(run.mentions().iter().all(|mention| mention.revision == 0));
    fake.publish(102, json!({"title": "at last"}));
    run.until("the last one", |run| !run.states("hackernews:102").is_empty()).await;
    // A new process goes on where this one was, and asks for nothing twice.
    fake.publish(103, json!({"title": "after the restart"}));
    let mut next = fake.run();
    next.cursor = run.cursor.clone();
    next.until("the next one", |run| !run.mentions().is_empty()).await;
    assert_eq!(next.mentions()[0].id, "hackernews:103");
}

#[tokio::test]
async fn edits_deletions_and_returns_follow_each_other_in_order() {
    let fake = Fake::start().await;
    fake.publish(1, json!({"title": "Phones", "score": 1}));
    let mut run = fake.run();
    run.until("the story", |run| run.mentions().len() == 1).await;

    fake.change(1, "title", json!("Repairable phones"));
    run.until("the edit", |run| run.mentions().len() == 2).await;
    let edit = run.mentions()[1].clone();
    assert!(edit.revision > 1_700_000_000_000 && edit.edited_at.is_some());
    assert_eq!(edit.title.as_deref(), Some("Repairable phones"));

    // A repeat is nothing new, and neither is a point more; a doubling is, but not an edit.
    let before = run.dropped(DropReason::Unchanged);
    run.until("repeats", |run| run.dropped(DropReason::Unchanged) > before + 1).await;
    fake.change(1, "score", json!(100));
    run.until("more points", |run| run.mentions().len() == 3).await;
    assert_eq!((run.mentions()[2].engagement.likes, run.mentions()[2].edited_at), (Some(100), None));
    let unchanged = run.dropped(DropReason::Unchanged);
    fake.change(1, "score", json!(101));
    run.until("repeats", |run| run.dropped(DropReason::Unchanged) > unchanged).await;

    fake.change(1, "dead", json!(true));
    run.until("the deletion", |run| run.deletes().len() == 1).await;
    assert_eq!(run.deletes()[0].reason.as_deref(), Some("moderator"));
    assert!(run.deletes()[0].at.as_millis() >= i64::try_from(run.mentions()[2].revision).unwrap());
    let repeats = run.dropped(DropReason::Unchanged);
    run.until("repeats", |run| run.dropped(DropReason::Unchanged) > repeats + 1).await;
    assert_eq!(run.deletes().len(), 1, "told once");

    // The readers vouch for it.
    fake.change(1, "dead", json!(false));
    run.until("the return", |run| run.mentions().len() == 4).await;
    assert!(run.mentions()[3].revision >= u64::try_from(run.deletes()[0].at.as_millis()).unwrap());

    fake.edit(|site| {
        site.items.insert(1, json!({"id": 1, "type": "story", "time": 1, "deleted": true}));
    });
    run.until("the author's deletion", |run| run.deletes().len() == 2).await;
    assert_eq!(run.deletes()[1].reason.as_deref(), Some("author"));
}

#[tokio::test]
async fn only_what_is_wanted_is_kept_and_it_goes_when_it_no_longer_is() {
    let fake = Fake::start().await;
    fake.publish(1, json!({"title": "Fairphone 6"}));
    fake.publish(2, json!({"title": "Something else"}));
    fake.publish(3, json!({"parent": 2, "text": "I like it"}));
    let mut run = fake.run_wanting("Fairphone");
    run.until("all three", |run| run.items.len() >= 3).await;
    assert_eq!(run.mentions().len(), 1);
    assert_eq!(run.dropped(DropReason::NoQueryMatched), 2);
    fake.change(3, "text", json!("Better buy a Fairphone"));
    run.until("a match by an edit", |run| run.mentions().len() == 2).await;
    assert_eq!(run.mentions()[1].thread_id.as_deref(), Some("hackernews:2"));
    fake.change(1, "title", json!("Another phone"));
    run.until("the end of a match", |run| run.deletes().len() == 1).await;
    assert_eq!(run.deletes()[0].id, "hackernews:1");
}

#[tokio::test]
async fn a_comment_knows_its_story_however_deep_it_hangs() {
    let fake = Fake::start().await;
    fake.publish(1, json!({"title": "Ask HN: Which phone?"}));
    for id in 2..=60 {
        fake.publish(id, json!({"parent": id - 1, "text": "<i>deep</i>"}));
    }
    let mut run = fake.run();
    run.until("the deepest", |run| !run.states("hackernews:60").is_empty()).await;
    let deepest = run.states("hackernews:60")[0];
    assert_eq!((deepest.parent_id.as_deref(), deepest.text.as_str()), (Some("hackernews:59"), "deep"));
    for mention in run.mentions() {
        assert_eq!(mention.thread_id.as_deref(), Some("hackernews:1"), "{}", mention.id);
        assert_eq!(mention.extra["story_title"], "Ask HN: Which phone?");
    }
    assert!(fake.site.lock().unwrap().asked.values().all(|times| *times == 1), "the way up is remembered");
}

#[tokio::test]
async fn an_outage_is_waited_out_and_nothing_is_lost() {
    let fake = Fake::start().await;
    for id in 1..=30 {
        fake.publish(id, json!({"title": "a story"}));
    }
    fake.publish(31, json!({"title": "one whose time is missing", "time": null}));
    fake.edit(|site| {
        site.items.insert(32, json!("<html>an error page</html>"));
        site.max_item = 32;
        site.outage = 20;
    });
    let mut run = fake.run();
    run.until("everything", |run| run.mentions().len() >= 28).await;
    let waits = run.errors.iter().map(|error| match error {
        SourceError::Later { wait, error } => (*wait, error.contains("503")),
        SourceError::Setup(text) => panic!("{text}"),
    });
    let waits: Vec<_> = waits.collect();
    assert!(!waits.is_empty() && waits.iter().all(|wait| *wait == (Some(Duration::ZERO), true)), "{waits:?}");
    assert_eq!(run.rejected().len(), 2, "bad items are dead letters");
    assert_eq!(run.mentions().len(), 28);
}

#[tokio::test]
async fn history_is_searched_to_its_end_past_the_limit_of_one_answer() {
    let fake = Fake::start().await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    // 450 matches, some of them in one second and 50 too old; other stories in between.
    for id in 1..=1_000_u64 {
        let age = if id <= 100 { 40 * 86_400 } else { 86_400 + (1_000 - id) / 5 * 60 };
        let title = if id.is_multiple_of(2) { "about fairphone" } else { "about others" };
        fake.publish(id, json!({"title": title, "time": now - age}));
    }
    let mut config = fake.config();
    config.history = Some(Span::from_secs(30 * 86_400));
    config.search = vec!["fairphone".into(), "nothing at all".into()];
    let source = || HackerNewsSource::new(config.clone(), context()).unwrap();
    let mut run = Run::new(source());
    let found = |run: &Run<HackerNewsSource>| {
        let ids = run.mentions().into_iter().map(|mention| mention.id.clone());
        ids.collect::<std::collections::HashSet<_>>().len()
    };
    // Half of the way, then a new process.
    run.until("a first part", |run| found(run) > 200).await;
    run.source = source();
    run.until("all of it", |run| found(run) >= 450 + 15).await;
    let mut again = Again::Now;
    while again == Again::Now {
        again = run.step().await;
    }
    assert_eq!(found(&run), 450 + 15, "450 by the search, and the 15 newest others as live items");
    let searches = fake.site.lock().unwrap().searches;
    assert!((4..12).contains(&searches), "{searches}");
    run.step().await;
    assert_eq!(fake.site.lock().unwrap().searches, searches, "history is over");
}

/// The site behind a network that can fail, for the rules that every source keeps.
struct Town {
    network: Network,
    site: Shared,
    /// The item of each number, in the order of publication.
    ids: Mutex<HashMap<u64, u64>>,
}

impl Town {
    fn put(&self, number: u64, fields: Value) -> String {
        let mut site = self.site.lock().unwrap();
        site.max_item += 1;
        let id = site.max_item;
        let mut item = json!({"id": id, "type": "story", "by": "anna", "time": 1_700_000_000 + id, "title": format!("Story {number}")});
        item.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        site.items.insert(id, item);
        self.ids.lock().unwrap().insert(number, id);
        format!("hackernews:{id}")
    }

    fn change(&self, number: u64, field: &str, value: Value) {
        let id = self.ids.lock().unwrap()[&number];
        let mut site = self.site.lock().unwrap();
        site.items.get_mut(&id).unwrap()[field] = value;
        site.updates = vec![id];
    }
}

impl World for Town {
    const CAN: Can = Can { revoke: false, ..ALL };

    async fn start() -> Self {
        let (network, site) = (Network::start().await, Shared::default());
        let answer = |read: fn(&Site, &str) -> Value| {
            let site = Arc::clone(&site);
            move |asked: &Asked| Reply::json(&read(&site.lock().unwrap(), asked.last()))
        };
        network.on("GET /v0/maxitem.json", answer(|site, _| json!(site.max_item)));
        network.on("GET /v0/updates.json", answer(|site, _| json!({"items": site.updates, "profiles": []})));
        network.on(
            "GET /v0/item/*",
            answer(|site, file| {
                let id: u64 = file.strip_suffix(".json").unwrap().parse().unwrap();
                site.items.get(&id).cloned().unwrap_or_default()
            }),
        );
        Self { network, site, ids: Mutex::default() }
    }

    fn source(&self) -> Box<dyn Source> {
        let config = HackerNewsConfig {
            poll_interval: Span::from_millis(5),
            base_url: format!("{}/v0", self.network.url()),
            search_url: format!("{}/api/v1", self.network.url()),
            ..HackerNewsConfig::default()
        };
        Box::new(HackerNewsSource::new(config, context()).unwrap())
    }

    fn publish(&self, number: u64) -> String {
        self.put(number, json!({}))
    }

    fn publish_ahead(&self, number: u64) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        self.put(number, json!({"time": now + 86_400}))
    }

    fn edit(&self, number: u64) {
        self.change(number, "title", json!("A story that was edited"));
    }

    fn delete(&self, number: u64) {
        self.change(number, "deleted", json!(true));
    }

    fn publish_garbage(&self, number: u64) {
        self.put(number, json!({"time": null}));
    }

    fn fail(&self, times: usize, fault: Fault) {
        self.network.fail(times, fault);
    }

    fn revoke(&self) {}

    fn mend(&self) {
        self.network.mend();
    }

    fn secret(&self) -> &str {
        ""
    }
}

contract!(Town);

#[tokio::test]
async fn a_period_is_read_to_its_end_and_goes_on_after_a_restart() {
    let fake = Fake::start().await;
    let at = |id: u64| 1_700_000_000 + id * 60;
    for id in 1..=600 {
        let title = if id % 2 == 0 { "about fairphone" } else { "about others" };
        fake.publish(id, json!({"title": title, "time": at(id)}));
    }
    let time = |id: u64| Timestamp::from_seconds(i64::try_from(at(id)).unwrap());
    let period = Period { from: time(101), to: time(501) };
    let listening = || {
        let terms = Terms { words: vec!["fairphone".into(), "nothing at all".into()], because: None };
        SourceContext { terms, ..context() }
    };
    let source = || HackerNewsSource::new(fake.config(), listening()).unwrap();
    let estimate = source().estimate(period).await.unwrap();
    assert_eq!((estimate.mentions, estimate.units), (Some(200), None));
    let (mut cursor, mut ids, mut shares) = (None, std::collections::BTreeSet::new(), Vec::new());
    loop {
        // A new process for each piece.
        let Backfilled { page, done } = source().backfill(period, cursor.as_ref()).await.unwrap();
        ids.extend(page.items.iter().filter_map(|item| match item {
            Item::Keep(event) => Some(event.key().to_owned()),
            _ => None,
        }));
        shares.push(done);
        cursor = page.next.or(cursor);
        if page.again == Again::Never {
            break;
        }
    }
    let expected: std::collections::BTreeSet<_> =
        (101..501).filter(|id| id % 2 == 0).map(|id| format!("hackernews:{id}")).collect();
    assert_eq!(ids, expected);
    assert!(shares.is_sorted() && shares.last() == Some(&1.0) && shares.len() >= 2, "{shares:?}");
    let without = HackerNewsSource::new(fake.config(), context()).unwrap().estimate(period).await;
    assert!(matches!(without, Err(SourceError::Setup(why)) if why.contains("no brand")));
}
