//! Reddit with its tokens, listings that lose items, and things that are `[deleted]` when they are asked for by name.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hark_ingest::{Again, BudgetConfig, Source, SourceContext, SourceError, SourceKind, sources::reddit::RedditConfig};
use hark_mention::{
    DropReason, Mention, Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

const SECRET: &str = "very-secret";

/// Most items that a page shows here; Reddit shows a hundred.
const PAGE: usize = 4;

#[derive(Default)]
struct Site {
    /// Posts and comments, the oldest first.
    things: Vec<Value>,
    /// Names that are gone when they are asked for.
    gone: Vec<String>,
    tokens: u32,
    /// Requests left, as the headers tell.
    left: Option<(f64, u64)>,
}

type Shared = Arc<Mutex<Site>>;

struct Reddit {
    network: Network,
    site: Shared,
}

impl Reddit {
    fn config(&self) -> RedditConfig {
        RedditConfig {
            client_id: "app".into(),
            client_secret: Some(Secret::given(SECRET)),
            account: "hark_bot".into(),
            subreddits: vec!["phones".into()],
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(1),
            base_url: self.network.url(),
            token_url: format!("{}/api/v1/access_token", self.network.url()),
            ..RedditConfig::default()
        }
    }

    fn run(&self, config: RedditConfig) -> Run<Box<dyn Source>> {
        Run::new(config.build(context()).unwrap())
    }

    fn edit_site(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    /// Odd numbers are comments, even ones posts.
    fn add(&self, number: u64, created: i64, text: &str) -> String {
        let name = format!("{}_{number}", if number % 2 == 1 { "t1" } else { "t3" });
        let mut data = json!({"name": name, "created_utc": created as f64, "edited": false, "author": "jan", "author_fullname": "t2_jan",
            "subreddit": "phones", "score": 1, "permalink": format!("/r/phones/{number}/"), "replies": "", "link_id": "t3_0", "parent_id": "t3_0"});
        let html = format!("<div class=\"md\"><p>{text}</p></div>");
        let fields = match number % 2 {
            1 => json!({"body": text, "body_html": html, "link_title": "Phones"}),
            _ => json!({"title": text, "selftext": text, "selftext_html": html, "is_self": true}),
        };
        data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.edit_site(|site| site.things.push(data));
        format!("reddit:{name}")
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Value)) {
        self.edit_site(|site| {
            let end = format!("_{number}");
            let thing =
                site.things.iter_mut().find(|thing| thing["name"].as_str().is_some_and(|name| name.ends_with(&end)));
            change(thing.unwrap());
        });
    }
}

fn kind(thing: &Value) -> &str {
    let name = thing["name"].as_str().unwrap();
    name.split_once('_').unwrap().0
}

fn seconds() -> i64 {
    Timestamp::now().as_millis() / 1000
}

fn token(site: &Shared, asked: &Asked) -> Reply {
    assert_eq!(asked.header("authorization"), "Basic YXBwOnZlcnktc2VjcmV0");
    assert!(asked.header("user-agent").contains("/u/hark_bot"));
    assert_eq!(asked.form()["grant_type"], "client_credentials");
    let mut site = site.lock().unwrap();
    site.tokens += 1;
    Reply::json(
        &json!({"access_token": format!("t{}", site.tokens), "token_type": "bearer", "expires_in": 86_400, "scope": "*"}),
    )
}

/// The newest first, and `after` the name that the page before ended with.
fn listing(site: &Shared, asked: &Asked, kind: &str) -> Reply {
    assert_eq!((asked.query("raw_json"), asked.query("limit")), (Some("1"), Some("100")));
    assert!(asked.header("user-agent").starts_with("server:hark:v"));
    let site = site.lock().unwrap();
    if asked.header("authorization") != format!("Bearer t{}", site.tokens) {
        return Reply::status(401);
    }
    let of_kind = |thing: &&Value| thing["name"].as_str().is_none_or(|name| name.starts_with(kind));
    let mut all: Vec<&Value> = site.things.iter().filter(of_kind).collect();
    all.sort_by_key(|thing| thing["created_utc"].as_f64().map_or(0, |time| time as i64));
    all.reverse();
    let start = asked
        .query("after")
        .map_or(0, |after| all.iter().position(|thing| thing["name"] == after).map_or(all.len(), |at| at + 1));
    let page = &all[start..all.len().min(start + PAGE)];
    let after = (start + PAGE < all.len()).then(|| page.last().unwrap()["name"].clone());
    page_of(kind, page, after.unwrap_or_default(), site.left)
}

fn by_name(site: &Shared, asked: &Asked) -> Reply {
    let site = site.lock().unwrap();
    let names: Vec<&str> = asked.query("id").unwrap().split(',').collect();
    assert!(names.len() <= 100);
    let all: Vec<Value> =
        site.things.iter().filter(|thing| names.iter().any(|name| thing["name"] == *name)).cloned().collect();
    let shown = |thing: Value| {
        let is_gone = site.gone.iter().any(|gone| thing["name"] == *gone);
        let mut thing = thing;
        if is_gone {
            thing["author"] = "[deleted]".into();
            thing["body"] = "[deleted]".into();
            thing["selftext"] = "[deleted]".into();
        }
        thing
    };
    let all: Vec<Value> = all.into_iter().map(shown).collect();
    let children: Vec<Value> = all.iter().map(|thing| json!({"kind": kind(thing), "data": thing})).collect();
    Reply::json(&json!({"kind": "Listing", "data": {"after": null, "children": children}}))
}

fn page_of(kind: &str, page: &[&Value], after: Value, left: Option<(f64, u64)>) -> Reply {
    let children: Vec<Value> = page.iter().map(|thing| json!({"kind": kind, "data": thing})).collect();
    let reply = Reply::json(
        &json!({"kind": "Listing", "data": {"after": after, "dist": children.len(), "children": children}}),
    );
    let (left, reset) = left.unwrap_or((598.0, 523));
    reply.header("x-ratelimit-remaining", &format!("{left:.1}")).header("x-ratelimit-reset", &reset.to_string())
}

impl World for Reddit {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, site) = (Network::start().await, Shared::default());
        let on = |route: &str, answer: fn(&Shared, &Asked) -> Reply| {
            let site = Arc::clone(&site);
            network.on(route, move |asked| answer(&site, asked));
        };
        on("POST /api/v1/access_token", token);
        on("GET /r/phones/new", |site, asked| listing(site, asked, "t3"));
        on("GET /r/phones/comments", |site, asked| listing(site, asked, "t1"));
        on("GET /search", |site, asked| listing(site, asked, "t3"));
        on("GET /api/info", by_name);
        Self { network, site }
    }

    fn source(&self) -> Box<dyn Source> {
        self.config().build(context()).unwrap()
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, seconds(), &format!("text {number}"))
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        self.add(number, at.as_millis() / 1000, &format!("text {number}"))
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.add(number, seconds() + 86_400, &format!("text {number}"))
    }

    fn edit(&self, number: u64) {
        self.change(number, |thing| {
            let html = "<p>edited</p>";
            thing["edited"] = (seconds() as f64).into();
            thing[if number % 2 == 1 { "body_html" } else { "selftext_html" }] = html.into();
        });
    }

    fn delete(&self, number: u64) {
        self.change(number, |_| {});
        self.edit_site(|site| {
            let end = format!("_{number}");
            let names: Vec<String> =
                site.things.iter().filter_map(|thing| thing["name"].as_str().map(str::to_owned)).collect();
            site.gone.extend(names.into_iter().filter(|name| name.ends_with(&end)));
        });
    }

    fn publish_garbage(&self, number: u64) {
        let thing = json!({"name": ["t1", number], "created_utc": seconds() as f64, "body": {"text": 1}});
        self.edit_site(|site| site.things.push(thing));
    }

    fn fail(&self, times: usize, fault: Fault) {
        self.network.fail(times, fault);
    }

    fn revoke(&self) {
        self.network.revoke();
    }

    fn mend(&self) {
        self.network.mend();
    }

    fn secret(&self) -> &str {
        SECRET
    }
}

