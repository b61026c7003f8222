//! The interface of Stack Exchange: a search that cuts texts short, texts by their numbers, limits of its own.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use hark_ingest::{
    BudgetConfig, Source, SourceError,
    sources::stackexchange::{StackExchangeConfig, StackExchangeSource},
};
use hark_mention::{
    Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

const KEY: &str = "hidden-key";

/// Posts by their numbers; even ones are questions, odd ones answers.
#[derive(Default)]
struct Posts {
    posts: BTreeMap<u64, Value>,
    /// Seconds that come with each answer of the search.
    backoff: Option<u64>,
}

struct Site {
    network: Network,
    posts: Arc<Mutex<Posts>>,
}

/// Always compressed, whatever was asked for.
fn answer(json: &Value) -> Reply {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(json.to_string().as_bytes()).unwrap();
    Reply::ok(encoder.finish().unwrap()).header("content-type", "application/json").header("content-encoding", "gzip")
}

fn wrap(items: &[&Value], has_more: bool, backoff: Option<u64>) -> Reply {
    let mut around = json!({"items": items, "has_more": has_more, "quota_max": 10_000, "quota_remaining": 9_000});
    if let Some(backoff) = backoff {
        around["backoff"] = backoff.into();
    }
    answer(&around)
}

fn refuse(name: &str, message: &str) -> Reply {
    answer(&json!({"error_id": 502, "error_name": name, "error_message": message})).with_status(400)
}

impl Posts {
    fn search(&self, asked: &Asked) -> Reply {
        assert_eq!((asked.query("site"), asked.query("q")), (Some("stackoverflow"), Some("\"fair phone\"")));
        let number = |key, usual: i64| asked.query(key).map_or(usual, |text| text.parse().unwrap());
        let of = |post: &Value, key: &str| post[key].as_i64().unwrap_or_default();
        // By the time of writing, or of the last activity.
        let sorted = if asked.query("sort") == Some("creation") { "creation_date" } else { "last_activity_date" };
        let min = number("min", 0);
        let written = number("fromdate", 0)..=number("todate", i64::MAX);
        let is_found = |post: &&Value| of(post, sorted) >= min && written.contains(&of(post, "creation_date"));
        let mut found: Vec<&Value> = self.posts.values().filter(is_found).collect();
        found.sort_by_key(|post| std::cmp::Reverse(of(post, sorted)));
        if asked.query("filter") == Some("total") {
            return answer(&json!({"total": found.len()}));
        }
        assert_eq!(asked.query("order"), Some("desc"));
        let (page, size) = (number("page", 1), number("pagesize", 30));
        assert!(size <= 100 && page <= 25);
        let start = usize::try_from((page - 1) * size).unwrap();
        let size = usize::try_from(size).unwrap();
        let cut = |post: &&Value| {
            let mut cut = (**post).clone();
            cut.as_object_mut().unwrap().remove("body");
            cut["title"] = "A question &amp; more".into();
            cut["excerpt"] = "&hellip;".into();
            cut
        };
        let items: Vec<Value> = found.iter().skip(start).take(size).map(cut).collect();
        wrap(&items.iter().collect::<Vec<_>>(), found.len() > start + size, self.backoff)
    }

    fn texts(&self, asked: &Asked, of_questions: bool) -> Reply {
        assert_eq!(asked.query("filter"), Some("withbody"));
        let ids: Vec<u64> = asked.last().split(';').map(|id| id.parse().unwrap()).collect();
        assert!(ids.len() <= 100);
        let posts = ids
            .iter()
            .filter_map(|id| self.posts.get(id))
            .filter(|post| post.get("answer_id").is_none() == of_questions);
        wrap(&posts.collect::<Vec<_>>(), false, None)
    }
}

impl Site {
    fn config(&self) -> StackExchangeConfig {
        StackExchangeConfig {
            search: vec!["fair phone".into()],
            key: Some(Secret::given(KEY)),
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(0),
            budget: Some(BudgetConfig { per_day: 1_000_000 }),
            base_url: format!("{}/2.3", self.network.url()),
            ..StackExchangeConfig::default()
        }
    }

    fn make(&self, config: StackExchangeConfig) -> StackExchangeSource {
        StackExchangeSource::new(config, context()).unwrap()
    }

    fn add(&self, number: u64, at: i64, fields: Value) -> String {
        let mut post = json!({"question_id": number & !1, "title": "A question &amp; more", "body": format!("<p>post {number}</p>"),
            "creation_date": at / 1000, "last_activity_date": at / 1000, "score": 1, "tags": ["phone"], "content_license": "CC BY-SA 4.0",
            "owner": {"account_id": 1, "display_name": "Ann"}});
        if number % 2 == 1 {
            post["answer_id"] = number.into();
            post.as_object_mut().unwrap().remove("title");
        }
        post.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.posts.lock().unwrap().posts.insert(number, post);
        format!("stackexchange:stackoverflow:{number}")
    }
}

impl World for Site {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, posts) = (Network::start().await, Arc::<Mutex<Posts>>::default());
        let guard = |answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>| {
            move |asked: &Asked| match asked.query("key") {
                Some(KEY) => answer(asked),
                _ => refuse("bad_parameter", "`key` doesn't match a known application"),
            }
        };
        let of = posts.clone();
        network.on("GET /2.3/search/excerpts", guard(Box::new(move |asked| of.lock().unwrap().search(asked))));
        for (name, of_questions) in [("questions", true), ("answers", false)] {
            let of = posts.clone();
            let texts = move |asked: &Asked| of.lock().unwrap().texts(asked, of_questions);
            network.on(&format!("GET /2.3/{name}/*"), guard(Box::new(texts)));
        }
        Self { network, posts }
    }

    fn source(&self) -> Box<dyn Source> {
        Box::new(self.make(self.config()))
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis(), json!({}))
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        self.add(number, at.as_millis(), json!({}))
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis() + 86_400_000, json!({}))
    }

    fn edit(&self, number: u64) {
        let now = Timestamp::now().as_millis() / 1000;
        let mut posts = self.posts.lock().unwrap();
        let post = posts.posts.get_mut(&number).unwrap();
        post["body"] = "<p>edited</p>".into();
        post["last_edit_date"] = now.into();
        post["last_activity_date"] = now.into();
    }

    fn delete(&self, number: u64) {
        self.posts.lock().unwrap().posts.remove(&number);
    }

    fn publish_garbage(&self, number: u64) {
        self.add(number, Timestamp::now().as_millis(), json!({"body": 7}));
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
        KEY
    }
}

