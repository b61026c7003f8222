//! A Lemmy server: posts by cursors, comments by page numbers.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use hark_ingest::{
    Source,
    sources::lemmy::{LemmyConfig, LemmySource},
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

const TOKEN: &str = "hidden-token";

/// Posts and comments, each by the server's own number; even numbers of the tests are posts, odd ones comments.
#[derive(Default)]
struct Things {
    views: BTreeMap<(bool, u64), Value>,
    ids: BTreeMap<u64, (bool, u64)>,
}

struct Server {
    network: Network,
    things: Arc<Mutex<Things>>,
    last: AtomicU64,
}

impl Things {
    fn list(&self, of_posts: bool, asked: &Asked) -> Reply {
        assert_eq!((asked.query("sort"), asked.query("limit")), (Some("New"), Some("50")));
        let name = if of_posts { "post" } else { "comment" };
        let mut views: Vec<&Value> =
            self.views.iter().filter(|((is_post, _), _)| *is_post == of_posts).map(|(_, view)| view).collect();
        // By the time that their authors' servers tell, and what is pinned before all others.
        let published = |view: &&Value| view[name]["published"].as_str().unwrap().to_owned();
        views.sort_by_key(|view| std::cmp::Reverse((view[name]["featured_local"] == true, published(view))));
        let start = match (of_posts, asked.query("page_cursor"), asked.query("page")) {
            (true, Some(cursor), _) => usize::from_str_radix(cursor.trim_start_matches('P'), 16).unwrap(),
            (false, _, Some(page)) => (page.parse::<usize>().unwrap() - 1) * 50,
            _ => 0,
        };
        let page: Vec<&Value> = views.into_iter().skip(start).take(50).collect();
        let next = (page.len() == 50).then(|| format!("P{:x}", start + 50));
        match of_posts {
            true => Reply::json(&json!({"posts": page, "next_page": next})),
            false => Reply::json(&json!({"comments": page})),
        }
    }

    fn one(&self, of_posts: bool, asked: &Asked) -> Reply {
        let id = asked.query("id").unwrap().parse().unwrap();
        match (of_posts, self.views.get(&(of_posts, id))) {
            (true, Some(view)) => Reply::json(&json!({"post_view": view, "moderators": []})),
            (false, Some(view)) => Reply::json(&json!({"comment_view": view, "recipient_ids": []})),
            _ => Reply::json(&json!({"error": "couldnt_find_post"})).with_status(404),
        }
    }
}

impl Server {
    fn config(&self) -> LemmyConfig {
        LemmyConfig {
            instance: self.network.url(),
            token: Some(Secret::given(TOKEN)),
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(0),
            ..LemmyConfig::default()
        }
    }

    fn add(&self, number: u64, at: i64, fields: Value) -> String {
        let id = self.last.fetch_add(1, Ordering::SeqCst) + 1;
        let is_post = number.is_multiple_of(2);
        let ap_id = format!("https://far.example/{}/{number}", if is_post { "post" } else { "comment" });
        // As versions before 0.19.4 write it.
        let published = Timestamp::from_millis(at).to_string().replace('Z', "789");
        let post = json!({"id": if is_post { id } else { 1 }, "ap_id": if is_post { &ap_id } else { "https://far.example/post/0" },
            "name": format!("post {number}"), "body": "*text*", "published": published, "language_id": 39});
        let mut view = json!({"post": post, "creator": {"name": "ann", "actor_id": "https://far.example/u/ann"},
            "community": {"name": "phones", "actor_id": "https://far.example/c/phones"}, "counts": {"upvotes": 1}});
        if !is_post {
            view["comment"] = json!({"id": id, "ap_id": ap_id, "content": format!("comment {number}"), "path": format!("0.{id}"),
                "published": published, "language_id": 39});
        }
        let name = if is_post { "post" } else { "comment" };
        view[name].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let mut things = self.things.lock().unwrap();
        things.views.insert((is_post, id), view);
        things.ids.insert(number, (is_post, id));
        format!("lemmy:{ap_id}")
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Value)) {
        let mut things = self.things.lock().unwrap();
        let key = things.ids[&number];
        let name = if key.0 { "post" } else { "comment" };
        change(&mut things.views.get_mut(&key).unwrap()[name]);
    }
}