contract!(Reddit);

#[tokio::test]
async fn a_long_absence_is_read_page_by_page_and_a_gap_is_told() {
    let reddit = Reddit::start().await;
    let now = seconds();
    reddit.add(1, now - 5000, "first");
    let mut run = reddit.run(reddit.config());
    run.until("the first", |run| !run.mentions().is_empty()).await;
    // Thirty comments: more than a page shows, fewer than Reddit remembers.
    for number in 0..30 {
        reddit.add(2 * number + 3, now - 4000 + i64::try_from(number).unwrap(), "later");
    }
    run.until("all of them", |run| run.mentions().len() == 31).await;
    assert!(run.errors.is_empty(), "{:?}", run.errors);
    // The newest known one is deleted, and it is no anchor.
    reddit.edit_site(|site| site.things.retain(|thing| thing["name"] != "t1_61"));
    reddit.add(101, now, "the newest");
    run.until("the newest", |run| !run.states("reddit:t1_101").is_empty()).await;
    run.until("the deletion", |run| run.deletes().iter().any(|delete| delete.id == "reddit:t1_61")).await;
    // More than ten pages: what lies beyond cannot be had.
    for number in 0..60 {
        reddit.add(2 * number + 201, now + 1, "too many");
    }
    let mut gaps = Vec::new();
    while gaps.is_empty() {
        let page = run.source.fetch(run.cursor.as_ref()).await.unwrap();
        gaps = page.gaps;
        run.cursor = page.next.or(run.cursor.take());
    }
    assert!(gaps[0].from < gaps[0].to);
}