contract!(Site);

fn wait(error: SourceError) -> Duration {
    match error {
        SourceError::Later { wait: Some(wait), .. } => wait,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn many_pages_are_read_and_answers_know_their_question() {
    let site = Site::start().await;
    let now = Timestamp::now().as_millis();
    let ids: Vec<_> =
        (10..340).map(|number| site.add(number, now - 1000 * i64::try_from(number).unwrap(), json!({}))).collect();
    let mut run = Run::new(site.make(site.config()));
    run.until("all", |run| ids.iter().all(|id| !run.states(id).is_empty())).await;
    let answer = run.states("stackexchange:stackoverflow:11")[0];
    assert_eq!(answer.parent_id.as_deref(), Some("stackexchange:stackoverflow:10"));
    assert_eq!(answer.extra["question_title"], "A question & more");
    assert_eq!(run.mentions().len(), ids.len(), "each once");
}

#[tokio::test]
async fn a_backoff_is_kept_also_by_the_next_process() {
    let site = Site::start().await;
    site.posts.lock().unwrap().backoff = Some(30);
    let first = site.publish(1);
    let mut run = Run::new(site.make(site.config()));
    run.until("the first", |run| !run.states(&first).is_empty()).await;
    let asked = site.network.times("/2.3/search");
    let mut next = site.make(site.config());
    let waited = wait(next.fetch(run.cursor.as_ref()).await.unwrap_err());
    assert!((25..=32).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(site.network.times("/2.3/search"), asked, "the method rests");
}

#[tokio::test]
async fn a_throttle_is_waited_out_for_as_long_as_it_says() {
    let network = Network::start().await;
    network.on("GET /2.3/search/excerpts", |_| {
        refuse("throttle_violation", "too many requests from this IP, more requests available in 5703 seconds")
    });
    let config = StackExchangeConfig {
        base_url: format!("{}/2.3", network.url()),
        search: vec!["x".into()],
        ..StackExchangeConfig::default()
    };
    let mut source = StackExchangeSource::new(config, context()).unwrap();
    assert_eq!(wait(source.fetch(None).await.unwrap_err()), Duration::from_secs(5703));
}

#[tokio::test]
async fn the_budget_is_never_exceeded() {
    let site = Site::start().await;
    site.publish(1);
    let config = StackExchangeConfig { budget: Some(BudgetConfig { per_day: 4 }), ..site.config() };
    let mut run = Run::new(site.make(config));
    for _ in 0..20 {
        // What is used up waits for the day to end; it is asked again at once here.
        run.step().await;
    }
    assert_eq!(site.network.asked().len(), 4);
    assert!(run.errors.iter().all(|error| matches!(error, SourceError::Later { wait: Some(_), .. })));
}
