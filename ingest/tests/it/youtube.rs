//! The YouTube Data API: threads with answers elsewhere, tokens of pages that end, a quota that is counted apart.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hark_ingest::{Again, Source, SourceContext, SourceError, SourceKind, sources::youtube::YouTubeConfig};
use hark_mention::{
    Mention, Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

const KEY: &str = "very-secret";
const CHANNEL: &str = "UCabcdefghijklmnopqrstuv";

/// Most threads that a page shows here; YouTube shows a hundred.
const PAGE: usize = 4;

#[derive(Default)]
struct Site {
    /// Comments, the oldest first.
    comments: Vec<Value>,
    /// Answers, by the comment's number.
    answers: Vec<Value>,
    /// Videos that a search finds.
    found: Vec<Value>,
    /// A comment that is gone spoils a question by ids.
    is_strict: bool,
}

type Shared = Arc<Mutex<Site>>;

struct YouTube {
    network: Network,
    site: Shared,
}

fn comment(id: &str, text: &str, at: Timestamp) -> Value {
    json!({"kind": "youtube#comment", "id": id, "snippet": {"videoId": "video123456", "textDisplay": text, "authorDisplayName": "@jan",
        "authorChannelId": {"value": "UCjan"}, "likeCount": 1, "publishedAt": at.to_string(), "updatedAt": at.to_string()}})
}

fn refusal(code: u16, reason: &str) -> Reply {
    Reply::json(
        &json!({"error": {"code": code, "message": reason, "errors": [{"domain": "youtube", "reason": reason}]}}),
    )
    .with_status(code)
}

impl YouTube {
    fn config(&self) -> YouTubeConfig {
        YouTubeConfig {
            api_key: Some(Secret::given(KEY)),
            channels: vec![CHANNEL.into()],
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(1),
            base_url: self.network.url(),
            ..YouTubeConfig::default()
        }
    }

    fn edit_site(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    fn add(&self, number: u64, at: Timestamp) -> String {
        let id = format!("Ug{number}");
        self.edit_site(|site| site.comments.push(comment(&id, &format!("text {number}"), at)));
        format!("youtube:{id}")
    }

    fn answer(&self, number: u64, answer: u64) -> String {
        let id = format!("Ug{number}.a{answer}");
        let mut answer = comment(&id, "an answer", Timestamp::now());
        answer["snippet"].as_object_mut().unwrap().remove("videoId");
        answer["snippet"]["parentId"] = format!("Ug{number}").into();
        self.edit_site(|site| site.answers.push(answer));
        format!("youtube:{id}")
    }
}

fn thread(site: &Site, comment: &Value) -> Value {
    let answers: Vec<&Value> =
        site.answers.iter().filter(|answer| answer["snippet"]["parentId"] == comment["id"]).collect();
    let mut thread = json!({"id": comment["id"], "snippet": {"videoId": comment["snippet"]["videoId"], "topLevelComment": comment, "totalReplyCount": answers.len()}});
    if !answers.is_empty() {
        // Only the newest come along.
        thread["replies"] = json!({"comments": &answers[answers.len().saturating_sub(1)..]});
    }
    thread
}

fn by_ids(site: &Site, ids: &str, all: &[Value], shown: impl Fn(&Value) -> Value) -> Reply {
    let ids: Vec<&str> = ids.split(',').collect();
    assert!(ids.len() <= 50);
    let items: Vec<Value> = all.iter().filter(|comment| ids.iter().any(|id| comment["id"] == *id)).map(shown).collect();
    if site.is_strict && items.len() < ids.len() {
        return refusal(404, "commentThreadNotFound");
    }
    Reply::json(&json!({"items": items}))
}

fn threads(site: &Shared, asked: &Asked) -> Reply {
    assert_eq!((asked.header("x-goog-api-key"), asked.query("textFormat")), (KEY, Some("plainText")));
    let site = site.lock().unwrap();
    if let Some(ids) = asked.query("id") {
        return by_ids(&site, ids, &site.comments, |comment| thread(&site, comment));
    }
    let video = asked.query("videoId");
    assert!(asked.query("allThreadsRelatedToChannelId").is_some() != video.is_some());
    if video == Some("closed12345") {
        return refusal(403, "commentsDisabled");
    }
    let below = |comment: &&Value| video.is_none() || comment["snippet"]["videoId"].as_str() == video;
    let all: Vec<&Value> = site.comments.iter().rev().filter(below).collect();
    // A place is a number of comments from the oldest, so that new ones do not move it.
    let start = match asked.query("pageToken").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(left)) if left <= all.len() => all.len() - left,
        Some(_) => return refusal(400, "invalidPageToken"),
    };
    let page: Vec<Value> = all[start..].iter().take(PAGE).map(|comment| thread(&site, comment)).collect();
    let left = all.len() - start - page.len();
    let mut answer = json!({"items": page, "pageInfo": {"totalResults": 1_000_000}});
    if left > 0 {
        answer["nextPageToken"] = left.to_string().into();
    }
    Reply::json(&answer)
}

