//! Feeds on a web server with all its moods.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use futures::{FutureExt, StreamExt, stream};
use hark_ingest::{
    Again, Source, SourceContext,
    sources::rss::{RssConfig, RssSource},
};
use hark_mention::{
    DropReason, Kind,
    config::{Size, Span},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{self, Fault, Network, context},
};

/// What the server gives at one path.
#[derive(Clone)]
enum Reply {
    /// A document with validators: asked again with them, it answers 304.
    Document(Vec<u8>, &'static str),
    Status(u16, Vec<(header::HeaderName, String)>),
    /// A body without end.
    Endless,
    /// A little compressed data that becomes 50 MB.
    Bomb,
    /// One byte, and then nothing for ever.
    Drip,
}

type Replies = Arc<Mutex<HashMap<String, Reply>>>;
type Asked = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// A web server whose replies can be changed while it runs, and which remembers what it was asked.
struct Web {
    address: SocketAddr,
    replies: Replies,
    asked: Asked,
}

impl Web {
    async fn start() -> Self {
        let (replies, asked) = (Replies::default(), Asked::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state((replies.clone(), asked.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, replies, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn set(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    fn feed(&self, path: &str, items: &str) {
        self.set(path, Reply::Document(rss(items).into(), "application/rss+xml"));
    }

    fn asked(&self, path: &str) -> Vec<HeaderMap> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(at, _)| at == path).map(|(_, headers)| headers.clone()).collect()
    }
}

async fn answer(State((replies, asked)): State<(Replies, Asked)>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    asked.lock().unwrap().push((path.clone(), request.headers().clone()));
    let reply = replies.lock().unwrap().get(&path).cloned();
    let response = Response::builder();
    match reply {
        None => response.status(StatusCode::NOT_FOUND).body(Body::from("not here")),
        Some(Reply::Document(body, kind)) => {
            let etag =
                format!("W/\"{}-gzip\"", body.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte)));
            let response =
                response.header(header::ETAG, &etag).header(header::LAST_MODIFIED, "Sun, 22 Nov 2026 08:00:00 GMT");
            if request.headers().get(header::IF_NONE_MATCH).is_some_and(|given| *given == *etag) {
                response.status(StatusCode::NOT_MODIFIED).body(Body::empty())
            } else {
                response.header(header::CONTENT_TYPE, kind).body(Body::from(body))
            }
        }
        Some(Reply::Status(status, headers)) => {
            let response = response.status(status);
            headers
                .into_iter()
                .fold(response, |response, (name, value)| response.header(name, value))
                .body(Body::empty())
        }
        Some(Reply::Endless) => {
            let block = Bytes::from(vec![b' '; 64 << 10]);
            response.body(Body::from_stream(stream::repeat(block).map(Ok::<_, std::io::Error>)))
        }
        Some(Reply::Bomb) => {
            let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            bomb.write_all(&vec![b' '; 50 << 20]).unwrap();
            response.header(header::CONTENT_ENCODING, "gzip").body(Body::from(bomb.finish().unwrap()))
        }
        Some(Reply::Drip) => {
            let first = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"<")) });
            response.body(Body::from_stream(first.chain(stream::pending())))
        }
    }
    .unwrap()
}

fn rss(items: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>"#
    )
}

fn item(guid: &str, text: &str) -> String {
    format!(
        "<item><guid isPermaLink='false'>tag:{guid}</guid><description>{text}</description><pubDate>Sun, 22 Nov 2020 08:00:00 GMT</pubDate></item>"
    )
}

fn config(urls: &[String]) -> RssConfig {
    RssConfig {
        urls: urls.to_vec(),
        poll_interval: Span::from_millis(10),
        timeout: Span::from_secs(20),
        max_bytes: Size::from_mib(1),
        concurrency: 8,
    }
}

fn run(urls: &[String]) -> Run<RssSource> {
    Run::new(RssSource::new(config(urls), context()).unwrap())
}