impl World for Server {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, things) = (Network::start().await, Arc::<Mutex<Things>>::default());
        let guard = |answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>| {
            move |asked: &Asked| match asked.header("authorization") == format!("Bearer {TOKEN}") {
                true => answer(asked),
                false => Reply::json(&json!({"error": "incorrect_login"})).with_status(401),
            }
        };
        let site =
            json!({"all_languages": [{"id": 0, "code": "und", "name": "x"}, {"id": 39, "code": "nl", "name": "y"}]});
        network.on("GET /api/v3/site", guard(Box::new(move |_| Reply::json(&site))));
        for (name, of_posts) in [("post", true), ("comment", false)] {
            let of = things.clone();
            let list = move |asked: &Asked| of.lock().unwrap().list(of_posts, asked);
            network.on(&format!("GET /api/v3/{name}/list"), guard(Box::new(list)));
            let of = things.clone();
            let one = move |asked: &Asked| of.lock().unwrap().one(of_posts, asked);
            network.on(&format!("GET /api/v3/{name}"), guard(Box::new(one)));
        }
        Self { network, things, last: AtomicU64::new(100) }
    }

    fn source(&self) -> Box<dyn Source> {
        Box::new(LemmySource::new(self.config(), context()).unwrap())
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
        self.change(number, |thing| {
            let field = if thing.get("content").is_some() { "content" } else { "body" };
            thing[field] = "edited".into();
            thing["updated"] = Timestamp::now().to_string().into();
        });
    }

    fn delete(&self, number: u64) {
        let mut things = self.things.lock().unwrap();
        let key = things.ids[&number];
        things.views.remove(&key);
    }

    fn publish_garbage(&self, number: u64) {
        let name = if number.is_multiple_of(2) { "name" } else { "content" };
        self.add(number, Timestamp::now().as_millis(), json!({name: 7}));
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
        TOKEN
    }
}

contract!(Server);

#[tokio::test]
async fn what_arrives_late_and_what_is_far_down_is_found() {
    let server = Server::start().await;
    let now = Timestamp::now().as_millis();
    server.add(0, now - 86_400_000, json!({"featured_local": true}));
    let first = [2, 3].map(|number| server.publish(number));
    let mut run = Run::new(LemmySource::new(server.config(), context()).unwrap());
    run.until("the first ones", |run| first.iter().all(|id| !run.states(id).is_empty())).await;
    // Sent late by another server, so sorted below what is known, and more than one page of both.
    let mut missed: Vec<_> = (4..6).map(|number| server.add(number, now - 200_000, json!({}))).collect();
    missed.extend((6..250).map(|number| server.publish(number)));
    run.until("all of them", |run| missed.iter().all(|id| !run.states(id).is_empty())).await;
    assert!(run.mentions().iter().all(|mention| mention.lang_hint.as_deref() == Some("nl")));
}

#[tokio::test]
async fn a_flag_is_a_deletion_too() {
    let server = Server::start().await;
    let ids = [2, 3].map(|number| server.publish(number));
    let mut run = Run::new(LemmySource::new(server.config(), context()).unwrap());
    run.until("both", |run| ids.iter().all(|id| !run.states(id).is_empty())).await;
    server.change(2, |post| post["removed"] = true.into());
    server.change(3, |comment| comment["deleted"] = true.into());
    run.until("both deletions", |run| run.deletes().len() == 2).await;
    let mut reasons: Vec<_> = run.deletes().iter().map(|delete| delete.reason.clone().unwrap()).collect();
    reasons.sort();
    assert_eq!(reasons, ["author", "moderator"]);
}
