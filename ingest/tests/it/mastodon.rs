//! A Mastodon server with its streams, which forget, and its timelines, which do not.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use hark_ingest::{
    Cursor, Item, Source, SourceContext,
    sources::mastodon::{MastodonConfig, MastodonSource},
};
use hark_mention::{
    DropReason, Mention, Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, Wire, context},
};

const TOKEN: &str = "hidden-token";
const DAY: i64 = 86_400_000;

/// Posts by their ids, and the ids by the numbers of the tests.
#[derive(Default)]
struct Posts {
    posts: BTreeMap<u64, Value>,
    ids: BTreeMap<u64, u64>,
    answers_batches: bool,
}

/// A server: with `LIVE` it is read by its streams, without by its timelines.
struct Mastodon<const LIVE: bool> {
    network: Network,
    wire: Arc<Wire>,
    posts: Arc<Mutex<Posts>>,
    last: AtomicU64,
}

impl<const LIVE: bool> Mastodon<LIVE> {
    fn config(&self) -> MastodonConfig {
        MastodonConfig {
            instance: self.network.url(),
            hashtags: vec!["Phone".into()],
            token: LIVE.then(|| Secret::given(TOKEN)),
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(0),
            timeout: Span::from_secs(20),
            ..MastodonConfig::default()
        }
    }

    fn run(&self, config: MastodonConfig, context: SourceContext) -> Run<MastodonSource> {
        Run::new(MastodonSource::new(config, context).unwrap())
    }

    /// Adds a post, and tells those who listen.
    fn add(&self, number: u64, at: i64, fields: Value) -> String {
        let millis = u64::try_from(at.min(Timestamp::now().as_millis())).unwrap();
        let id = self.last.fetch_max(millis << 16, Ordering::SeqCst).max(millis << 16) + 1;
        self.last.store(id, Ordering::SeqCst);
        let uri = format!("https://elsewhere.example/users/ann/statuses/{number}");
        let mut post = json!({"id": id.to_string(), "uri": uri, "url": format!("https://elsewhere.example/@ann/{number}"),
            "created_at": Timestamp::from_millis(at).to_string(), "edited_at": null, "visibility": "public",
            "content": format!("<p>post {number}</p>"), "language": "en", "reblog": null, "in_reply_to_id": null,
            "tags": [{"name": "phone"}], "favourites_count": 0, "replies_count": 0, "reblogs_count": 0,
            "account": {"acct": "ann@elsewhere.example", "url": "https://elsewhere.example/@ann"}});
        post.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.tell("update", &post.to_string());
        let mut posts = self.posts.lock().unwrap();
        posts.posts.insert(id, post);
        posts.ids.insert(number, id);
        format!("mastodon:{uri}")
    }

    fn tell(&self, name: &str, data: &str) {
        self.wire.send(format!(":thump\nevent: {name}\ndata: {data}\n\n"));
    }

    fn listeners(&self) -> usize {
        self.wire.listeners()
    }
}

impl Posts {
    /// The 40 posts next after `min_id`, or the newest ones; the newest first.
    fn page(&self, asked: &Asked) -> Reply {
        let limit: usize = asked.query("limit").unwrap().parse().unwrap();
        assert!(limit <= 40, "the server gives no more");
        let mut page: Vec<&Value> = match asked.query("min_id") {
            Some(min) => {
                let min: u64 = min.parse().unwrap();
                self.posts.range(min + 1..).map(|(_, post)| post).take(limit).collect()
            }
            None => self.posts.values().rev().take(limit).rev().collect(),
        };
        page.reverse();
        Reply::json(&json!(page))
    }

    fn some(&self, asked: &Asked) -> Reply {
        if !self.answers_batches {
            return Reply::json(&json!({"error": "Record not found"})).with_status(404);
        }
        let ids: Vec<u64> = asked.queries("id[]").map(|id| id.parse().unwrap()).collect();
        assert!(ids.len() <= 20, "the server refuses more");
        Reply::json(&json!(ids.iter().filter_map(|id| self.posts.get(id)).collect::<Vec<_>>()))
    }

    fn one(&self, asked: &Asked) -> Reply {
        match self.posts.get(&asked.last().parse().unwrap()) {
            Some(post) => Reply::json(post),
            None => Reply::json(&json!({"error": "Record not found"})).with_status(404),
        }
    }
}