#[tokio::test]
async fn new_and_edited_items_come_once_and_unchanged_feeds_cost_nothing() {
    let web = Web::start().await;
    web.feed("/feed", &(item("b", "two") + &item("a", "one")));
    let context = SourceContext { contact: Some("https://hark.example/bot".into()), ..context() };
    let mut run = Run::new(RssSource::new(config(&[web.url("/feed")]), context).unwrap());
    run.until("the second look", |_| web.asked("/feed").len() > 2).await;
    let ids: Vec<_> = run.mentions().iter().map(|mention| mention.id.clone()).collect();
    assert_eq!(ids, ["rss:tag:a", "rss:tag:b"], "oldest first, each once");
    assert!(run.mentions().iter().all(|mention| mention.revision == 0 && mention.kind == Kind::Article));

    let asked = web.asked("/feed");
    assert!(asked[0].get(header::IF_NONE_MATCH).is_none());
    assert!(
        asked[1][header::IF_NONE_MATCH].to_str().unwrap().starts_with("W/\""),
        "the validator goes back as it came"
    );
    assert_eq!(asked[1][header::IF_MODIFIED_SINCE], "Sun, 22 Nov 2026 08:00:00 GMT");
    let agent = asked[0][header::USER_AGENT].to_str().unwrap();
    assert!(agent.starts_with("Hark/") && agent.contains("+https://hark.example/bot"), "{agent}");

    web.feed("/feed", &(item("c", "three") + &item("b", "two, corrected") + &item("a", "one")));
    run.until("the new item", |run| !run.states("rss:tag:c").is_empty()).await;
    assert_eq!(run.states("rss:tag:a").len(), 1);
    let edited = &run.states("rss:tag:b")[1];
    assert!(edited.revision > 1_700_000_000_000 && edited.edited_at.is_some());
    assert_eq!(edited.text, "two, corrected");
    assert_eq!(run.dropped(DropReason::Unchanged), 1);

    // An item that leaves the window is not deleted, and not new when it comes back.
    web.feed("/feed", &item("d", "four"));
    run.until("the next item", |run| !run.states("rss:tag:d").is_empty()).await;
    web.feed("/feed", &(item("d", "four") + &item("e", "five") + &item("c", "three")));
    run.until("the last item", |run| !run.states("rss:tag:e").is_empty()).await;
    assert_eq!(run.states("rss:tag:c").len(), 1);
    assert!(run.deletes().is_empty());
}

#[tokio::test]
async fn a_page_that_was_not_stored_comes_again_the_same() {
    let web = Web::start().await;
    web.feed("/feed", &item("a", "one"));
    let mut first = run(&[web.url("/feed")]);
    first.until("the item", |run| !run.mentions().is_empty()).await;
    // The process died before the cursor was stored.
    let mut second = run(&[web.url("/feed")]);
    second.until("the item again", |run| !run.mentions().is_empty()).await;
    let state = |run: &Run<RssSource>| (run.mentions()[0].id.clone(), run.mentions()[0].revision);
    assert_eq!(state(&first), state(&second));
    // And with the cursor stored, a new process publishes nothing again.
    let mut third = run(&[web.url("/feed")]);
    third.cursor = first.cursor.clone();
    let asked = web.asked("/feed").len();
    third.until("another look", |_| web.asked("/feed").len() > asked + 1).await;
    assert!(third.mentions().is_empty());
}

#[tokio::test]
async fn items_without_a_date_keep_the_time_they_were_first_seen() {
    let web = Web::start().await;
    let undated = |text: &str| format!("<item><guid>tag:u</guid><title>{text}</title></item>");
    web.feed("/feed", &undated("first"));
    let mut run = run(&[web.url("/feed")]);
    run.until("a second look", |_| web.asked("/feed").len() > 2).await;
    web.feed("/feed", &(undated("first") + &item("x", "x")));
    run.until("the other item", |run| !run.states("rss:tag:x").is_empty()).await;
    web.feed("/feed", &undated("second"));
    run.until("the edit", |run| run.states("rss:tag:u").len() > 1).await;
    let states = run.states("rss:tag:u");
    assert_eq!(states.len(), 2);
    assert_eq!(states[0].published_at, states[1].published_at);
    assert_eq!(states[0].revision, u64::try_from(states[0].published_at.as_millis()).unwrap());
    assert!(states[1].revision > states[0].revision && states[1].edited_at.is_some());
}

