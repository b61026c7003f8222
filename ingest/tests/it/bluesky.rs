//! A Jetstream server: replay from a cursor, overlap, pings, compression, failures, and a flood.

use std::{
    collections::HashSet,
    io::Write,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::SinkExt;
use hark_ingest::{
    Again, Backfilled, Item, Period, Source, SourceContext, SourceError, Terms,
    sources::bluesky::{BlueskyConfig, BlueskySource},
};
use hark_mention::{
    DropReason, Event, Mention, Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{Request, Response},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Fault, Network, Reply, context},
};

const START: i64 = 1_795_334_400_000_000;

/// How a server behaves; each change holds from the next connection on.
#[derive(Clone, Default)]
struct Manner {
    events: Vec<Value>,
    /// Answers 503 to so many connections first.
    not_ready: usize,
    /// Closes each connection after so many events.
    close_after: Option<usize>,
    /// Cuts each connection in the midst of a frame after so many events.
    cut_after: Option<usize>,
    /// Nothing older is kept: an earlier cursor is clamped without a word.
    oldest: i64,
    /// The dictionary for `compress=true`.
    dictionary: Option<Vec<u8>>,
    /// Accepts and then says nothing.
    silent: bool,
}

#[derive(Default)]
struct Log {
    /// The query of each connection.
    asked: Mutex<Vec<String>>,
    agents: Mutex<Vec<String>>,
    pongs: AtomicUsize,
}

struct Jetstream {
    url: String,
    manner: Arc<Mutex<Manner>>,
    log: Arc<Log>,
}

impl Jetstream {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let (manner, log) = (Arc::new(Mutex::new(manner)), Arc::new(Log::default()));
        let shared = (manner.clone(), log.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, shared.0.clone(), shared.1.clone()));
            }
        });
        Self { url, manner, log }
    }

    fn set(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.manner.lock().unwrap());
    }

    fn connections(&self) -> usize {
        self.log.asked.lock().unwrap().len()
    }

    fn asked(&self, connection: usize) -> String {
        self.log.asked.lock().unwrap()[connection].clone()
    }
}

