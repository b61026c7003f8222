//! A Community Management API with posts, comments, answers and its versioned headers.

use std::sync::{Arc, Mutex};

use hark_ingest::{Source, SourceError, SourceKind, sources::linkedin::LinkedInConfig};
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

const TOKEN: &str = "linkedin-very-secret";
const OWN: &str = "urn:li:organization:12";

#[derive(Default)]
struct Site {
    posts: Vec<Value>,
    /// Each with the URN that it hangs on, under `on`.
    comments: Vec<Value>,
}

struct LinkedIn {
    network: Network,
    site: Arc<Mutex<Site>>,
}

fn now() -> i64 {
    Timestamp::now().as_millis()
}

fn decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={text}").as_bytes()).next().unwrap().1.into_owned()
}

/// So many entries as were asked for, from a place on.
fn page(asked: &Asked, entries: Vec<Value>) -> Reply {
    let number = |name: &str| asked.query(name).unwrap().parse::<usize>().unwrap();
    let (start, count) = (number("start"), number("count"));
    assert!(count <= 100);
    let elements: Vec<Value> = entries.into_iter().skip(start).take(count).collect();
    Reply::json(&json!({"paging": {"start": start, "count": count, "links": []}, "elements": elements}))
}

fn answer(site: &Site, asked: &Asked) -> Reply {
    assert_eq!(asked.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(asked.header("x-restli-protocol-version"), "2.0.0");
    assert_eq!(asked.header("linkedin-version").len(), 6);
    let missing = || Reply::json(&json!({"status": 404, "code": "NOT_FOUND", "message": "Not found"})).with_status(404);
    let path: Vec<String> = asked.path.trim_start_matches("/rest/").split('/').map(decoded).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let newest_first = |list: Vec<&Value>| list.into_iter().rev().cloned().collect();
    match path[..] {
        ["posts"] => {
            assert_eq!((asked.query("q"), asked.query("author")), (Some("author"), Some(OWN)));
            page(asked, newest_first(site.posts.iter().collect()))
        }
        ["posts", urn] if site.posts.iter().any(|post| post["id"] == urn) => Reply::json(&json!({"id": urn})),
        ["socialActions", urn, "comments"]
            if urn.starts_with("urn:li:comment") || site.posts.iter().any(|post| post["id"] == urn) =>
        {
            page(asked, newest_first(site.comments.iter().filter(|comment| comment["on"] == urn).collect()))
        }
        ["socialActions", _, "comments", id] if site.comments.iter().any(|comment| comment["id"] == id) => {
            Reply::json(&json!({"id": id}))
        }
        _ => missing(),
    }
}

impl LinkedIn {
    fn change(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    fn post(&self, number: u64, at: i64) -> String {
        let urn = format!("urn:li:share:{number}");
        let post = json!({"id": urn, "author": OWN, "commentary": format!("post {number}"), "publishedAt": at,
            "lastModifiedAt": at, "lifecycleState": "PUBLISHED", "lifecycleStateInfo": {"isEditedByAuthor": false}});
        self.change(|site| site.posts.push(post));
        format!("linkedin:{urn}")
    }

    fn comment(&self, on: &str, id: u64, answers: u64) -> String {
        let urn = format!("urn:li:comment:(urn:li:activity:70,{id})");
        let comment = json!({"id": id.to_string(), "on": on, "commentUrn": urn, "object": "urn:li:activity:70",
            "actor": "urn:li:person:a", "created": {"time": now()}, "lastModified": {"time": now()},
            "message": {"text": format!("comment {id}")}, "commentsSummary": {"aggregatedTotalComments": answers}});
        self.change(|site| site.comments.push(comment));
        urn
    }

    fn config(&self) -> LinkedInConfig {
        LinkedInConfig {
            token: Some(Secret::given(TOKEN)),
            organisations: vec!["12".into()],
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(5),
            base_url: self.network.url(),
            ..LinkedInConfig::default()
        }
    }
}

impl World for LinkedIn {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, site) = (Network::start().await, Arc::<Mutex<Site>>::default());
        let shared = Arc::clone(&site);
        network.on("GET /rest/*", move |asked| answer(&shared.lock().unwrap(), asked));
        Self { network, site }
    }

    fn source(&self) -> Box<dyn Source> {
        self.config().build(context()).unwrap()
    }

    fn publish(&self, number: u64) -> String {
        self.post(number, now() - 1000)
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        self.post(number, at.as_millis())
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.post(number, now() + 86_400_000)
    }

    fn edit(&self, number: u64) {
        let urn = format!("urn:li:share:{number}");
        self.change(|site| {
            let post = site.posts.iter_mut().find(|post| post["id"] == urn).unwrap();
            post["commentary"] = "edited".into();
            post["lastModifiedAt"] = (now() + 1000).into();
            post["lifecycleStateInfo"] = json!({"isEditedByAuthor": true});
        });
    }

    fn delete(&self, number: u64) {
        self.change(|site| site.posts.retain(|post| post["id"] != format!("urn:li:share:{number}")));
    }

    fn publish_garbage(&self, number: u64) {
        self.change(|site| site.posts.push(json!({"id": number})));
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

contract!(LinkedIn);

#[tokio::test]
async fn comments_and_answers_are_read_over_several_pages_and_missed() {
    let linkedin = LinkedIn::start().await;
    linkedin.post(71, now() - 60_000);
    let mut urns: Vec<String> =
        (1..=150).map(|id| linkedin.comment("urn:li:share:71", id, u64::from(id == 9))).collect();
    urns.push(linkedin.comment(&urns[8], 500, 0));
    let mut run = Run::new(linkedin.source());
    run.until("all", |run| run.mentions().len() == 152).await;
    let answer = run.states(&format!("linkedin:{}", urns[150]))[0].clone();
    assert_eq!(answer.thread_id.as_deref(), Some("linkedin:urn:li:share:71"));
    linkedin.change(|site| site.comments.retain(|comment| comment["id"] != "77" && comment["id"] != "500"));
    run.until("both deletions", |run| run.deletes().len() == 2).await;
    let mut gone: Vec<&str> = run.deletes().iter().map(|delete| delete.id.as_str()).collect();
    gone.sort_unstable();
    assert_eq!(
        gone,
        ["linkedin:urn:li:comment:(urn:li:activity:70,500)", "linkedin:urn:li:comment:(urn:li:activity:70,77)"]
    );
}

#[tokio::test]
async fn a_version_that_is_gone_is_for_a_person() {
    let network = Network::start().await;
    network.on("GET /*", |_| {
        let body =
            json!({"status": 426, "code": "NONEXISTENT_VERSION", "message": "Requested version 202001 is not active"});
        Reply::json(&body).with_status(426)
    });
    let config = LinkedInConfig {
        token: Some(Secret::given(TOKEN)),
        organisations: vec!["12".into()],
        base_url: network.url(),
        ..LinkedInConfig::default()
    };
    let refused = config.build(context()).unwrap().fetch(None).await.unwrap_err();
    assert!(matches!(&refused, SourceError::Setup(text) if text.contains("not active")), "{refused:?}");
}