fn comments(site: &Shared, asked: &Asked) -> Reply {
    let site = site.lock().unwrap();
    if let Some(ids) = asked.query("id") {
        return by_ids(&site, ids, &site.answers, Value::clone);
    }
    let parent = asked.query("parentId").unwrap();
    let all: Vec<&Value> = site.answers.iter().filter(|answer| answer["snippet"]["parentId"] == parent).collect();
    let start: usize = asked.query("pageToken").map_or(0, |token| token.parse().unwrap());
    let mut answer = json!({"items": all[start..].iter().take(2).collect::<Vec<_>>()});
    if start + 2 < all.len() {
        answer["nextPageToken"] = (start + 2).to_string().into();
    }
    Reply::json(&answer)
}

impl World for YouTube {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, site) = (Network::start().await, Shared::default());
        let on = |route: &str, answer: fn(&Shared, &Asked) -> Reply| {
            let site = Arc::clone(&site);
            network.on(route, move |asked| answer(&site, asked));
        };
        on("GET /commentThreads", threads);
        on("GET /comments", comments);
        on("GET /search", |site, asked| {
            assert!(asked.query("publishedAfter").is_some_and(|since| Timestamp::parse(since).is_ok()));
            Reply::json(&json!({"items": site.lock().unwrap().found}))
        });
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
            let comment = site.comments.iter_mut().find(|comment| comment["id"] == format!("Ug{number}")).unwrap();
            comment["snippet"]["textDisplay"] = "edited".into();
            comment["snippet"]["updatedAt"] = Timestamp::now().to_string().into();
        });
    }

    fn delete(&self, number: u64) {
        self.edit_site(|site| site.comments.retain(|comment| comment["id"] != format!("Ug{number}")));
    }

    fn publish_garbage(&self, number: u64) {
        self.edit_site(|site| {
            site.comments.push(json!({"id": number, "snippet": {"publishedAt": 7, "videoId": "video123456"}}))
        });
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
        KEY
    }
}

contract!(YouTube);

#[tokio::test]
async fn all_answers_to_a_comment_are_read_and_new_ones_found_later() {
    let youtube = YouTube::start().await;
    youtube.publish(1);
    let first: Vec<String> = (1..=5).map(|answer| youtube.answer(1, answer)).collect();
    let mut run = Run::new(youtube.source());
    run.until("all answers", |run| first.iter().all(|id| !run.states(id).is_empty())).await;
    let answer = run.states(&first[0])[0];
    assert_eq!((answer.parent_id.as_deref(), answer.thread_id.as_deref()), (Some("youtube:Ug1"), Some("youtube:Ug1")));
    assert_eq!(answer.url.as_deref(), Some("https://www.youtube.com/watch?v=video123456&lc=Ug1.a1"));
    // The comment has left the newest page; its answers are found when it is looked at again.
    for number in 2..=9 {
        youtube.publish(number);
    }
    let late = [youtube.answer(1, 6), youtube.answer(1, 7), youtube.answer(1, 8)];
    run.until("late answers", |run| late.iter().all(|id| !run.states(id).is_empty())).await;
}

