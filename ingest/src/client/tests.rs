#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request as Asked, State},
    http::Response,
};
use hark_mention::config::Secret;
use tokio::{net::TcpListener, time::Instant};

use super::{auth::basic, *};
use crate::PrivateHosts;

const LIMITS: Limits = Limits { timeout: Duration::from_secs(30), max_bytes: 1 << 20 };

#[derive(Default)]
struct Site {
    /// What was asked: method and address, proof, body.
    asked: Vec<(String, String, String)>,
    /// What is answered: status, a header, body.
    answers: VecDeque<(u16, (&'static str, &'static str), String)>,
}

type Shared = Arc<Mutex<Site>>;

async fn site(answers: &[(u16, (&'static str, &'static str), &str)]) -> (Shared, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answers = answers.iter().map(|(status, header, body)| (*status, *header, (*body).to_owned())).collect();
    let site = Shared::new(Mutex::new(Site { asked: Vec::new(), answers }));
    let router = Router::new().fallback(answer).with_state(Arc::clone(&site));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (site, address)
}

async fn answer(State(site): State<Shared>, asked: Asked) -> Response<String> {
    let (head, body) = asked.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let proof = head.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let mut site = site.lock().unwrap();
    let line = format!("{} {}", head.method, head.uri);
    site.asked.push((line, proof.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap()));
    let (status, (name, value), body) = site.answers.pop_front().expect("one more answer");
    Response::builder().status(status).header(name, value).body(body).unwrap()
}

const PLAIN: (&str, &str) = ("content-type", "application/json");

fn context() -> SourceContext {
    let private_hosts = PrivateHosts::new(&["127.0.0.1".to_owned()]).unwrap();
    SourceContext { private_hosts, ..SourceContext::default() }
}

fn api(address: &str, auth: Auth) -> Api {
    Api::new(&format!("{address}/v1"), auth, &context(), LIMITS).unwrap()
}

async fn refused(answer: (u16, (&'static str, &'static str), &str), auth: Auth) -> SourceError {
    let (_, address) = site(&[answer]).await;
    api(&address, auth).get("posts").json::<serde_json::Value>().await.unwrap_err().into()
}

fn wait(error: &SourceError) -> Option<u64> {
    match error {
        SourceError::Later { wait, .. } => wait.map(|wait| wait.as_secs()),
        SourceError::Setup(text) => panic!("{text}"),
    }
}

#[tokio::test]
async fn requests_are_sent_below_the_base_with_their_proof() {
    let answers = [(200, PLAIN, "[1]"), (200, PLAIN, "{}"), (200, PLAIN, "{}")];
    let (site, address) = site(&answers).await;
    let read: Vec<u8> = api(&address, Auth::Bearer(Secret::given("abc")))
        .get("/posts")
        .query("q", "a b&c")
        .query_if("page", Some(2))
        .query_if("after", None::<u8>)
        .json()
        .await
        .unwrap();
    assert_eq!(read, [1]);
    let sent = api(&address, Auth::Query("key", Secret::given("s3 cret"))).post("posts").body(&[true]).send().await;
    sent.unwrap();
    api(&address, Auth::Path("bot", Secret::given("12:ab"))).get("getMe").send().await.unwrap();
    let asked = site.lock().unwrap().asked.clone();
    let line = |index: usize| (asked[index].0.as_str(), asked[index].1.as_str(), asked[index].2.as_str());
    assert_eq!(line(0), ("GET /v1/posts?q=a+b%26c&page=2", "Bearer abc", ""));
    assert_eq!(line(1), ("POST /v1/posts?key=s3+cret", "", "[true]"));
    assert_eq!(line(2), ("GET /bot12:ab/v1/getMe", "", ""));
}

