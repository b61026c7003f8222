//! A Discourse forum, of today and of some years ago.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use hark_ingest::{
    Source,
    sources::discourse::{DiscourseConfig, DiscourseSource},
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

#[derive(Default)]
struct Posts {
    posts: BTreeMap<u64, Value>,
    ids: BTreeMap<u64, u64>,
    /// Pages are windows of 50 numbers, of which the visible ones are given.
    is_old: bool,
}

struct Forum {
    network: Network,
    posts: Arc<Mutex<Posts>>,
    last: AtomicU64,
}

impl Posts {
    fn latest(&self, asked: &Asked) -> Reply {
        let before = asked.query("before").map(|before| before.parse::<u64>().unwrap());
        let newest = self.posts.keys().next_back().copied().unwrap_or_default();
        let page: Vec<&Value> = match (self.is_old, before) {
            (true, before) => {
                let before = before.unwrap_or(newest);
                self.posts.range(before.saturating_sub(49)..=before).rev().map(|(_, post)| post).collect()
            }
            (false, before) => {
                self.posts.range(..before.unwrap_or(u64::MAX)).rev().take(50).map(|(_, post)| post).collect()
            }
        };
        Reply::json(&json!({"latest_posts": page}))
    }

    fn one(&self, asked: &Asked) -> Reply {
        match self.posts.get(&asked.last().trim_end_matches(".json").parse().unwrap()) {
            Some(post) => {
                let mut post = post.clone();
                // Alone it does not tell the title of its topic.
                post.as_object_mut().unwrap().remove("topic_title");
                Reply::json(&post)
            }
            None => Reply::json(&json!({"errors": ["gone"], "error_type": "not_found"})).with_status(404),
        }
    }
}

impl Forum {
    fn config(&self) -> DiscourseConfig {
        DiscourseConfig {
            url: self.network.url(),
            api_key: Some(Secret::given(KEY)),
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(0),
            ..DiscourseConfig::default()
        }
    }

    fn add(&self, number: u64, fields: Value) -> String {
        let id = self.last.fetch_add(1, Ordering::SeqCst) + 1;
        let now = Timestamp::now().to_string();
        let mut post = json!({"id": id, "topic_id": 11, "topic_slug": "phones", "topic_title": "Phones", "post_number": number,
            "post_type": 1, "username": "ann", "name": null, "user_id": 4, "created_at": now, "updated_at": now, "version": 1,
            "cooked": format!("<p>post {number}</p>"), "reply_count": 0, "reads": 1, "actions_summary": []});
        post.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let mut posts = self.posts.lock().unwrap();
        posts.posts.insert(id, post);
        posts.ids.insert(number, id);
        let place = self.network.url().replace("http://", "");
        format!("discourse:{place}:{id}")
    }

    /// Numbers that were given to private messages.
    fn skip(&self, numbers: u64) {
        self.last.fetch_add(numbers, Ordering::SeqCst);
    }

    fn run(&self) -> Run<DiscourseSource> {
        Run::new(DiscourseSource::new(self.config(), context()).unwrap())
    }
}

impl World for Forum {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, posts) = (Network::start().await, Arc::<Mutex<Posts>>::default());
        let guard = |answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>| {
            move |asked: &Asked| match (asked.header("api-key"), asked.header("api-username")) {
                (KEY, "system") => answer(asked),
                _ => Reply::json(&json!({"errors": ["no"], "error_type": "invalid_access"})).with_status(403),
            }
        };
        let of = posts.clone();
        network.on("GET /posts.json", guard(Box::new(move |asked| of.lock().unwrap().latest(asked))));
        let of = posts.clone();
        network.on("GET /posts/*", guard(Box::new(move |asked| of.lock().unwrap().one(asked))));
        network.on("GET /t/11.json", guard(Box::new(|_| Reply::json(&json!({"id": 11, "title": "Phones"})))));
        Self { network, posts, last: AtomicU64::new(1000) }
    }

    fn source(&self) -> Box<dyn Source> {
        Box::new(DiscourseSource::new(self.config(), context()).unwrap())
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, json!({}))
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        let at = at.to_string();
        self.add(number, json!({"created_at": at, "updated_at": at}))
    }

    fn publish_ahead(&self, number: u64) -> String {
        let ahead = Timestamp::from_millis(Timestamp::now().as_millis() + 86_400_000).to_string();
        self.add(number, json!({"created_at": ahead, "updated_at": ahead}))
    }

    fn edit(&self, number: u64) {
        let mut posts = self.posts.lock().unwrap();
        let id = posts.ids[&number];
        let post = posts.posts.get_mut(&id).unwrap();
        post["cooked"] = format!("<p>edited {number}</p>").into();
        post["version"] = 2.into();
        post["updated_at"] = Timestamp::now().to_string().into();
    }

    fn delete(&self, number: u64) {
        let mut posts = self.posts.lock().unwrap();
        let id = posts.ids[&number];
        posts.posts.remove(&id);
    }

    fn publish_garbage(&self, number: u64) {
        self.add(number, json!({"cooked": 7}));
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

contract!(Forum);

#[tokio::test]
async fn a_long_interruption_is_read_down_to_its_beginning_also_from_a_forum_of_some_years_ago() {
    for is_old in [false, true] {
        let forum = Forum::start().await;
        forum.posts.lock().unwrap().is_old = is_old;
        let first = forum.publish(1);
        let mut run = forum.run();
        run.until("the first", |run| !run.states(&first).is_empty()).await;
        // Between the public posts stand more private ones than a page has numbers.
        let mut missed = Vec::new();
        for number in 2..150 {
            missed.push(forum.publish(number));
            forum.skip(if number % 40 == 0 { 170 } else { 0 });
        }
        run.until("all that was missed", |run| missed.iter().all(|id| !run.states(id).is_empty())).await;
        let asked = forum.network.times("/posts.json");
        assert!(asked < 60, "{asked} pages");
    }
}

#[tokio::test]
async fn a_key_that_is_no_longer_taken_deletes_nothing() {
    let forum = Forum::start().await;
    let id = forum.publish(1);
    let mut run = forum.run();
    run.until("the post", |run| !run.states(&id).is_empty()).await;
    let config = DiscourseConfig { api_key: Some(Secret::given("another")), ..forum.config() };
    let mut source = DiscourseSource::new(config, context()).unwrap();
    for _ in 0..5 {
        assert!(source.fetch(run.cursor.as_ref()).await.is_err());
    }
    // The title of a topic is not lost when the post that began it is looked at again.
    for _ in 0..20 {
        run.step().await;
    }
    assert_eq!(run.states(&id).len(), 1);
    assert!(run.deletes().is_empty() && forum.network.times("/t/11.json") > 0);
}