impl<const LIVE: bool> World for Mastodon<LIVE> {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, wire, posts) = (Network::start().await, Arc::<Wire>::default(), Arc::<Mutex<Posts>>::default());
        let guard = |answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>| {
            move |asked: &Asked| {
                let token = asked.header("authorization");
                if token == if LIVE { format!("Bearer {TOKEN}") } else { String::new() } {
                    return answer(asked);
                }
                Reply::json(&json!({"error": "The access token is invalid"})).with_status(401)
            }
        };
        let streams = network.url().replace("http", "ws");
        let instance = json!({"domain": "x", "configuration": {"urls": {"streaming": streams}}});
        network.on("GET /api/v2/instance", guard(Box::new(move |_| Reply::json(&instance))));
        let of = posts.clone();
        network.on("GET /api/v1/timelines/*", guard(Box::new(move |asked| of.lock().unwrap().page(asked))));
        let of = posts.clone();
        network.on("GET /api/v1/statuses", guard(Box::new(move |asked| of.lock().unwrap().some(asked))));
        let of = posts.clone();
        network.on("GET /api/v1/statuses/*", guard(Box::new(move |asked| of.lock().unwrap().one(asked))));
        let sent = wire.clone();
        let listen = move |asked: &Asked| {
            assert!(!asked.path.ends_with("hashtag") || asked.query("tag") == Some("phone"));
            Reply::ok(":)\n").header("content-type", "text/event-stream").then(&sent)
        };
        network.on("GET /api/v1/streaming/*", guard(Box::new(listen)));
        Self { network, wire, posts, last: AtomicU64::new(0) }
    }

    fn source(&self) -> Box<dyn Source> {
        Box::new(MastodonSource::new(self.config(), context()).unwrap())
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis(), json!({}))
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        self.add(number, at.as_millis(), json!({}))
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis() + DAY, json!({}))
    }

    fn edit(&self, number: u64) {
        let mut posts = self.posts.lock().unwrap();
        let id = posts.ids[&number];
        let post = posts.posts.get_mut(&id).unwrap();
        post["content"] = format!("<p>edited {number}</p>").into();
        post["edited_at"] = Timestamp::now().to_string().into();
        self.tell("status.update", &post.to_string());
    }

    fn delete(&self, number: u64) {
        let mut posts = self.posts.lock().unwrap();
        let id = posts.ids[&number];
        posts.posts.remove(&id);
        self.tell("delete", &id.to_string());
    }

    fn publish_garbage(&self, number: u64) {
        self.add(number, Timestamp::now().as_millis(), json!({"account": 7}));
    }

    fn fail(&self, times: usize, fault: Fault) {
        self.network.fail(times, fault);
        // Whoever listens has to ask again.
        self.wire.cut();
    }

    fn revoke(&self) {
        self.network.revoke();
        self.wire.cut();
    }

    fn mend(&self) {
        self.network.mend();
    }

    fn secret(&self) -> &str {
        if LIVE { TOKEN } else { "" }
    }
}

mod streamed {
    use super::*;
    type Streamed = Mastodon<true>;
    contract!(Streamed);
}

mod polled {
    use super::*;
    type Polled = Mastodon<false>;
    contract!(Polled);
}

#[tokio::test]
async fn a_stream_that_is_cut_in_the_middle_of_an_event_is_made_good_from_the_timeline() {
    let server = Mastodon::<true>::start().await;
    let first = server.publish(1);
    let mut run = server.run(server.config(), context());
    run.until("the first", |run| !run.states(&first).is_empty()).await;
    server.wire.send("event: update\ndata: {\"id\":\"115");
    server.wire.cut();
    let missed: Vec<_> = (2..=130).map(|number| server.publish(number)).collect();
    run.until("all that was missed", |run| missed.iter().all(|id| !run.states(id).is_empty())).await;
    assert_eq!(run.rejected(), Vec::<&[u8]>::new(), "half an event is no event");
    run.until("listening again", |_| server.listeners() == 1).await;
    // What was missed is asked for page by page; a turn that asks for nothing is the first that only listens.
    let mut asked = 0;
    while asked != server.network.times("/api/v1/timelines") {
        asked = server.network.times("/api/v1/timelines");
        run.step().await;
    }
    let live = server.publish(131);
    run.until("the next one", |run| !run.states(&live).is_empty()).await;
    assert_eq!(server.network.times("/api/v1/timelines"), asked, "it came by the stream");
}

