//! A Graph API with pages, comments, hashtags and its own ways of refusing.

use std::sync::{Arc, Mutex};

use hark_ingest::{
    Again, Source, SourceError, SourceKind,
    sources::meta::{FacebookConfig, InstagramConfig},
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

const TOKEN: &str = "graph-very-secret";
const APP_SECRET: &str = "app-very-secret";

/// Posts, with their comments under `comments`.
#[derive(Default)]
struct Site {
    posts: Vec<Value>,
    comments: Vec<Value>,
    /// Headers of every answer.
    usage: Option<&'static str>,
}

type Shared = Arc<Mutex<Site>>;

/// As the interface writes times.
fn time(seconds_ahead: i64) -> String {
    let at = Timestamp::from_millis(Timestamp::now().as_millis() + seconds_ahead * 1000).to_string();
    format!("{}+0000", at.chars().take(19).collect::<String>())
}

fn gone() -> Reply {
    let error = json!({"error": {"message": "Unsupported get request. Object does not exist", "type": "GraphMethodException",
        "code": 100, "error_subcode": 33}});
    Reply::json(&error).with_status(400)
}

/// Two entries a page, with an empty page in between, as when entries are hidden; the next address holds the token.
fn page(asked: &Asked, entries: Vec<Value>) -> Reply {
    // After each page that holds something comes one that holds nothing: its number is odd.
    let start: usize = asked.query("after").map_or(0, |after| after.parse().unwrap());
    let (offset, data, next) = match start % 2 {
        0 => (start + 2, entries.iter().skip(start).take(2).cloned().collect(), start + 3),
        _ => (start - 1, Vec::<Value>::new(), start - 1),
    };
    let more = entries.len() > offset;
    let address = format!("https://graph.facebook.com{}?access_token={TOKEN}&after={next}&limit=2", asked.path);
    let paging = if more { json!({"cursors": {"after": "x"}, "next": address}) } else { json!({}) };
    Reply::json(&json!({"data": data, "paging": paging}))
}

fn answer(site: &Site, asked: &Asked) -> Reply {
    assert_eq!(asked.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(asked.query("access_token"), None, "the token stays out of addresses");
    assert_eq!(asked.query("appsecret_proof").unwrap().len(), 64);
    let path: Vec<&str> = asked.path.trim_start_matches("/v24.0/").split('/').collect();
    let newest_first = |list: &[Value]| list.iter().rev().cloned().collect::<Vec<_>>();
    match path[..] {
        ["100", "feed"] => {
            let since: i64 = asked.query("since").or(asked.query("after")).unwrap().parse().unwrap();
            assert!(since > 0);
            page(asked, newest_first(&site.posts))
        }
        ["100", "tagged"] | ["17", "tags"] => page(asked, Vec::new()),
        ["17", "media"] => page(asked, newest_first(&site.posts)),
        ["ig_hashtag_search"] => Reply::json(&json!({"data": [{"id": "555"}]})),
        ["555", "recent_media"] => {
            assert_eq!(asked.query("user_id").or(asked.query("after")).map(|_| ()), Some(()));
            page(
                asked,
                vec![json!({"id": "900", "caption": "Mijn #fiets", "timestamp": time(0), "media_type": "IMAGE"})],
            )
        }
        [post, "comments"] if site.posts.iter().any(|known| known["id"] == post) => page(
            asked,
            newest_first(&site.comments.iter().filter(|comment| comment["post"] == post).cloned().collect::<Vec<_>>()),
        ),
        [id] if site.posts.iter().chain(&site.comments).any(|known| known["id"] == id) => {
            Reply::json(&json!({"id": id}))
        }
        _ => gone(),
    }
}

struct Graph {
    network: Network,
    site: Shared,
}

impl Graph {
    async fn open() -> Self {
        let (network, site) = (Network::start().await, Shared::default());
        let shared = Arc::clone(&site);
        network.on("GET /*", move |asked| {
            let site = shared.lock().unwrap();
            let reply = answer(&site, asked);
            match site.usage {
                Some(usage) => reply.header("x-app-usage", usage),
                None => reply,
            }
        });
        Self { network, site }
    }

    fn change(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    fn post(&self, post: Value) {
        self.change(|site| site.posts.push(post));
    }

    fn count_comments(site: &mut Site) {
        for post in &mut site.posts {
            let count = site.comments.iter().filter(|comment| comment["post"] == post["id"]).count();
            post["comments"] = json!({"data": [], "summary": {"total_count": count}});
            post["comments_count"] = count.into();
        }
    }

    fn comment(&self, post: &str, id: &str, text: &str) {
        self.change(|site| {
            site.comments.push(json!({"id": id, "post": post, "message": text, "text": text, "created_time": time(0),
                "timestamp": time(0), "username": "ann"}));
            Self::count_comments(site);
        });
    }

    fn facebook(&self) -> FacebookConfig {
        FacebookConfig {
            token: Some(Secret::given(TOKEN)),
            app_secret: Some(Secret::given(APP_SECRET)),
            pages: vec!["100".into()],
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(5),
            base_url: self.network.url(),
            ..FacebookConfig::default()
        }
    }

    fn instagram(&self) -> InstagramConfig {
        InstagramConfig {
            token: Some(Secret::given(TOKEN)),
            app_secret: Some(Secret::given(APP_SECRET)),
            user_id: "17".into(),
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(5),
            base_url: self.network.url(),
            ..InstagramConfig::default()
        }
    }
}

/// Both networks must keep the contract, with posts of their own shape.
macro_rules! world {
    ($name:ident, $config:ident, $source:literal, $text:literal, $time:literal) => {
        struct $name(Graph);

        impl World for $name {
            const CAN: Can = Can { history: true, ..ALL };

            async fn start() -> Self {
                Self(Graph::open().await)
            }

            fn source(&self) -> Box<dyn Source> {
                self.0.$config().build(context()).unwrap()
            }

            fn publish(&self, number: u64) -> String {
                self.0.post(json!({"id": number.to_string(), $text: format!("post {number}"), $time: time(-5)}));
                format!(concat!($source, ":{}"), number)
            }

            fn publish_at(&self, number: u64, at: Timestamp) -> String {
                let at = time((at.as_millis() - Timestamp::now().as_millis()) / 1000);
                self.0.post(json!({"id": number.to_string(), $text: format!("post {number}"), $time: at}));
                format!(concat!($source, ":{}"), number)
            }

            fn publish_ahead(&self, number: u64) -> String {
                self.0.post(json!({"id": number.to_string(), $text: format!("post {number}"), $time: time(86_400)}));
                format!(concat!($source, ":{}"), number)
            }

            fn edit(&self, number: u64) {
                let id = number.to_string();
                self.0.change(|site| {
                    let post = site.posts.iter_mut().find(|post| post["id"] == id).unwrap();
                    post[$text] = "edited".into();
                });
            }

            fn delete(&self, number: u64) {
                let id = number.to_string();
                self.0.change(|site| site.posts.retain(|post| post["id"] != id));
            }

            fn publish_garbage(&self, number: u64) {
                self.0.post(json!({"id": number, $text: ["none"]}));
            }

            fn fail(&self, times: usize, fault: Fault) {
                self.0.network.fail(times, fault);
            }

            fn revoke(&self) {
                self.0.network.revoke();
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

mod on_facebook {
    use super::*;

    world!(Page, facebook, "facebook", "message", "created_time");
    contract!(Page);
}

mod on_instagram {
    use super::*;

    world!(Account, instagram, "instagram", "caption", "timestamp");
    contract!(Account);
}

fn facebook(graph: &Graph) -> Run<Box<dyn Source>> {
    Run::new(graph.facebook().build(context()).unwrap())
}

#[tokio::test]
async fn comments_are_found_edited_and_missed() {
    let graph = Graph::open().await;
    for number in 1..=5 {
        graph.post(json!({"id": format!("100_{number}"), "message": "hello", "created_time": time(-60)}));
    }
    graph.comment("100_3", "3_1", "first");
    graph.comment("100_3", "3_2", "second");
    let mut run = facebook(&graph);
    run.until("all", |run| !run.states("facebook:3_2").is_empty() && run.mentions().len() == 7).await;
    let comment = run.states("facebook:3_2")[0].clone();
    assert_eq!(comment.thread_id.as_deref(), Some("facebook:100_3"));
    graph.comment("100_3", "3_3", "third");
    run.until("the new one", |run| !run.states("facebook:3_3").is_empty()).await;
    graph.change(|site| site.comments[0]["message"] = "first, edited".into());
    run.until("the edit", |run| run.states("facebook:3_1").len() == 2).await;
    let states = run.states("facebook:3_1");
    assert!(states[1].revision > 0 && states[1].text == "first, edited");
    graph.change(|site| {
        site.comments.remove(1);
        Graph::count_comments(site);
    });
    run.until("the deletion", |run| run.deletes().iter().any(|delete| delete.id == "facebook:3_2")).await;
    assert_eq!(run.deletes().len(), 1);
    // A post takes its comments along.
    graph.change(|site| site.posts.retain(|post| post["id"] != "100_3"));
    run.until("the post", |run| run.deletes().iter().any(|delete| delete.id == "facebook:100_3")).await;
    let gone: Vec<&str> = run.deletes().iter().map(|delete| delete.id.as_str()).collect();
    assert!(gone.contains(&"facebook:3_1") && gone.contains(&"facebook:3_3"), "{gone:?}");
}

#[tokio::test]
async fn what_is_only_hidden_from_a_list_is_not_deleted() {
    let graph = Graph::open().await;
    graph.post(json!({"id": "100_1", "message": "hello", "created_time": time(-60)}));
    let mut run = facebook(&graph);
    run.until("the post", |run| run.mentions().len() == 1).await;
    // It is in no list, but can be had by its id.
    graph.change(|site| {
        let hidden = site.posts.remove(0);
        site.comments.push(hidden);
    });
    let asked = graph.network.times("/v24.0/100_1");
    run.until("the question", |_| graph.network.times("/v24.0/100_1") > asked + 2).await;
    assert_eq!(run.deletes().len(), 0);
}

#[tokio::test]
async fn limits_come_as_400_and_the_allowance_is_left_to_others() {
    let refused = |code: i64, usage: &'static str| async move {
        let network = Network::start().await;
        network.on("GET /*", move |_| {
            let error = json!({"error": {"message": "(#4) Application request limit reached", "type": "OAuthException", "code": code}});
            Reply::json(&error).with_status(400).header("x-business-use-case-usage", usage)
        });
        let config = FacebookConfig {
            token: Some(Secret::given(TOKEN)),
            pages: vec!["100".into()],
            base_url: network.url(),
            ..FacebookConfig::default()
        };
        config.build(context()).unwrap().fetch(None).await.unwrap_err()
    };
    let usage = r#"{"100":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":7}]}"#;
    let limit = refused(80001, usage).await;
    assert!(matches!(&limit, SourceError::Later { wait: Some(wait), .. } if wait.as_secs() == 7 * 60), "{limit:?}");
    assert!(matches!(refused(4, "{}").await, SourceError::Later { wait: Some(_), .. }));
    let expired = refused(190, "{}").await;
    assert!(matches!(&expired, SourceError::Setup(_)), "{expired:?}");
    assert!(!format!("{expired:?}").contains(TOKEN));
    let graph = Graph::open().await;
    graph.change(|site| site.usage = Some(r#"{"call_count":93,"total_time":5,"total_cputime":5}"#));
    assert!(matches!(facebook(&graph).step().await, Again::After(wait) if wait.as_secs() >= 60));
}

#[tokio::test]
async fn a_hashtag_is_looked_up_once() {
    let graph = Graph::open().await;
    let config =
        InstagramConfig { hashtags: vec!["Fiets".into()], tagged: false, comments: false, ..graph.instagram() };
    let mut run = Run::new(config.build(context()).unwrap());
    run.until("the picture", |run| !run.mentions().is_empty()).await;
    assert_eq!((run.mentions()[0].id.as_str(), run.mentions()[0].text.as_str()), ("instagram:900", "Mijn #fiets"));
    run.source = config_again(&graph);
    let seen = graph.network.times("/v24.0/555");
    run.until("other looks", |_| graph.network.times("/v24.0/555") > seen + 2).await;
    assert_eq!((graph.network.times("/v24.0/ig_hashtag_search"), run.mentions().len()), (1, 1));
}

fn config_again(graph: &Graph) -> Box<dyn Source> {
    let config =
        InstagramConfig { hashtags: vec!["fiets".into()], tagged: false, comments: false, ..graph.instagram() };
    config.build(context()).unwrap()
}