#[tokio::test]
async fn permanent_moves_are_learnt_and_temporary_ones_are_not() {
    let web = Web::start().await;
    let redirect = |status, to: &str| Reply::Status(status, vec![(header::LOCATION, to.to_owned())]);
    web.feed("/new", &item("a", "one"));
    web.feed("/temporary", &item("b", "two"));
    web.set("/old", redirect(301, "/newer"));
    web.set("/newer", redirect(308, &web.url("/new")));
    web.set("/busy", redirect(302, "/temporary"));
    web.set("/loop", redirect(307, "/loop"));
    let mut run = run(&[web.url("/old"), web.url("/busy"), web.url("/loop")]);
    run.until("enough looks", |_| web.asked("/new").len() > 8 && web.asked("/busy").len() > 8).await;
    assert_eq!(run.mentions().len(), 2);
    assert_eq!(web.asked("/old").len(), 3, "after three times the new address is believed");
    assert!(web.asked("/busy").len() >= web.asked("/temporary").len());
    assert!(web.asked("/loop").len() >= 11, "a loop is left after ten redirects");
    // The new address goes away: the configured one is asked again.
    web.set("/new", Reply::Status(404, Vec::new()));
    run.until("a return", |_| web.asked("/old").len() > 3).await;
}

#[tokio::test]
async fn a_feed_that_is_gone_is_never_asked_again() {
    let web = Web::start().await;
    web.set("/feed", Reply::Status(410, Vec::new()));
    let mut run = run(&[web.url("/feed")]);
    run.until("the end", |run| run.cursor.is_some()).await;
    assert_eq!(run.step().await, Again::Never);
    assert!(run.parts[&web.url("/feed")].as_ref().is_some_and(|error| error.contains("410")), "{:?}", run.parts);
    let mut later = Run::new(RssSource::new(config(&[web.url("/feed")]), context()).unwrap());
    later.cursor = run.cursor;
    assert_eq!(later.step().await, Again::Never);
    assert_eq!(web.asked("/feed").len(), 1);
    assert!(later.parts[&web.url("/feed")].is_some(), "a new process says so too");
}

#[tokio::test]
async fn a_feed_that_fails_is_told_of_while_the_others_go_on() {
    let web = Web::start().await;
    web.feed("/feed", &item("a", "one"));
    web.set("/lost", Reply::Status(404, Vec::new()));
    let mut run = run(&[web.url("/feed"), web.url("/lost")]);
    run.until("both", |run| run.parts.len() == 2).await;
    assert_eq!(run.parts[&web.url("/feed")], None);
    assert!(run.parts[&web.url("/lost")].as_ref().is_some_and(|error| error.contains("404")), "{:?}", run.parts);
    web.feed("/lost", &item("b", "two"));
    run.until("recovery", |run| run.parts[&web.url("/lost")].is_none()).await;
    assert_eq!(run.mentions().len(), 2);
}

#[tokio::test]
async fn a_feed_at_a_private_address_is_read_only_when_its_host_is_listed() {
    let web = Web::start().await;
    web.feed("/feed", &item("a", "one"));
    let mut run = Run::new(RssSource::new(config(&[web.url("/feed")]), SourceContext::default()).unwrap());
    run.until("a refusal", |run| !run.parts.is_empty()).await;
    let told = run.parts[&web.url("/feed")].clone().unwrap_or_default();
    assert!(told.contains("private_hosts"), "{told}");
    assert_eq!(web.asked("/feed").len(), 0);
}

#[tokio::test]
async fn the_server_says_how_long_to_wait() {
    let web = Web::start().await;
    let soon = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(300));
    web.set("/limit", Reply::Status(429, vec![(header::RETRY_AFTER, "120".into())]));
    web.set("/outage", Reply::Status(503, vec![(header::RETRY_AFTER, soon)]));
    let mut run = run(&[web.url("/limit"), web.url("/outage")]);
    let mut again = Again::Now;
    while again == Again::Now {
        again = run.step().await;
    }
    let Again::After(pause) = again else { panic!("{again:?}") };
    assert!(pause > Duration::from_secs(60) && pause <= Duration::from_secs(120), "{pause:?}");
    // A new process keeps to it.
    let mut later = Run::new(RssSource::new(config(&[web.url("/limit"), web.url("/outage")]), context()).unwrap());
    later.cursor = run.cursor.clone();
    assert!(matches!(later.step().await, Again::After(pause) if pause > Duration::from_secs(60)));
    assert_eq!((web.asked("/limit").len(), web.asked("/outage").len()), (1, 1));
}

