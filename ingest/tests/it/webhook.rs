//! A webhook over real HTTP: senders that prove who they are, repeat, overwhelm and talk nonsense.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hark_ingest::{
    Source, SourceKind,
    sources::webhook::{Format, WebhookConfig},
};
use hark_mention::{
    Timestamp,
    config::{Secret, Size},
};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use crate::network::context;
use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::Fault,
};

const TOKEN: &str = "webhook-very-secret";

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Bodies, and whether each was taken.
type Waiting = Vec<(Value, Arc<AtomicBool>)>;

/// A sender that sends again until it is told that what it sent is stored.
struct Sender {
    port: u16,
    waiting: Arc<Mutex<Waiting>>,
}

impl Sender {
    fn send(&self, body: Value) {
        self.waiting.lock().unwrap().push((body, Arc::default()));
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

impl World for Sender {
    const CAN: Can = Can { revoke: false, remember: false, ask: false, ..ALL };

    async fn start() -> Self {
        Self { port: free_port().await, waiting: Arc::default() }
    }

    fn source(&self) -> Box<dyn Source> {
        let listen = format!("127.0.0.1:{}", self.port);
        let config = WebhookConfig { listen, token: Some(Secret::given(TOKEN)), ..WebhookConfig::default() };
        config.build(context()).unwrap()
    }

    fn publish(&self, number: u64) -> String {
        self.send(
            json!({"id": number, "text": format!("text {number}"), "published_at": Timestamp::now().to_string()}),
        );
        format!("webhook:{number}")
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.send(json!({"id": number, "text": "ahead", "published_at": "2999-01-01T00:00:00Z"}));
        format!("webhook:{number}")
    }

    fn edit(&self, number: u64) {
        self.send(json!({"id": number, "text": "edited", "edited_at": Timestamp::now().to_string()}));
    }

    fn delete(&self, number: u64) {
        self.send(json!({"id": number, "op": "delete"}));
    }

    fn publish_garbage(&self, number: u64) {
        self.send(json!({"id": number, "text": ["none"]}));
    }

    fn fail(&self, _: usize, _: Fault) {}

    fn revoke(&self) {}

    fn mend(&self) {}

    fn secret(&self) -> &str {
        TOKEN
    }

    fn push(&self) {
        let mut waiting = self.waiting.lock().unwrap();
        waiting.retain(|(_, done)| !done.load(Ordering::SeqCst));
        for (body, done) in waiting.iter() {
            let (url, body, done) = (self.url(), body.clone(), Arc::clone(done));
            tokio::spawn(async move {
                let sent = Client::new().post(url).bearer_auth(TOKEN).json(&body).send().await;
                // Both mean that it was read: 400 that it is among the dead letters.
                if sent.is_ok_and(|answer| matches!(answer.status().as_u16(), 200 | 400)) {
                    done.store(true, Ordering::SeqCst);
                }
            });
        }
    }
}

contract!(Sender);

/// A source that runs as long as the test, and its address.
async fn running(change: impl FnOnce(&mut WebhookConfig)) -> String {
    let port = free_port().await;
    let mut config = WebhookConfig {
        listen: format!("127.0.0.1:{port}"),
        token: Some(Secret::given(TOKEN)),
        ..WebhookConfig::default()
    };
    change(&mut config);
    let mut run = Run::new(config.build(context()).unwrap());
    tokio::spawn(async move {
        loop {
            run.step().await;
        }
    });
    let url = format!("http://127.0.0.1:{port}/");
    while Client::new().get(&url).send().await.is_err() {
        tokio::task::yield_now().await;
    }
    url
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let answer: Response = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn all_modes_are_taken_and_told_what_became_of_them() {
    let url = running(|_| {}).await;
    let post = || Client::new().post(&url).bearer_auth(TOKEN);
    let event = |id: &str| json!({"specversion": "1.0", "id": id, "source": "/shop", "type": "review", "data": {"text": "Goed"}});
    let binary = post()
        .header("ce-specversion", "1.0")
        .header("ce-id", "1")
        .header("ce-source", "/shop")
        .header("ce-type", "review")
        .header("ce-subject", "%E2%82%AC")
        .json(&json!({"text": "Goed"}));
    assert_eq!(answer(binary).await, (StatusCode::OK, json!({"accepted": 1, "rejected": []})));
    let structured =
        post().header("content-type", "application/cloudevents+json; charset=utf-8").body(event("2").to_string());
    assert_eq!(answer(structured).await.0, StatusCode::OK);
    let batch = json!([event("3"), {"specversion": "1.0"}, event("4")]);
    let (status, told) =
        answer(post().header("content-type", "application/cloudevents-batch+json").body(batch.to_string())).await;
    assert_eq!((status, &told["accepted"], &told["rejected"][0]["index"]), (StatusCode::OK, &json!(2), &json!(1)));
    assert_eq!(answer(post().json(&json!({"text": "Goed"}))).await.0, StatusCode::OK);
    assert_eq!(answer(post().json(&json!({"text": 5, "kind": "song"}))).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer(post().header("content-type", "application/json").body("{oops")).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        answer(post().header("content-type", "image/png").body("x")).await.0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(answer(Client::new().get(&url).bearer_auth(TOKEN)).await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer(Client::new().post(format!("{url}other")).bearer_auth(TOKEN)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn strangers_are_refused() {
    let secret = "signing-secret";
    let url = running(|config| {
        config.secrets = vec![Secret::given(secret)];
        config.timestamp_header = Some("x-timestamp".into());
    })
    .await;
    let body = json!({"text": "Goed"}).to_string();
    let signed = |key: &str, at: i64, body: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(format!("{at}.{body}").as_bytes());
        let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256={digits}")
    };
    let now = Timestamp::now().as_millis() / 1000;
    let send = |token: &str, at: i64, signature: String| {
        let request = Client::new().post(&url).header("content-type", "application/json").bearer_auth(token);
        answer(request.header("x-timestamp", at).header("x-signature", signature).body(body.clone()))
    };
    assert_eq!(send(TOKEN, now, signed(secret, now, &body)).await.0, StatusCode::OK);
    let (status, told) = send("wrong", now, signed(secret, now, &body)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(!told.to_string().contains(TOKEN));
    assert_eq!(send(TOKEN, now, signed("wrong", now, &body)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(send(TOKEN, now, signed(secret, now, "{}")).await.0, StatusCode::UNAUTHORIZED);
    let old = now - 3600;
    assert_eq!(
        send(TOKEN, old, signed(secret, old, &body)).await.0,
        StatusCode::UNAUTHORIZED,
        "recorded and sent again"
    );
    let bare = Client::new().post(&url).json(&json!({"text": "Goed"}));
    assert_eq!(answer(bare).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn github_tells_of_what_is_written_and_deleted() {
    let secret = "hook-secret";
    let url = running(|config| {
        config.format = Format::GitHub;
        config.token = None;
        config.secrets = vec![Secret::given(secret)];
    })
    .await;
    let send = |key: &str, event: &'static str, body: Value| {
        let body = body.to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let request =
            Client::new().post(&url).header("content-type", "application/json").header("x-github-event", event);
        answer(request.header("x-hub-signature-256", format!("sha256={digits}")).body(body))
    };
    let issue = json!({"id": 1, "number": 1, "title": "Accu leeg", "html_url": "https://github.com/acme/phone/issues/1",
        "user": {"id": 5, "login": "jan", "type": "User"}, "body": "Na de update",
        "created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-01T10:00:00Z"});
    let stored = (StatusCode::OK, json!({"accepted": 1, "rejected": []}));
    assert_eq!(send(secret, "ping", json!({"zen": "Half measures."})).await.0, StatusCode::OK, "as when it is set up");
    assert_eq!(send(secret, "issues", json!({"action": "opened", "issue": issue})).await, stored);
    assert_eq!(send(secret, "issues", json!({"action": "deleted", "issue": issue})).await, stored);
    assert_eq!(send(secret, "issues", json!({"action": "opened"})).await.0, StatusCode::BAD_REQUEST);
    let forged = send("guessed", "issues", json!({"action": "deleted", "issue": issue}));
    assert_eq!(forged.await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_sender_hears_nothing_until_its_page_is_durable() {
    let sender = Sender::start().await;
    let mut run = Run::new(sender.source());
    run.step().await;
    let request = Client::new().post(sender.url()).bearer_auth(TOKEN).json(&json!({"id": 1, "text": "Goed"}));
    let answered = tokio::spawn(answer(request));
    // The page is handed out, and its cursor not yet stored: as if Kafka were away.
    let before = run.cursor.clone();
    run.until("the page", |run| !run.mentions().is_empty()).await;
    assert!(!answered.is_finished());
    // Asked with the old cursor, the source gives the same page again.
    let again = run.source.fetch(before.as_ref()).await.unwrap();
    assert_eq!((again.items.len(), again.next.as_ref()), (1, run.cursor.as_ref()));
    assert!(!answered.is_finished());
    run.step().await;
    assert_eq!(answered.await.unwrap().0, StatusCode::OK);
}

#[tokio::test]
async fn who_finds_no_place_is_told_when_to_come_back() {
    let port = free_port().await;
    let config = WebhookConfig {
        listen: format!("127.0.0.1:{port}"),
        token: Some(Secret::given(TOKEN)),
        max_waiting: 2,
        max_body: Size::from_mib(1),
        ..WebhookConfig::default()
    };
    let mut run = Run::new(config.build(context()).unwrap());
    run.step().await;
    let url = format!("http://127.0.0.1:{port}/");
    let send = |id: usize, text: String| {
        let request = Client::new().post(&url).bearer_auth(TOKEN).json(&json!({"id": id, "text": text}));
        tokio::spawn(async move { request.send().await.unwrap() })
    };
    // Nobody fetches: Kafka is away.
    let waiting = [send(1, "a".into()), send(2, "b".into())];
    let turned_away = loop {
        let answer = send(3, "c".into());
        let answered = tokio::time::timeout(Duration::from_millis(200), answer).await;
        if let Ok(Ok(answer)) = answered {
            break answer;
        }
    };
    assert_eq!(turned_away.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(turned_away.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    // It comes back, and all are answered.
    run.until("two of them", |run| run.mentions().len() >= 2).await;
    run.step().await;
    for sent in waiting {
        let status = sent.await.unwrap().status();
        assert!(matches!(status, StatusCode::OK | StatusCode::TOO_MANY_REQUESTS), "{status}");
    }
    assert_eq!(
        {
            let request = send(9, "x".repeat((1 << 20) + 10));
            let mut answered = None;
            while answered.is_none() {
                run.step().await;
                answered = request.is_finished().then_some(());
            }
            request.await.unwrap().status()
        },
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn only_allowed_origins_may_ask_to_send() {
    let url = running(|config| config.allowed_origins = vec!["events.example".into()]).await;
    let ask = |origin: &'static str| {
        let request = Client::new().request(reqwest::Method::OPTIONS, &url).header("webhook-request-origin", origin);
        async move { request.send().await.unwrap().headers().get("webhook-allowed-origin").cloned() }
    };
    assert_eq!(ask("events.example").await.unwrap(), "events.example");
    assert_eq!(ask("elsewhere.example").await, None);
}