async fn serve(mut socket: TcpStream, manner: Arc<Mutex<Manner>>, log: Arc<Log>) {
    let manner = {
        let mut shared = manner.lock().unwrap();
        let manner = shared.clone();
        shared.not_ready = shared.not_ready.saturating_sub(1);
        manner
    };
    if manner.not_ready > 0 {
        let _ = socket.read(&mut [0; 4096]).await;
        let body = "service not ready";
        let answer = format!("HTTP/1.1 503 Service Unavailable\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let _ = socket.write_all(answer.as_bytes()).await;
        return;
    }
    let mut query = String::new();
    #[expect(clippy::result_large_err, reason = "the library's type")]
    let note = |request: &Request, response: Response| {
        assert_eq!(request.uri().path(), "/subscribe");
        query = request.uri().query().unwrap_or_default().to_owned();
        log.agents.lock().unwrap().push(request.headers()["user-agent"].to_str().unwrap().to_owned());
        Ok(response)
    };
    let Ok(mut stream) = accept_hdr_async(socket, note).await else { return };
    log.asked.lock().unwrap().push(query.clone());
    if manner.silent {
        std::future::pending::<()>().await;
    }
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    let cursor = parameter("cursor").map_or(manner.oldest, |cursor| cursor.parse::<i64>().unwrap().max(manner.oldest));
    let dictionary = manner.dictionary.as_ref().filter(|_| parameter("compress") == Some("true"));
    let time = |event: &Value| event["time_us"].as_i64();
    let replay = manner.events.iter().filter(|event| time(event).is_none_or(|time| time >= cursor));
    for (sent, event) in replay.enumerate() {
        if manner.close_after == Some(sent) {
            let frame = CloseFrame { code: CloseCode::Away, reason: "bye".into() };
            let _ = stream.close(Some(frame)).await;
            // Not at once: what the client has not read yet would be lost with the socket.
            return wait_for_pongs(&mut stream, &log).await;
        }
        if manner.cut_after == Some(sent) {
            // The head of a frame of 200 bytes, and the first of them.
            let socket = stream.get_mut();
            let _ = socket.write_all(b"\x81\x7e\x00\xc8{\"kind\"").await;
            let _ = socket.shutdown().await;
            let _ = socket.read_to_end(&mut Vec::new()).await;
            return;
        }
        if sent % 2 == 1 && stream.send(Message::Ping("are you there".into())).await.is_err() {
            return;
        }
        if stream.send(frame(event, dictionary)).await.is_err() {
            return;
        }
    }
    wait_for_pongs(&mut stream, &log).await;
}

async fn wait_for_pongs(stream: &mut WebSocketStream<TcpStream>, log: &Log) {
    use futures::StreamExt;
    while let Some(Ok(message)) = stream.next().await {
        if message.is_pong() {
            log.pongs.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn frame(event: &Value, dictionary: Option<&Vec<u8>>) -> Message {
    let Some(dictionary) = dictionary else { return Message::text(event.to_string()) };
    let mut encoder = zstd::stream::Encoder::with_dictionary(Vec::new(), 3, dictionary).unwrap();
    encoder.write_all(event.to_string().as_bytes()).unwrap();
    Message::binary(encoder.finish().unwrap())
}

/// A post by its number: one a second, written when the server saw it.
fn post(number: i64, text: &str) -> Value {
    commit(number, "create", json!({"text": text, "langs": ["en"]}))
}

fn commit(number: i64, operation: &str, record: Value) -> Value {
    let commit = json!({"rev": "", "operation": operation, "collection": "app.bsky.feed.post",
        "rkey": format!("r{number}"), "record": record, "cid": "c"});
    json!({"did": "did:plc:a", "time_us": START + number * 1_000_000, "kind": "commit", "commit": commit})
}

fn id(number: i64) -> String {
    format!("bluesky:at://did:plc:a/app.bsky.feed.post/r{number}")
}

fn config(servers: &[&Jetstream]) -> BlueskyConfig {
    BlueskyConfig { hosts: servers.iter().map(|server| server.url.clone()).collect(), ..BlueskyConfig::default() }
}

fn run(config: BlueskyConfig) -> Run<BlueskySource> {
    Run::new(BlueskySource::new(config, context()).unwrap())
}

fn numbers(run: &Run<BlueskySource>) -> HashSet<String> {
    run.mentions().iter().map(|mention| mention.id.clone()).collect()
}

#[tokio::test]
async fn all_kinds_of_events_find_their_fate() {
    let account = |number: i64, active: bool, status: &str| {
        json!({"did": format!("did:plc:{status}"), "time_us": START + number * 1_000_000, "kind": "account",
            "account": {"active": active, "status": status}})
    };
    let mut deletion = commit(5, "delete", Value::Null);
    deletion["commit"].as_object_mut().unwrap().remove("record");
    let mut like = post(7, "not a post");
    like["commit"]["collection"] = json!("app.bsky.feed.like");
    let events = vec![
        post(1, "hello"),
        json!({"did": "did:plc:a", "time_us": START + 2_000_000, "kind": "identity", "identity": {"did": "did:plc:a"}}),
        account(3, false, "deleted"),
        commit(4, "create", json!({"text": 7})),
        deletion,
        account(6, true, "back"),
        like,
        json!({"kind": "heartbeat", "payload": ""}),
        commit(1, "update", json!({"text": "hello again"})),
        post(9, "last"),
    ];
    let server = Jetstream::start(Manner { events, ..Manner::default() }).await;
    let context = SourceContext { contact: Some("mail@hark.example".into()), ..context() };
    let mut run = Run::new(BlueskySource::new(config(&[&server]), context).unwrap());
    run.until("the last", |run| numbers(run).contains(&id(9))).await;
    assert_eq!(run.items.len(), 10, "each frame has one fate");
    assert_eq!(
        run.states(&id(1)).iter().map(|state| state.text.as_str()).collect::<Vec<_>>(),
        ["hello", "hello again"]
    );
    assert!(run.states(&id(1))[1].edited_at.is_some());
    assert_eq!(run.deletes()[0].id, id(5));
    let forgotten =
        |item: &&Item| matches!(item, Item::Keep(Event::ForgetAuthor(forget)) if forget.author_id == "did:plc:deleted");
    assert_eq!(run.items.iter().filter(forgotten).count(), 1);
    assert_eq!(run.dropped(DropReason::NotAMention), 4);
    assert_eq!(run.rejected().len(), 1);
    assert!(server.asked(0).contains("wantedCollections=app.bsky.feed.post") && !server.asked(0).contains("cursor"));
    assert!(server.log.agents.lock().unwrap()[0].contains("+mail@hark.example"));
    let start = std::time::Instant::now();
    while server.log.pongs.load(Ordering::SeqCst) < 5 {
        assert!(start.elapsed() < crate::drive::DEADLINE, "pings are answered");
        run.step().await;
    }
}

#[tokio::test]
async fn only_wanted_posts_in_wanted_languages_pass_but_every_deletion_does() {
    let in_language = |number, langs: Value| commit(number, "create", json!({"text": "a fairphone", "langs": langs}));
    let events = vec![
        in_language(1, json!(["nl-NL"])),
        in_language(2, json!(["en", "nl"])),
        in_language(3, json!(["en"])),
        in_language(4, json!([])),
        commit(5, "create", json!({"text": "something else"})),
        commit(6, "delete", Value::Null),
        commit(1, "update", json!({"text": "something else"})),
        in_language(9, json!(["nl"])),
    ];
    let server = Jetstream::start(Manner { events, ..Manner::default() }).await;
    let wanted = |mention: &Mention| mention.text.contains("fairphone");
    let context = SourceContext { wanted: Some(Arc::new(wanted)), ..context() };
    let config = BlueskyConfig { languages: vec!["NL".into()], ..config(&[&server]) };
    let mut run = Run::new(BlueskySource::new(config, context).unwrap());
    run.until("the last", |run| numbers(run).contains(&id(9))).await;
    assert_eq!(numbers(&run), HashSet::from([1, 2, 4, 9].map(id)));
    assert_eq!(run.dropped(DropReason::NoQueryMatched), 2);
    let deleted: Vec<_> = run.deletes().iter().map(|delete| delete.id.clone()).collect();
    assert_eq!(deleted, [id(6), id(1)], "also a post that no longer matches");
}

#[tokio::test]
async fn closed_and_cut_connections_lose_nothing() {
    let events: Vec<_> = (0..60).map(|number| post(number, "x")).collect();
    let server = Jetstream::start(Manner { events, close_after: Some(20), ..Manner::default() }).await;
    let mut run = run(config(&[&server]));
    run.until("the first part", |run| numbers(run).len() >= 20).await;
    server.set(|manner| (manner.close_after, manner.cut_after) = (None, Some(20)));
    run.until("the second part", |run| numbers(run).len() >= 35).await;
    server.set(|manner| manner.cut_after = None);
    run.until("everything", |run| numbers(run).len() == 60).await;
    // The reconnection overlaps five seconds; the same event is the same state.
    assert!(run.mentions().len() > 60);
    let states: HashSet<_> = run.mentions().iter().map(|mention| (mention.id.clone(), mention.revision)).collect();
    assert_eq!(states.len(), 60);
    let cursor = server.asked(1).split("cursor=").nth(1).unwrap().parse::<i64>().unwrap();
    assert_eq!(cursor, START + 19_000_000 - 5_000_000);
}

#[tokio::test]
async fn a_page_that_was_not_stored_is_read_again_and_so_is_a_dropped_call() {
    let events: Vec<_> = (0..10).map(|number| post(number, "x")).collect();
    let server = Jetstream::start(Manner { events, ..Manner::default() }).await;
    let mut run = run(config(&[&server]));
    run.until("all", |run| numbers(run).len() == 10).await;
    let stored = run.cursor.clone();
    // A call is dropped in its midst: the next one begins at the cursor.
    assert!(
        tokio::time::timeout(Duration::ZERO, hark_ingest::Source::fetch(&mut run.source, stored.as_ref()))
            .await
            .is_err()
    );
    server.set(|manner| manner.events.push(post(10, "new")));
    run.until("the new one", |run| numbers(run).len() == 11).await;
    // The page was not durable: the same cursor comes again, and so does the page.
    run.items.clear();
    run.cursor = stored;
    run.until("the new one again", |run| numbers(run).contains(&id(10))).await;
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn the_next_server_takes_over() {
    let events: Vec<_> = (0..10).map(|number| post(number, "x")).collect();
    let good = Jetstream::start(Manner { events: events.clone(), ..Manner::default() }).await;
    let not_ready = Jetstream::start(Manner { not_ready: usize::MAX, ..Manner::default() }).await;
    let mut servers = config(&[&not_ready, &good]);
    servers.hosts.insert(0, "ws://127.0.0.1:1".into());
    let mut over = run(servers);
    over.until("all", |run| numbers(run).len() == 10).await;
    assert!(over.errors.is_empty(), "one call finds the server that works");

    // One server that is warming up, and a dead name: it is said, and then it goes on.
    let warming = Jetstream::start(Manner { events, not_ready: 3, ..Manner::default() }).await;
    let mut alone = run(config(&[&warming]));
    alone.until("all", |run| numbers(run).len() == 10).await;
    assert_eq!(alone.errors.len(), 3);
    assert!(
        matches!(&alone.errors[0], SourceError::Later { error, .. } if error.contains("503") && error.contains("not ready"))
    );
}

#[tokio::test]
async fn a_server_that_drops_everybody_is_an_error_and_not_an_empty_page() {
    let server =
        Jetstream::start(Manner { events: vec![post(0, "x")], close_after: Some(0), ..Manner::default() }).await;
    let mut run = run(config(&[&server]));
    run.until("an error", |run| !run.errors.is_empty()).await;
    assert!(matches!(&run.errors[0], SourceError::Later { error, .. } if error.contains("bye")), "{:?}", run.errors);
    // An encrypted address that speaks no TLS is an error too, and no panic.
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("wss://{}", plain.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = plain.accept().await {
            let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let mut encrypted = self::run(BlueskyConfig { hosts: vec![host], ..BlueskyConfig::default() });
    encrypted.until("an error", |run| !run.errors.is_empty()).await;
}

#[tokio::test]
async fn silence_ends_a_connection() {
    let silent = Jetstream::start(Manner { silent: true, ..Manner::default() }).await;
    let good = Jetstream::start(Manner { events: vec![post(0, "x")], ..Manner::default() }).await;
    let mut run = run(BlueskyConfig { idle_timeout: Span::from_millis(50), ..config(&[&silent, &good]) });
    run.until("the other server", |run| numbers(run).len() == 1).await;
    assert!(matches!(&run.errors[0], SourceError::Later { error, .. } if error.contains("silent")), "{:?}", run.errors);
}

#[tokio::test]
async fn compressed_frames_are_read_with_the_dictionary() {
    let samples: Vec<_> = (0..2_000).map(|number| post(number, &format!("sample {number}")).to_string()).collect();
    let trained = zstd::dict::from_samples(&samples, 8 << 10).unwrap();
    // The real one too, when it is at hand.
    let real = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/sources/samples/01-bluesky/jetstream_v1_zstd_dictionary.zdict");
    let events: Vec<_> = (0..10).map(|number| post(number, "compressed")).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    let server = Jetstream::start(Manner { events, ..Manner::default() }).await;
    for dictionary in [std::fs::read(real).ok(), Some(trained)].into_iter().flatten() {
        std::fs::write(file.path(), &dictionary).unwrap();
        server.set(|manner| manner.dictionary = Some(dictionary));
        let mut run = run(BlueskyConfig { dictionary: Some(file.path().to_owned()), ..config(&[&server]) });
        run.until("all", |run| numbers(run).len() == 10).await;
        assert!(server.asked(0).contains("compress=true") && run.rejected().is_empty());
    }
    // A frame that is no zstd is a dead letter with its bytes; the others go on.
    server.set(|manner| manner.dictionary = Some(b"another dictionary".to_vec()));
    let mut wrong = run(BlueskyConfig { dictionary: Some(file.path().to_owned()), ..config(&[&server]) });
    wrong.until("dead letters", |run| run.rejected().len() + run.mentions().len() == 10).await;
    let missing = BlueskyConfig { dictionary: Some("/nowhere/x".into()), ..config(&[&server]) };
    let error = BlueskySource::new(missing, context()).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("/nowhere/x")));
}

#[tokio::test]
async fn after_a_long_pause_reading_goes_on_with_what_the_server_has() {
    let events: Vec<_> = (0..10).map(|number| post(number, "x")).collect();
    let server = Jetstream::start(Manner { events, ..Manner::default() }).await;
    let mut before = run(config(&[&server]));
    before.until("all", |run| numbers(run).len() == 10).await;
    server.set(|manner| {
        manner.oldest = START + 1_000_000_000;
        manner.events = (2_000..2_010).map(|number| post(number, "x")).collect();
    });
    let mut after = run(config(&[&server]));
    after.cursor = before.cursor;
    after.until("the later ones", |run| numbers(run).len() == 10).await;
    let gap = &after.gaps[0];
    assert_eq!(
        (after.gaps.len(), gap.from.as_millis(), gap.to.as_millis()),
        (1, START / 1000 + 9_000, START / 1000 + 2_000_000)
    );
}

/// 100,000 events of a kilobyte at once, and a reader that is slow: the server has to wait, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_waits_in_the_socket() {
    const EVENTS: u64 = 100_000;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("ws://{}", listener.local_addr().unwrap());
    let (sent, stuck) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
    let (count, held_back) = (sent.clone(), stuck.clone());
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut stream = tokio_tungstenite::accept_async(socket).await.unwrap();
        let text = "y".repeat(800);
        for number in 0..EVENTS {
            let event = Message::text(post(i64::try_from(number).unwrap(), &text).to_string());
            let mut sending = std::pin::pin!(stream.send(event));
            // What cannot be sent within this time is held back by the reader.
            if tokio::time::timeout(Duration::from_millis(300), &mut sending).await.is_err() {
                held_back.notify_one();
                sending.await.unwrap();
            }
            count.fetch_add(1, Ordering::SeqCst);
        }
        std::future::pending::<()>().await;
    });
    let mut run = run(BlueskyConfig { hosts: vec![host], ..BlueskyConfig::default() });
    run.step().await;
    let first = run.items.len() as u64;
    assert!(first > 0 && first <= 10_000, "a page is bounded: {first}");
    // The runner is busy with the page. The server fills what the kernel holds, and then waits.
    let waited = tokio::time::timeout(crate::drive::DEADLINE, stuck.notified()).await;
    assert!(waited.is_ok(), "the server was never held back");
    let held = sent.load(Ordering::SeqCst);
    assert!(held < EVENTS / 2, "{held} of {EVENTS} events were taken in after one page of {first}");
    let mut ids = HashSet::new();
    while (ids.len() as u64) < EVENTS {
        run.step().await;
        assert!(run.errors.is_empty(), "{:?}", run.errors);
        ids.extend(numbers(&run));
        run.items.clear();
    }
}

/// The network as it is written now, for the rules that every source keeps.
struct Relay {
    url: String,
    inner: Arc<Mutex<Inner>>,
    /// Counts what happened, so that connections look again.
    changes: watch::Sender<u64>,
    start: i64,
}

#[derive(Default)]
struct Inner {
    events: Vec<Value>,
    faults: Vec<Fault>,
    /// Connections that began before this number of them are over.
    cut: u64,
    connections: u64,
}

impl Relay {
    fn write(&self, number: u64, operation: &str, record: Value) -> String {
        let mut inner = self.inner.lock().unwrap();
        let mut event = commit(i64::try_from(number).unwrap(), operation, record);
        event["time_us"] = json!(self.start + 1000 * i64::try_from(inner.events.len()).unwrap());
        inner.events.push(event);
        drop(inner);
        self.changes.send_modify(|changes| *changes += 1);
        id(i64::try_from(number).unwrap())
    }
}

async fn relay(mut socket: TcpStream, inner: Arc<Mutex<Inner>>, mut changes: watch::Receiver<u64>) {
    let (fault, connection) = {
        let mut inner = inner.lock().unwrap();
        inner.connections += 1;
        let fault = (!inner.faults.is_empty()).then(|| inner.faults.remove(0));
        (fault, inner.connections)
    };
    let refusal = match &fault {
        Some(Fault::Status(status)) => Some(format!("{status} No\r\n")),
        Some(Fault::Limit(seconds)) => Some(format!("429 No\r\nretry-after: {seconds}\r\n")),
        Some(Fault::LimitUntil(seconds)) => {
            let end = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(*seconds));
            Some(format!("429 No\r\nretry-after: {end}\r\n"))
        }
        Some(Fault::Hang) => return std::future::pending().await,
        _ => None,
    };
    if let Some(refusal) = refusal {
        let _ = socket.read(&mut [0; 4096]).await;
        let _ = socket.write_all(format!("HTTP/1.1 {refusal}content-length: 0\r\n\r\n").as_bytes()).await;
        return;
    }
    let mut query = String::new();
    #[expect(clippy::result_large_err, reason = "the library's type")]
    let note = |request: &Request, response: Response| {
        query = request.uri().query().unwrap_or_default().to_owned();
        Ok(response)
    };
    let Ok(mut stream) = accept_hdr_async(socket, note).await else { return };
    let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
    let cursor: i64 = cursor.map_or(0, |cursor| cursor.parse().unwrap());
    match fault {
        Some(Fault::Cut) => {
            let _ = stream.get_mut().write_all(b"\x81\x7e\x00\xc8{\"kind\"").await;
            return;
        }
        Some(Fault::Garbage) => drop(stream.send(Message::text("<html>busy</html>")).await),
        _ => {}
    }
    let mut sent = 0;
    loop {
        let (events, is_cut) = {
            let inner = inner.lock().unwrap();
            (inner.events[sent..].to_vec(), connection <= inner.cut)
        };
        if is_cut {
            return;
        }
        sent += events.len();
        for event in events.iter().filter(|event| event["time_us"].as_i64().unwrap() >= cursor) {
            if stream.send(frame(event, None)).await.is_err() {
                return;
            }
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

impl World for Relay {
    const CAN: Can = Can { revoke: false, ..ALL };

    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let (inner, changes) = (Arc::<Mutex<Inner>>::default(), watch::channel(0).0);
        let shared = (Arc::clone(&inner), changes.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(relay(socket, Arc::clone(&shared.0), shared.1.subscribe()));
            }
        });
        let start = Timestamp::now().as_millis() * 1000 - 3_600_000_000;
        Self { url, inner, changes, start }
    }

    fn source(&self) -> Box<dyn Source> {
        let config = BlueskyConfig { hosts: vec![self.url.clone()], ..BlueskyConfig::default() };
        Box::new(BlueskySource::new(config, context()).unwrap())
    }

    fn publish(&self, number: u64) -> String {
        self.write(number, "create", json!({"text": format!("post {number}")}))
    }

    fn publish_ahead(&self, number: u64) -> String {
        let tomorrow = Timestamp::from_millis(Timestamp::now().as_millis() + 86_400_000).to_string();
        self.write(number, "create", json!({"text": "early", "createdAt": tomorrow}))
    }

    fn edit(&self, number: u64) {
        self.write(number, "update", json!({"text": "edited"}));
    }

    fn delete(&self, number: u64) {
        self.write(number, "delete", Value::Null);
    }

    fn publish_garbage(&self, number: u64) {
        self.write(number, "create", json!({"text": 7}));
    }

    fn fail(&self, times: usize, fault: Fault) {
        let mut inner = self.inner.lock().unwrap();
        inner.faults.extend(std::iter::repeat_n(fault, times));
        inner.cut = inner.connections;
        drop(inner);
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn revoke(&self) {}

    fn mend(&self) {
        self.inner.lock().unwrap().faults.clear();
    }

    fn secret(&self) -> &str {
        ""
    }
}

contract!(Relay);

#[tokio::test]
async fn history_is_searched_with_an_account_to_its_end() {
    const BEGIN: i64 = 1_767_225_600_000;
    let network = Network::start().await;
    network.on("POST /xrpc/com.atproto.server.createSession", |asked| {
        let asked: Value = serde_json::from_slice(&asked.body).unwrap();
        match (asked["identifier"].as_str(), asked["password"].as_str()) {
            (Some("hark.example"), Some("hunter2")) => Reply::json(&json!({"accessJwt": "jwt", "did": "did:plc:h"})),
            _ => Reply::json(&json!({"error": "AuthenticationRequired"})).with_status(401),
        }
    });
    // 350 posts, one a minute, some of them at the same time; newest first, a hundred at most.
    let time = |number: i64| Timestamp::from_millis(BEGIN + number / 3 * 180_000);
    network.on("GET /xrpc/app.bsky.feed.searchPosts", move |asked| {
        assert_eq!(asked.header("authorization"), "Bearer jwt");
        let bound = |key: &str| Timestamp::parse(asked.query(key).unwrap()).unwrap();
        let (since, until) = (bound("since"), bound("until"));
        let found = (0..350).rev().filter(|number| (since..until).contains(&time(*number)));
        let said = asked.query("q").unwrap() == "\"fair phone\"";
        let view = |number: i64| {
            json!({"uri": format!("at://did:plc:a/app.bsky.feed.post/r{number}"), "cid": "c", "indexedAt": time(number),
                "author": {"did": "did:plc:a", "handle": "anna.example", "displayName": "Anna"}, "likeCount": 3,
                "record": {"text": format!("my fair phone {number}"), "createdAt": time(number), "langs": ["en"]}})
        };
        let posts: Vec<Value> = found.filter(|_| said).map(view).collect();
        let total = posts.len();
        Reply::json(&json!({"posts": posts[..total.min(100)], "hitsTotal": total}))
    });
    let config = BlueskyConfig {
        account: Some("hark.example".into()),
        password: Some(Secret::given("hunter2")),
        search_url: format!("{}/xrpc", network.url()),
        ..BlueskyConfig::default()
    };
    let terms = Terms { words: vec!["fair phone".into(), "another".into()], because: None };
    let source = || BlueskySource::new(config.clone(), SourceContext { terms: terms.clone(), ..context() });
    let period = Period { from: time(30), to: time(330) };
    assert_eq!(source().unwrap().estimate(period).await.unwrap().mentions, Some(300));
    let (mut cursor, mut found) = (None, HashSet::new());
    loop {
        let Backfilled { page, .. } = source().unwrap().backfill(period, cursor.as_ref()).await.unwrap();
        found.extend(page.items.iter().filter_map(|item| match item {
            Item::Keep(event) => Some(event.key().to_owned()),
            _ => None,
        }));
        cursor = page.next.or(cursor);
        if page.again == Again::Never {
            break;
        }
    }
    assert_eq!(found, (30..330).map(id).collect::<HashSet<_>>());
    let stranger = SourceContext { terms: terms.clone(), ..context() };
    let config = BlueskyConfig { account: None, password: None, ..config };
    let refused = BlueskySource::new(config, stranger).unwrap().estimate(period).await;
    assert!(matches!(refused, Err(SourceError::Setup(why)) if why.contains("app password")));
}