#[tokio::test]
async fn deletions_and_edits_that_nobody_told_are_found_in_batches() {
    let server = Mastodon::<true>::start().await;
    server.posts.lock().unwrap().answers_batches = true;
    let ids: Vec<_> = (1..=30).map(|number| server.publish(number)).collect();
    let mut run = server.run(server.config(), context());
    run.until("all", |run| ids.iter().all(|id| !run.states(id).is_empty())).await;
    // Nobody listens while it happens.
    server.wire.cut();
    server.delete(7);
    server.edit(8);
    run.until("the deletion", |run| run.deletes().iter().any(|delete| delete.id == ids[6])).await;
    run.until("the edit", |run| run.states(&ids[7]).len() == 2).await;
    assert_eq!(run.deletes().len(), 1, "what is there stays");
    let singles = server.network.asked().iter().filter(|asked| asked.path.starts_with("/api/v1/statuses/")).count();
    assert_eq!(singles, 1, "only what is missing is asked for by itself");
}

#[tokio::test]
async fn of_all_public_posts_only_what_is_wanted_is_kept_and_of_a_hashtag_everything() {
    let server = Mastodon::<true>::start().await;
    let now = Timestamp::now().as_millis();
    let other = |text: &str| json!({"content": text, "tags": []});
    server.add(1, now, other("<p>a fairphone</p>"));
    server.add(2, now, other("<p>something else</p>"));
    server.add(3, now, json!({}));
    server.add(4, now, json!({"visibility": "private"}));
    let wanted = |mention: &Mention| mention.text.contains("fairphone");
    let context = SourceContext { wanted: Some(Arc::new(wanted)), ..context() };
    let mut run = server.run(MastodonConfig { public: true, ..server.config() }, context);
    run.until("both timelines", |run| run.dropped(DropReason::NotAMention) >= 2).await;
    let mut kept: Vec<_> = run.mentions().iter().map(|mention| mention.text.clone()).collect();
    kept.sort();
    assert_eq!(kept, ["a fairphone", "post 3"]);
    run.until("both streams", |_| server.listeners() == 2).await;
}

#[tokio::test]
async fn an_interruption_that_was_too_long_is_a_known_gap_and_a_quiet_hashtag_is_none() {
    let server = Mastodon::<false>::start().await;
    let now = Timestamp::now().as_millis();
    let old = server.add(1, now - 30 * DAY, json!({}));
    let mut source = server.source();
    let mut cursor: Option<Cursor> = None;
    let mut read = Vec::new();
    for _ in 0..10 {
        let page = source.fetch(cursor.as_ref()).await.unwrap();
        assert_eq!(page.gaps, []);
        read.extend(page.items);
        cursor = page.next.or(cursor);
    }
    assert_eq!(read.iter().filter(|item| matches!(item, Item::Keep(_))).count(), 1, "{old}");
    // Nobody looked for twenty days.
    let mut progress: Value = cursor.unwrap().read().unwrap();
    progress["read_at"] = (now - 20 * DAY).into();
    server.add(2, now - 15 * DAY, json!({}));
    let recent = server.add(3, now - DAY, json!({}));
    let mut after = Run::new(server.source());
    let cursor = Cursor::new(&progress);
    let page = after.source.fetch(Some(&cursor)).await.unwrap();
    let days = |at: Timestamp| (at.as_millis() - now).div_euclid(DAY);
    let gaps: Vec<_> = page.gaps.iter().map(|gap| (days(gap.from), days(gap.to))).collect();
    assert_eq!(gaps, [(-20, -7)]);
    (after.cursor, after.items) = (page.next, page.items);
    after.until("the recent one", |run| !run.states(&recent).is_empty()).await;
    assert_eq!(after.mentions().len(), 1);
}

#[tokio::test]
async fn the_end_of_a_limit_is_told_by_the_servers_clock() {
    let server = Mastodon::<false>::start().await;
    let id = server.publish(1);
    let (server_now, reset) = (Timestamp::now().as_millis() - DAY, Timestamp::now().as_millis() - DAY + 120_000);
    let date = httpdate::fmt_http_date(
        std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(server_now).unwrap()),
    );
    let limited = Network::start().await;
    limited.on("GET /api/v1/timelines/*", move |_| {
        let reset = Timestamp::from_millis(reset).to_string().replace('Z', "957Z");
        let reply = Reply::json(&json!({"error": "Too many requests"})).with_status(429);
        reply.header("x-ratelimit-reset", &reset).header("date", &date)
    });
    let config = MastodonConfig { instance: limited.url(), ..server.config() };
    let mut source = MastodonSource::new(config, context()).unwrap();
    let error = source.fetch(None).await.unwrap_err();
    let hark_ingest::SourceError::Later { wait: Some(wait), .. } = error else { panic!("{error:?}") };
    assert!((115..=125).contains(&wait.as_secs()), "{wait:?}");
    assert!(!id.is_empty());
}
