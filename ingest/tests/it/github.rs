//! Both interfaces of GitHub: pages by `Link`, unchanged answers for free, two kinds of limits, and errors with the status 200.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use hark_ingest::{Again, Source, SourceContext, SourceError, SourceKind, sources::github::GitHubConfig};
use hark_mention::{
    DropReason, Kind, Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

const TOKEN: &str = "very-secret";

/// Most items that a page shows here; GitHub shows a hundred.
const PAGE: usize = 3;

#[derive(Default)]
struct Site {
    issues: Vec<Value>,
    comments: Vec<Value>,
    discussions: Vec<Value>,
    /// Of discussions: comments older than those that come along.
    older: Vec<Value>,
    address: String,
    unchanged: u32,
}

type Shared = Arc<Mutex<Site>>;

struct GitHub {
    network: Network,
    site: Shared,
}

impl GitHub {
    fn config(&self) -> GitHubConfig {
        GitHubConfig {
            token: Some(Secret::given(TOKEN)),
            repositories: vec!["acme/phone".into()],
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(1),
            base_url: self.network.url(),
            ..GitHubConfig::default()
        }
    }

    fn run(&self, config: GitHubConfig) -> Run<Box<dyn Source>> {
        Run::new(config.build(context()).unwrap())
    }

    fn edit_site(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    /// Odd numbers are comments on the issue 1000, even ones issues.
    fn add(&self, number: u64, at: &str) -> String {
        let user = json!({"id": 5, "login": "jan", "type": "User"});
        let (page, kind) = ("https://github.com/acme/phone/issues", if number % 2 == 1 { "comment" } else { "issue" });
        let common = json!({"id": number, "node_id": format!("N_{number}"), "user": user, "body_html": format!("<p>text {number}</p>"),
            "created_at": at, "updated_at": at});
        let fields = match kind {
            "comment" => {
                json!({"html_url": format!("{page}/1000#issuecomment-{number}"), "issue_url": "https://api.github.com/repos/acme/phone/issues/1000"})
            }
            _ => {
                json!({"html_url": format!("{page}/{number}"), "number": number, "title": format!("title {number}"), "comments": 0})
            }
        };
        let mut thing = common;
        thing.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.edit_site(|site| if kind == "comment" { site.comments.push(thing) } else { site.issues.push(thing) });
        format!("github:{kind}:{number}")
    }
}

fn written(after: i64) -> String {
    let text = Timestamp::from_millis(Timestamp::now().as_millis() + after * 1000).to_string();
    format!("{}Z", text.get(..19).unwrap())
}

/// What changed since, the change that is longest ago first.
fn updates(site: &Shared, asked: &Asked) -> Reply {
    if asked.header("authorization") != format!("Bearer {TOKEN}") || asked.header("user-agent").is_empty() {
        return Reply::json(&json!({"message": "Bad credentials"})).with_status(401);
    }
    assert_eq!(asked.header("x-github-api-version"), "2022-11-28");
    let mut site = site.lock().unwrap();
    let all = if asked.last() == "comments" { &site.comments } else { &site.issues };
    let since = asked.query("since").unwrap();
    assert_eq!(since.len(), "2026-11-22T08:00:00Z".len());
    let changed = |thing: &&Value| thing["updated_at"].as_str().is_none_or(|at| at >= since);
    let mut changed: Vec<&Value> = all.iter().filter(changed).collect();
    changed.sort_by_key(|thing| thing["updated_at"].as_str().map(str::to_owned));
    let number: usize = asked.query("page").map_or(1, |page| page.parse().unwrap());
    let page: Vec<&Value> = changed.iter().copied().skip((number - 1) * PAGE).take(PAGE).collect();
    let (body, has_more) = (json!(page), changed.len() > number * PAGE);
    // Of all that changed: pages are shorter here than what is asked for.
    let all = json!(changed).to_string();
    let etag: usize = all.bytes().enumerate().map(|(at, byte)| (at + 1) * usize::from(byte)).sum();
    let etag = format!("\"{etag}\"");
    if asked.header("if-none-match") == etag {
        site.unchanged += 1;
        return Reply::status(304).header("x-ratelimit-remaining", "4999");
    }
    let reply = Reply::json(&body).header("etag", &etag).header("x-ratelimit-remaining", "4998");
    match has_more {
        true => {
            let next = format!("{}{}?since={since}&page={}", site.address, asked.path, number + 1);
            reply.header("link", &format!("<{next}>; rel=\"next\", <{next}>; rel=\"last\""))
        }
        false => reply,
    }
}

fn graphql(site: &Shared, asked: &Asked) -> Reply {
    let site = site.lock().unwrap();
    let question: Value = serde_json::from_slice(&asked.body).unwrap();
    let query = question["query"].as_str().unwrap();
    if let Some(ids) = question["variables"]["ids"].as_array() {
        let there: BTreeSet<&str> =
            site.issues.iter().chain(&site.comments).filter_map(|thing| thing["node_id"].as_str()).collect();
        let is_there = |id: &Value| id.as_str().is_some_and(|id| there.contains(id) || id.starts_with('D'));
        let nodes: Vec<Value> =
            ids.iter().map(|id| if is_there(id) { json!({"id": id}) } else { Value::Null }).collect();
        let missing = ids.iter().enumerate().filter(|(_, id)| !is_there(id));
        let errors: Vec<Value> = missing.map(|(at, id)| json!({"type": "NOT_FOUND", "path": ["nodes", at], "message": format!("Could not resolve to a node with the global id of '{id}'")})).collect();
        return Reply::json(&json!({"data": {"nodes": nodes}, "errors": errors}));
    }
    if query.contains("node(id:$id)") {
        let page = json!({"nodes": site.older, "pageInfo": {"hasPreviousPage": false}});
        return Reply::json(&json!({"data": {"node": {"comments": page}}}));
    }
    assert!(query.contains("orderBy:{field:UPDATED_AT,direction:DESC}"));
    let nodes: Vec<&Value> = site.discussions.iter().rev().collect();
    Reply::json(
        &json!({"data": {"repository": {"discussions": {"nodes": nodes, "pageInfo": {"hasNextPage": false, "endCursor": null}}}}}),
    )
}

impl World for GitHub {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, site) = (Network::start().await, Shared::default());
        site.lock().unwrap().address = network.url();
        let on = |route: &str, answer: fn(&Shared, &Asked) -> Reply| {
            let site = Arc::clone(&site);
            network.on(route, move |asked| answer(&site, asked));
        };
        on("GET /repos/acme/phone/issues", updates);
        on("GET /repos/acme/phone/issues/comments", updates);
        on("GET /repos/acme/phone/issues/1000", |_, _| {
            Reply::json(
                &json!({"id": 99, "number": 1000, "title": "x", "html_url": "https://github.com/acme/phone/issues/1000",
                "created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-01T10:00:00Z"}),
            )
        });
        on("POST /graphql", graphql);
        Self { network, site }
    }

    fn source(&self) -> Box<dyn Source> {
        self.config().build(context()).unwrap()
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, &written(0))
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        let text = at.to_string();
        self.add(number, &format!("{}Z", text.get(..19).unwrap()))
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.add(number, &written(86_400))
    }

    fn edit(&self, number: u64) {
        self.edit_site(|site| {
            let mut all = site.issues.iter_mut().chain(&mut site.comments);
            let thing = all.find(|thing| thing["id"] == number).unwrap();
            thing["body_html"] = "<p>edited</p>".into();
            thing["updated_at"] = written(0).into();
        });
    }

    fn delete(&self, number: u64) {
        self.edit_site(|site| {
            site.issues.retain(|thing| thing["id"] != number);
            site.comments.retain(|thing| thing["id"] != number);
        });
    }

    fn publish_garbage(&self, number: u64) {
        self.edit_site(|site| site.issues.push(json!({"id": format!("no number {number}"), "title": null})));
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

contract!(GitHub);

#[tokio::test]
async fn pages_are_followed_unchanged_answers_are_free_and_comments_find_their_issue() {
    let github = GitHub::start().await;
    let all: Vec<String> =
        (1..=16).map(|number| github.add(number, &written(i64::try_from(number).unwrap() - 3600))).collect();
    let mut run = github.run(github.config());
    run.until("all of them", |run| all.iter().all(|id| !run.states(id).is_empty())).await;
    let comment = run.states("github:comment:1")[0];
    assert_eq!((comment.kind, comment.parent_id.as_deref()), (Kind::Comment, Some("github:issue:99")));
    assert_eq!(github.network.times("/repos/acme/phone/issues/1000"), 1, "remembered");
    run.until("unchanged answers", |_| github.site.lock().unwrap().unchanged >= 4).await;
    assert!(run.errors.is_empty() && run.deletes().is_empty(), "{:?}", run.errors);
}

#[tokio::test]
async fn discussions_come_with_all_their_comments() {
    let github = GitHub::start().await;
    let at = written(-60);
    let comment = |number: u64| {
        json!({"id": format!("DC_{number}"), "databaseId": number, "bodyHTML": "<p>hello</p>", "url": format!("https://github.com/acme/phone/discussions/4#discussioncomment-{number}"),
        "createdAt": at, "author": {"__typename": "User", "login": "jan", "databaseId": 5, "name": null}})
    };
    let discussion = |updated: &str, comments: Vec<Value>| {
        json!({"id": "D_4", "databaseId": 4, "title": "Which phone?", "bodyHTML": "<p>Tell</p>", "url": "https://github.com/acme/phone/discussions/4", "createdAt": at, "updatedAt": updated,
            "author": {"__typename": "User", "login": "ann", "databaseId": 6, "name": "Ann"}, "comments": {"nodes": comments, "pageInfo": {"hasPreviousPage": true, "startCursor": "x"}}})
    };
    github.edit_site(|site| {
        site.discussions = vec![discussion(&written(-30), vec![comment(2)])];
        site.older = vec![comment(1)];
    });
    let mut run = github.run(GitHubConfig { discussions: true, ..github.config() });
    run.until("all three", |run| run.mentions().len() >= 3).await;
    let mut ids: Vec<&str> = run.mentions().into_iter().map(|mention| mention.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["github:discussion:4", "github:discussioncomment:1", "github:discussioncomment:2"]);
    // A new comment moves the discussion to the front; what is known is not published again.
    github.edit_site(|site| site.discussions = vec![discussion(&written(0), vec![comment(2), comment(3)])]);
    run.until("the new comment", |run| !run.states("github:discussioncomment:3").is_empty()).await;
    assert_eq!(run.mentions().len(), 4);
    run.until("repeats", |run| run.dropped(DropReason::Unchanged) > 3).await;
}

#[tokio::test]
async fn both_kinds_of_limits_are_told_from_a_refusal() {
    let limited = async |status: u16, headers: &[(&'static str, String)], message: &str| {
        let network = Network::start().await;
        let (headers, body) = (headers.to_vec(), json!({"message": message}));
        network.on("GET /repos/acme/phone/issues", move |_| {
            headers
                .iter()
                .fold(Reply::json(&body).with_status(status), |reply, (name, value)| reply.header(name, value))
        });
        let config = GitHubConfig {
            repositories: vec!["acme/phone".into()],
            base_url: network.url(),
            ..GitHubConfig::default()
        };
        match config.build(context()).unwrap().fetch(None).await {
            Err(SourceError::Later { wait, .. }) => wait,
            Err(SourceError::Setup(_)) => None,
            Ok(page) => panic!("{page:?}"),
        }
    };
    let reset = Timestamp::now().as_millis() / 1000 + 600;
    let primary = [("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", reset.to_string())];
    let wait = limited(403, &primary, "API rate limit exceeded").await.unwrap();
    assert!(wait > Duration::from_secs(590) && wait <= Duration::from_secs(601), "{wait:?}");
    assert_eq!(limited(403, &[("retry-after", "30".to_owned())], "secondary").await, Some(Duration::from_secs(30)));
    assert_eq!(limited(429, &[], "You have exceeded a secondary rate limit").await, Some(Duration::from_secs(60)));
    assert_eq!(
        limited(403, &[], "Resource not accessible by personal access token").await,
        None,
        "a person has to mend that"
    );
}

#[tokio::test]
async fn what_may_not_be_read_is_not_gone_and_graphql_has_limits_too() {
    let github = GitHub::start().await;
    let id = github.add(2, &written(-60));
    let blind = Network::start().await;
    let site = Arc::clone(&github.site);
    blind.on("GET /repos/acme/phone/issues", move |asked| updates(&site, asked));
    blind.on("GET /repos/acme/phone/issues/comments", |_| Reply::json(&json!([])));
    blind.on("POST /graphql", |_| Reply::json(&json!({"data": {"nodes": [null]}, "errors": [{"type": "FORBIDDEN", "path": ["nodes", 0], "message": "no"}]})));
    let mut run = github.run(GitHubConfig { base_url: blind.url(), ..github.config() });
    run.until("the issue", |run| !run.states(&id).is_empty()).await;
    run.until("looks", |_| blind.times("/graphql") > 2).await;
    assert!(run.deletes().is_empty());
    let full = Network::start().await;
    full.on("POST /graphql", |_| {
        Reply::json(&json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}))
    });
    full.on("GET /repos/acme/phone/issues", |_| Reply::json(&json!([])));
    full.on("GET /repos/acme/phone/issues/comments", |_| Reply::json(&json!([])));
    let mut run = github.run(GitHubConfig { discussions: true, base_url: full.url(), ..github.config() });
    run.until("the limit", |run| !run.errors.is_empty()).await;
    assert!(matches!(&run.errors[0], SourceError::Later { wait: Some(wait), .. } if wait.as_secs() == 60));
}

#[tokio::test]
async fn a_search_keeps_what_is_wanted() {
    let github = GitHub::start().await;
    github.add(2, &written(-60));
    github.add(4, &written(-30));
    let site = Arc::clone(&github.site);
    github.network.on("GET /search/issues", move |asked| {
        assert_eq!((asked.query("q"), asked.query("sort")), (Some("phone in:title is:issue"), Some("updated")));
        let issues: Vec<Value> = site.lock().unwrap().issues.iter().rev().cloned().collect();
        Reply::json(&json!({"total_count": issues.len(), "incomplete_results": false, "items": issues}))
    });
    let config = GitHubConfig { repositories: Vec::new(), searches: vec!["phone in:title".into()], ..github.config() };
    let wanted = |mention: &hark_mention::Mention| mention.text.contains('4');
    let context = SourceContext { wanted: Some(Arc::new(wanted)), ..context() };
    let mut run = Run::new(config.build(context).unwrap());
    run.until("the wanted one", |run| !run.mentions().is_empty()).await;
    run.until("the other", |run| run.dropped(DropReason::NoQueryMatched) > 0).await;
    assert_eq!(run.mentions()[0].id, "github:issue:4");
    assert!(matches!(run.step().await, Again::Now | Again::After(_)));
}
