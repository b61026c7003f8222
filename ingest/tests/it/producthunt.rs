//! Product Hunt's GraphQL: launches by topic, comments with answers, points of complexity, errors with the status 200.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hark_ingest::{Again, Source, SourceContext, SourceKind, sources::producthunt::ProductHuntConfig};
use hark_mention::{
    DropReason, Mention, Timestamp,
    config::{Secret, Span},
};
use serde_json::{Map, Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

const TOKEN: &str = "very-secret";

/// Most comments that a page shows here; Product Hunt shows twenty.
const PAGE: usize = 3;

#[derive(Default)]
struct Site {
    /// The oldest first.
    comments: Vec<Value>,
    launches: Vec<Value>,
    /// Points left, and seconds until all are free.
    left: Option<(u32, u32)>,
}

type Shared = Arc<Mutex<Site>>;

struct ProductHunt {
    network: Network,
    site: Shared,
}

impl ProductHunt {
    fn config(&self) -> ProductHuntConfig {
        ProductHuntConfig {
            token: Some(Secret::given(TOKEN)),
            posts: vec!["phone".into()],
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(1),
            base_url: self.network.url(),
            ..ProductHuntConfig::default()
        }
    }

    fn edit_site(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    fn add(&self, number: u64, at: Timestamp) -> String {
        let comment = comment(&number.to_string(), &format!("<p>text {number}</p>"), at);
        self.edit_site(|site| site.comments.push(comment));
        format!("producthunt:comment:{number}")
    }
}

fn comment(id: &str, body: &str, at: Timestamp) -> Value {
    json!({"id": id, "body": body, "url": format!("https://www.producthunt.com/posts/phone?comment={id}"), "createdAt": at.to_string(), "parentId": null,
        "votesCount": 1, "user": {"id": "7", "username": "jan", "name": "Jan"}})
}

fn launch(id: &str, slug: &str, at: &str) -> Value {
    json!({"id": id, "name": slug, "tagline": format!("about {slug}"), "description": null, "slug": slug, "url": format!("https://www.producthunt.com/posts/{slug}"),
        "createdAt": at, "votesCount": 1, "commentsCount": 0, "user": null})
}

fn answer(site: &Shared, asked: &Asked) -> Reply {
    if asked.header("authorization") != format!("Bearer {TOKEN}") {
        return Reply::json(&json!({"errors": [{"error": "invalid_oauth_token", "error_description": "Please supply a valid access token."}]})).with_status(401);
    }
    let site = site.lock().unwrap();
    let question: Value = serde_json::from_slice(&asked.body).unwrap();
    let (query, variables) = (question["query"].as_str().unwrap(), &question["variables"]);
    let data = if query.contains("posts(") {
        assert!(query.contains("order:NEWEST,topic:$topic"));
        let edges: Vec<Value> = site.launches.iter().rev().map(|launch| json!({"node": launch})).collect();
        json!({"posts": {"edges": edges, "pageInfo": {"hasNextPage": false, "endCursor": ""}}})
    } else if query.contains("post(slug") {
        assert_eq!(variables["first"], 20);
        json!({"post": with_comments(&site, variables)})
    } else {
        by_ids(&site, query, variables)
    };
    let (left, reset) = site.left.unwrap_or((6_000, 700));
    Reply::json(&json!({"data": data}))
        .header("x-rate-limit-remaining", &left.to_string())
        .header("x-rate-limit-reset", &reset.to_string())
}

fn with_comments(site: &Site, variables: &Value) -> Value {
    let slug = variables["slug"].as_str().unwrap();
    if slug == "nothing" {
        return Value::Null;
    }
    let start: usize = variables["after"].as_str().map_or(0, |after| after.parse().unwrap());
    let edges: Vec<Value> =
        site.comments.iter().rev().skip(start).take(PAGE).map(|comment| json!({"node": comment})).collect();
    let info = json!({"hasNextPage": start + PAGE < site.comments.len(), "endCursor": (start + PAGE).to_string()});
    // In the contract the launch itself says nothing.
    let mut launch = launch("1", slug, "2026-11-01T10:00:00Z");
    if slug == "phone" {
        launch["name"] = "".into();
        launch["tagline"] = "".into();
    }
    launch["comments"] = json!({"edges": edges, "pageInfo": info});
    launch
}

fn by_ids(site: &Site, query: &str, variables: &Value) -> Value {
    let mut data = Map::new();
    for (name, id) in variables.as_object().unwrap() {
        let at = name.trim_start_matches('i');
        let all = if query.contains(&format!("n{at}:post(")) { &site.launches } else { &site.comments };
        let found = all.iter().find(|one| one["id"] == *id).cloned();
        data.insert(format!("n{at}"), found.unwrap_or_default());
    }
    Value::Object(data)
}

impl World for ProductHunt {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, site) = (Network::start().await, Shared::default());
        let asked_of = Arc::clone(&site);
        network.on("POST /v2/api/graphql", move |asked| answer(&asked_of, asked));
        Self { network, site }
    }

    fn source(&self) -> Box<dyn Source> {
        self.config().build(context()).unwrap()
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, Timestamp::now())
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        self.add(number, at)
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.add(number, Timestamp::from_millis(Timestamp::now().as_millis() + 86_400_000))
    }

    fn edit(&self, number: u64) {
        self.edit_site(|site| {
            let id = number.to_string();
            let comment = site.comments.iter_mut().find(|comment| comment["id"] == id).unwrap();
            comment["body"] = "<p>edited</p>".into();
        });
    }

    fn delete(&self, number: u64) {
        let id = number.to_string();
        self.edit_site(|site| site.comments.retain(|comment| comment["id"] != id));
    }

    fn publish_garbage(&self, number: u64) {
        self.edit_site(|site| site.comments.push(json!({"id": number, "body": null})));
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

contract!(ProductHunt);

#[tokio::test]
async fn comments_are_read_page_by_page_with_their_answers() {
    let hunt = ProductHunt::start().await;
    for number in 1..=8 {
        hunt.publish(number);
    }
    let mut reply = comment("100", "an answer", Timestamp::now());
    reply["parentId"] = "4".into();
    hunt.edit_site(|site| site.comments[3]["replies"] = json!({"edges": [{"node": reply}]}));
    let mut run = Run::new(hunt.source());
    run.until("all nine", |run| run.mentions().len() == 9).await;
    let answer = run.states("producthunt:comment:100")[0];
    assert_eq!(
        (answer.parent_id.as_deref(), answer.thread_id.as_deref()),
        (Some("producthunt:comment:4"), Some("producthunt:post:1"))
    );
    assert!(run.errors.is_empty(), "{:?}", run.errors);
}

#[tokio::test]
async fn wanted_launches_of_a_topic_are_kept_and_followed() {
    let hunt = ProductHunt::start().await;
    let now = Timestamp::now().to_string();
    hunt.edit_site(|site| site.launches = vec![launch("5", "fridge", &now), launch("6", "smartphone", &now)]);
    hunt.edit_site(|site| {
        site.comments =
            vec![comment("1", "a fine smartphone", Timestamp::now()), comment("2", "hello", Timestamp::now())]
    });
    let config = ProductHuntConfig { posts: Vec::new(), topics: vec!["phones".into()], ..hunt.config() };
    let wanted = |mention: &Mention| mention.text.contains("smartphone");
    let context = SourceContext { wanted: Some(Arc::new(wanted)), ..context() };
    let mut run = Run::new(config.build(context).unwrap());
    run.until("launch and comment", |run| {
        !run.states("producthunt:post:6").is_empty() && !run.states("producthunt:comment:1").is_empty()
    })
    .await;
    run.until("the others", |run| run.dropped(DropReason::NoQueryMatched) >= 2).await;
    assert!(run.mentions().iter().all(|mention| mention.full_text().contains("smartphone")));
}

#[tokio::test]
async fn points_are_kept_before_they_are_used_up_and_errors_are_told() {
    let hunt = ProductHunt::start().await;
    hunt.publish(1);
    hunt.edit_site(|site| site.left = Some((400, 300)));
    let mut run = Run::new(hunt.source());
    assert_eq!(run.step().await, Again::After(Duration::from_secs(300)));
    let broken = Network::start().await;
    broken.on("POST /v2/api/graphql", |_| {
        Reply::json(&json!({"data": null, "errors": [{"message": "Field 'x' doesn't exist"}]}))
    });
    let mut source = ProductHuntConfig { base_url: broken.url(), ..hunt.config() }.build(context()).unwrap();
    assert!(source.fetch(None).await.unwrap_err().to_string().contains("doesn't exist"));
}