#[tokio::test]
async fn what_is_gone_is_found_even_where_it_spoils_the_question() {
    let youtube = YouTube::start().await;
    youtube.edit_site(|site| site.is_strict = true);
    for number in 1..=6 {
        youtube.publish(number);
    }
    let answer = youtube.answer(6, 1);
    let mut run = Run::new(youtube.source());
    run.until("all", |run| run.mentions().len() >= 7).await;
    youtube.delete(2);
    youtube.edit_site(|site| site.answers.clear());
    run.until("both deletions", |run| {
        let gone = |id: &str| run.deletes().iter().any(|delete| delete.id == id);
        gone("youtube:Ug2") && gone(&answer)
    })
    .await;
    assert!(run.errors.is_empty(), "{:?}", run.errors);
    assert_eq!(run.deletes().len(), 2, "and nothing else");
}

#[tokio::test]
async fn a_search_finds_videos_whose_wanted_comments_are_read_and_is_not_repeated_too_early() {
    let youtube = YouTube::start().await;
    youtube.edit_site(|site| site.found = vec![json!({"id": {"kind": "youtube#video", "videoId": "video123456"}, "snippet": {"title": "Phones &amp; more"}})]);
    youtube.publish(1);
    youtube.publish(2);
    let wanted = |mention: &Mention| mention.text.contains('2');
    let context = || SourceContext { wanted: Some(Arc::new(wanted)), ..context() };
    let config = || YouTubeConfig { channels: Vec::new(), searches: vec!["phone".into()], ..youtube.config() };
    let mut run = Run::new(config().build(context()).unwrap());
    run.until("the wanted one", |run| !run.mentions().is_empty()).await;
    assert_eq!(run.mentions()[0].id, "youtube:Ug2");
    assert_eq!(run.mentions()[0].extra["video_title"], "Phones & more");
    // A restart does not search again.
    run.source = config().build(context()).unwrap();
    for _ in 0..10 {
        run.step().await;
    }
    assert_eq!(youtube.network.times("/search"), 1);
    assert!(run.mentions().iter().all(|mention| mention.id == "youtube:Ug2"));
}

#[tokio::test]
async fn a_used_up_quota_waits_for_midnight_in_california() {
    let youtube = YouTube::start().await;
    let quota = Network::start().await;
    quota.on("GET /commentThreads", |_| refusal(403, "quotaExceeded"));
    let config = YouTubeConfig { base_url: quota.url(), ..youtube.config() };
    let mut source = config.build(context()).unwrap();
    let Err(SourceError::Later { wait: Some(wait), error }) = source.fetch(None).await else { panic!("not refused") };
    assert!(
        wait <= Duration::from_secs(25 * 3600) && wait > Duration::ZERO && !error.contains(KEY),
        "{wait:?} {error}"
    );
}

#[tokio::test]
async fn closed_comments_stop_nothing_unless_there_is_nothing_else() {
    let youtube = YouTube::start().await;
    youtube.publish(1);
    let with = |videos: &[&str], channels: Vec<String>| {
        let videos = videos.iter().map(|id| (*id).to_owned()).collect();
        YouTubeConfig { videos, channels, ..youtube.config() }.build(context()).unwrap()
    };
    let mut run = Run::new(with(&["closed12345"], vec![CHANNEL.into()]));
    run.until("the open one", |run| !run.mentions().is_empty()).await;
    let mut alone = with(&["closed12345"], Vec::new());
    let Err(SourceError::Setup(told)) = alone.fetch(None).await else { panic!("not told") };
    assert!(told.contains("commentsDisabled"));
    // The token of a page that is too old begins the listing anew.
    for number in 2..=12 {
        youtube.publish(number);
    }
    let mut run = Run::new(youtube.source());
    assert_eq!(run.step().await, Again::Now);
    youtube.edit_site(|site| site.comments.retain(|comment| comment["id"] == "Ug12"));
    run.until("a new walk", |run| run.deletes().len() >= 3).await;
    assert!(run.errors.is_empty(), "{:?}", run.errors);
}