#[tokio::test]
async fn refusals_say_whether_a_person_has_to_act() {
    let limit = refused((429, ("retry-after", "70"), ""), Auth::None).await;
    assert_eq!(wait(&limit), Some(70));
    assert_eq!(wait(&refused((503, PLAIN, "<html>"), Auth::None).await), None);
    // A limit under another status, as its header says.
    assert_eq!(wait(&refused((403, ("retry-after", "5"), "{}"), Auth::None).await), Some(5));
    assert_eq!(wait(&refused((200, PLAIN, "<html>busy</html>"), Auth::None).await), None);
    for status in [400, 401, 403, 404, 410, 422] {
        let error = refused((status, PLAIN, r#"{"error": {"message": "no such token"}}"#), Auth::None).await;
        let SourceError::Setup(text) = error else { panic!("{status}: {error}") };
        assert!(text.contains("no such token") && text.contains("/v1/posts"), "{text}");
    }
}

#[tokio::test]
async fn limits_are_read_the_way_that_the_api_tells_them() {
    let (_, address) = site(&[(403, ("x-reset-in", "9"), "")]).await;
    let api = api(&address, Auth::None).limited_by(|answer, _| {
        let seconds = answer.headers.get("x-reset-in")?.to_str().ok()?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    });
    assert_eq!(wait(&api.get("x").send().await.unwrap_err().into()), Some(9));
}

#[tokio::test]
async fn a_secret_is_never_repeated() {
    let said = r#"{"description": "Unauthorized: hunter2 is not a token"}"#;
    let auths: [fn() -> Auth; 4] = [
        || Auth::Bearer(Secret::given("hunter2")),
        || Auth::Query("key", Secret::given("hunter2")),
        || Auth::Path("bot", Secret::given("hunter2")),
        || Auth::Header("x-key", Secret::given("hunter2")),
    ];
    for auth in auths {
        let error = refused((401, PLAIN, said), auth()).await.to_string();
        assert!(!error.contains("hunter2") && error.contains("is not a token"), "{error}");
        assert!(!format!("{:?}", api("http://127.0.0.1", auth())).contains("hunter2"));
        // Nobody answers there.
        let nobody = api("http://127.0.0.1:1", auth()).get("x").send().await.unwrap_err().to_string();
        assert!(!nobody.contains("hunter2"), "{nobody}");
    }
    let unset = refused((200, PLAIN, ""), Auth::Bearer(Secret::Env("HARK_NOT_SET".into()))).await;
    assert!(matches!(&unset, SourceError::Setup(text) if text.contains("HARK_NOT_SET")), "{unset}");
}

#[tokio::test]
async fn secrets_go_to_their_own_host_only() {
    let (elsewhere, other) = site(&[(200, PLAIN, "{}")]).await;
    let other: &'static str = other.leak();
    let (_, address) = site(&[(302, ("location", other), "")]).await;
    let api = api(&address, Auth::Bearer(Secret::given("hunter2")));
    api.get("moved").send().await.unwrap();
    assert_eq!(elsewhere.lock().unwrap().asked[0].1, "", "a redirect takes no secret along");
    let next = api.get_url(&format!("{other}/v1/posts?page=2")).send().await;
    assert!(matches!(next, Err(ApiError::Source(SourceError::Later { .. }))), "{next:?}");
    assert_eq!(elsewhere.lock().unwrap().asked.len(), 1);
}

#[tokio::test]
async fn an_access_token_is_asked_for_once_and_again_when_it_is_refused() {
    let grant = |token: &str| format!(r#"{{"access_token": "{token}", "token_type": "bearer", "expires_in": 3600}}"#);
    let (granting, token_address) = site(&[
        (200, PLAIN, &grant("one")),
        (200, PLAIN, &grant("two")),
        (400, PLAIN, r#"{"error": "invalid_grant"}"#),
    ])
    .await;
    let ok = (200, PLAIN, "{}");
    let no = (401, PLAIN, "");
    let (site, address) = site(&[ok, ok, no, ok, no]).await;
    let http = Http::new(&context(), LIMITS).unwrap();
    let form = || Ok(vec![("grant_type", "client_credentials".to_owned())]);
    let exchange = Exchange::new(http, &format!("{token_address}/token"), form).unwrap();
    let exchange = exchange.with_basic("id", Secret::given("hunter2"));
    let api = api(&address, Auth::Token(Token::exchanged(exchange)));
    for _ in 0..3 {
        api.get("x").send().await.unwrap();
    }
    let proofs: Vec<_> = site.lock().unwrap().asked.iter().map(|asked| asked.1.clone()).collect();
    assert_eq!(proofs, ["Bearer one", "Bearer one", "Bearer one", "Bearer two"]);
    let asked = granting.lock().unwrap().asked.clone();
    assert_eq!(asked[0], ("POST /token".into(), basic("id", "hunter2"), "grant_type=client_credentials".into()));
    let error = SourceError::from(api.get("x").send().await.unwrap_err());
    assert!(matches!(&error, SourceError::Setup(text) if text.contains("invalid_grant")), "{error}");
}

#[tokio::test]
async fn an_answer_without_an_end_is_read_line_by_line() {
    let long = "x".repeat(50);
    let (_, address) = site(&[(200, PLAIN, &format!("one\r\n\n{long}\ntwo\nunfinished"))]).await;
    let mut lines = api(&address, Auth::None).get("stream").lines(20).await.unwrap();
    let mut heard = Vec::new();
    loop {
        match lines.next(Instant::now() + Duration::from_secs(30)).await {
            Heard::Closed(_) => break,
            other => heard.push(other),
        }
    }
    let line = |text: &'static str| Heard::Line(Bytes::from_static(text.as_bytes()));
    assert_eq!(heard, [line("one"), line(""), Heard::TooLong(Bytes::from(vec![b'x'; 20])), line("two")]);
}

#[tokio::test]
async fn an_unchanged_answer_is_told_by_its_validators() {
    let (_, address) = site(&[(200, ("etag", "\"7\""), "{}"), (304, ("etag", "\"7\""), "")]).await;
    let api = api(&address, Auth::None);
    let first = api.get("x").send().await.unwrap();
    let validators = Validators::of(&first);
    assert_eq!(validators.etag.as_deref(), Some("\"7\""));
    let second = api.get("x").if_changed(&validators).send().await.unwrap();
    assert_eq!(second.status, StatusCode::NOT_MODIFIED);
}