#[tokio::test]
async fn what_is_no_feed_is_a_dead_letter_once_until_it_heals() {
    let web = Web::start().await;
    let page = b"<!DOCTYPE html><html><body>Please log in</body></html>";
    web.set("/feed", Reply::Document(page.to_vec(), "text/html"));
    web.set("/empty", Reply::Document(Vec::new(), "application/xml"));
    let mut run = run(&[web.url("/feed"), web.url("/empty")]);
    run.until("three looks", |_| web.asked("/feed").len() >= 3 && web.asked("/empty").len() >= 3).await;
    assert_eq!(run.rejected(), [page]);
    assert!(web.asked("/feed").iter().all(|headers| !headers.contains_key(header::IF_NONE_MATCH)));
    // A feed under a wrong content type is a feed.
    web.set("/feed", Reply::Document(rss(&item("a", "healed")).into(), "text/html"));
    run.until("recovery", |run| !run.mentions().is_empty()).await;
    assert_eq!(run.mentions()[0].text, "healed");
}

#[tokio::test]
async fn encodings_are_read_from_the_bytes_first() {
    let web = Web::start().await;
    let utf16 = |text: String| {
        let text = text.replace("utf-8", "utf-16");
        [b"\xfe\xff".to_vec(), text.encode_utf16().flat_map(u16::to_be_bytes).collect()].concat()
    };
    web.set("/utf16", Reply::Document(utf16(rss(&item("a", "café 🎉"))), "application/rss+xml"));
    let latin = rss(&item("b", "caf\u{1}")).into_bytes().into_iter().map(|byte| if byte == 1 { 0xe9 } else { byte });
    web.set("/latin", Reply::Document(latin.collect(), "application/xml; charset=ISO-8859-1"));
    web.set("/wrong", Reply::Document(rss(&item("c", "café 🎉")).into(), "text/xml; charset=us-ascii"));
    let json =
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"tag:d","content_html":"caf&eacute; 🎉"}]}"#;
    web.set("/json", Reply::Document(json.into(), "text/plain"));
    let mut run = run(&["/utf16", "/latin", "/wrong", "/json"].map(|path| web.url(path)));
    run.until("all four", |run| run.mentions().len() >= 4).await;
    let text = |id: &str| run.states(id)[0].text.clone();
    assert_eq!(["a", "c", "d"].map(|id| text(&format!("rss:tag:{id}"))), ["café 🎉"; 3]);
    assert_eq!(text("rss:tag:b"), "café");
}

#[tokio::test]
async fn one_bad_feed_never_holds_up_the_others() {
    let web = Web::start().await;
    // Announces more than it sends, then hangs up.
    let cut = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cut_url = format!("http://{}/cut", cut.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = cut.accept().await.unwrap();
            assert!(socket.read(&mut [0; 4096]).await.unwrap() > 0);
            let start = rss(&item("cut", "cut"));
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{start}");
            socket.write_all(head.as_bytes()).await.unwrap();
        }
    });
    web.set("/endless", Reply::Endless);
    web.set("/bomb", Reply::Bomb);
    web.set("/drip", Reply::Drip);
    web.feed("/good", &item("a", "one"));
    let paths = ["/endless", "/bomb", "/drip", "/missing", "/good"].map(|path| web.url(path));
    let mut run = run(&[&paths[..], &[cut_url, "http://127.0.0.1:1/closed".to_owned()]].concat());
    let looks = || web.asked("/good").len();
    run.until("many looks at the good one", |run| looks() > 5 && run.mentions().len() == 1).await;
    assert_eq!(web.asked("/drip").len(), 1, "the slow one is still under way");
    assert!(!web.asked("/endless").is_empty() && !web.asked("/bomb").is_empty());
    assert_eq!(run.mentions()[0].id, "rss:tag:a");
    assert!(run.rejected().is_empty() && run.errors.is_empty());
}