#[tokio::test]
async fn the_limit_is_kept_before_it_is_met() {
    let reddit = Reddit::start().await;
    reddit.publish(1);
    reddit.edit_site(|site| site.left = Some((1.0, 300)));
    let mut run = reddit.run(reddit.config());
    assert_eq!(run.step().await, Again::After(Duration::from_secs(300)));
}

#[tokio::test]
async fn a_budget_is_never_exceeded() {
    let reddit = Reddit::start().await;
    reddit.publish(1);
    let config = RedditConfig { budget: Some(BudgetConfig { per_day: 3 }), ..reddit.config() };
    let mut run = reddit.run(config);
    let refused = loop {
        match run.source.fetch(run.cursor.as_ref()).await {
            Ok(page) => run.cursor = page.next.or(run.cursor.take()),
            Err(error) => break error,
        }
        tokio::task::yield_now().await;
    };
    assert!(matches!(&refused, SourceError::Later { wait: Some(_), .. }), "{refused:?}");
    let asked = reddit.network.asked();
    assert_eq!(asked.iter().filter(|asked| asked.method == "GET").count(), 3);
}

#[tokio::test]
async fn only_what_is_wanted_is_kept_and_closed_subreddits_stop_nothing() {
    let reddit = Reddit::start().await;
    reddit.network.on("GET /r/secret/*", |_| {
        Reply::json(&json!({"message": "Forbidden", "error": 403, "reason": "private"})).with_status(403)
    });
    reddit.add(1, seconds(), "a fridge");
    reddit.add(3, seconds(), "a phone");
    let wanted = |mention: &Mention| mention.text.contains("phone");
    let listening = SourceContext { wanted: Some(Arc::new(wanted)), ..context() };
    let config = RedditConfig { subreddits: vec!["secret".into(), "phones".into()], ..reddit.config() };
    let mut run = Run::new(config.build(listening).unwrap());
    run.until("the wanted one", |run| !run.mentions().is_empty()).await;
    run.until("the other", |run| run.dropped(DropReason::NoQueryMatched) > 0).await;
    assert_eq!(run.mentions()[0].id, "reddit:t1_3");
    let only = RedditConfig { subreddits: vec!["secret".into()], ..reddit.config() };
    let mut source = only.build(context()).unwrap();
    let mut told = None;
    for _ in 0..3 {
        if let Err(SourceError::Setup(text)) = source.fetch(None).await {
            told = Some(text);
        }
    }
    assert!(told.is_some_and(|told| told.contains("private")));
}