#[tokio::test]
async fn a_call_that_is_dropped_loses_nothing() {
    let web = Web::start().await;
    web.feed("/feed", &item("a", "one"));
    let mut run = run(&[web.url("/feed")]);
    // Looked at once, then dropped: as the runner does when it is asked to stop.
    assert!(run.source.fetch(None).now_or_never().is_none(), "dropped while it waited");
    run.until("the item", |run| run.mentions().len() == 1).await;
}

#[tokio::test]
async fn a_deletion_that_the_publisher_tells_is_one() {
    let web = Web::start().await;
    let atom = |inner: &str| {
        let feed = format!(
            r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">{inner}</feed>"#
        );
        Reply::Document(feed.into(), "application/atom+xml")
    };
    let entry = "<entry><id>tag:x</id><title>Sorry</title><updated>2020-01-01T00:00:00Z</updated></entry>";
    let tombstone =
        r#"<at:deleted-entry ref="tag:x" when="2021-01-01T00:00:00Z"><at:comment>rm</at:comment></at:deleted-entry>"#;
    web.set("/feed", atom(entry));
    let mut run = run(&[web.url("/feed")]);
    run.until("the entry", |run| run.mentions().len() == 1).await;
    web.set("/feed", atom(tombstone));
    run.until("the deletion", |run| !run.deletes().is_empty()).await;
    assert_eq!(
        (run.deletes()[0].id.as_str(), run.deletes()[0].at.to_string().as_str()),
        ("rss:tag:x", "2021-01-01T00:00:00.000Z")
    );
    // Told once, also when the document changes.
    web.set("/feed", atom(&format!("{tombstone}<entry><id>tag:y</id><title>y</title></entry>")));
    run.until("another entry", |run| run.mentions().len() == 2).await;
    assert_eq!(run.deletes().len(), 1);
}

/// A site with one feed, for the rules that every source keeps.
struct Site {
    network: Network,
    items: Arc<Mutex<BTreeMap<u64, (String, String)>>>,
}

impl Site {
    fn put(&self, number: u64, text: &str, date: &str) -> String {
        let item = (format!("Item {number} {text}"), date.to_owned());
        self.items.lock().unwrap().insert(number, item);
        format!("rss:https://news.example.org/{number}")
    }
}

impl World for Site {
    const CAN: Can = Can { revoke: false, delete: false, garbage: false, ..ALL };

    async fn start() -> Self {
        let network = Network::start().await;
        let items = Arc::<Mutex<BTreeMap<u64, (String, String)>>>::default();
        let shown = Arc::clone(&items);
        network.on("GET /feed", move |_| {
            let item = |(number, (title, date)): (&u64, &(String, String))| {
                let address = format!("https://news.example.org/{number}");
                format!("<item><title>{title}</title><link>{address}</link><guid>{address}</guid><pubDate>{date}</pubDate></item>")
            };
            let items: String = shown.lock().unwrap().iter().rev().map(item).collect();
            network::Reply::ok(format!("<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"))
        });
        Self { network, items }
    }

    fn source(&self) -> Box<dyn Source> {
        let config = RssConfig {
            urls: vec![format!("{}/feed", self.network.url())],
            poll_interval: Span::from_millis(5),
            ..RssConfig::default()
        };
        Box::new(RssSource::new(config, context()).unwrap())
    }

    fn publish(&self, number: u64) -> String {
        self.put(number, "is new", "Sun, 01 Nov 2026 08:00:00 GMT")
    }

    fn publish_ahead(&self, number: u64) -> String {
        let tomorrow = std::time::SystemTime::now() + Duration::from_secs(86_400);
        self.put(number, "is early", &httpdate::fmt_http_date(tomorrow))
    }

    fn edit(&self, number: u64) {
        self.put(number, "is edited", "Sun, 01 Nov 2026 08:00:00 GMT");
    }

    fn delete(&self, _: u64) {}

    fn publish_garbage(&self, _: u64) {}

    fn fail(&self, times: usize, fault: Fault) {
        self.network.fail(times, fault);
    }

    fn revoke(&self) {}

    fn mend(&self) {
        self.network.mend();
    }

    fn secret(&self) -> &str {
        ""
    }
}

contract!(Site);
