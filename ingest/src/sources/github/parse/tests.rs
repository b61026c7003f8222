#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::{fs, path::Path};

use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn with(mut value: Value, fields: Value) -> Value {
    value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    value
}

fn issue(fields: Value) -> Value {
    let issue = json!({"id": 444, "node_id": "I_x", "number": 7, "title": "Battery\tdrains", "html_url": "https://github.com/acme/phone/issues/7",
        "user": {"id": 5, "login": "jan", "type": "User"}, "body_html": "<blockquote><p>before</p></blockquote><p>Since the <a href=\"/acme/phone/releases\">update</a></p>",
        "created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-02T10:00:00Z", "comments": 3, "state": "open",
        "labels": [{"name": "bug"}], "reactions": {"+1": 4, "-1": 9, "heart": 1}});
    with(issue, fields)
}

fn read_one(value: &Value, pulls: PullRequests) -> One {
    issues(json!([value]).to_string().as_bytes(), pulls, now()).unwrap().remove(0).unwrap()
}

fn mention(reading: Reading) -> Mention {
    match reading {
        Reading::Mention(mention) => *mention,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_issue_has_its_own_words() {
    let one = read_one(&issue(json!({})), PullRequests::Skip);
    assert_eq!((one.key.as_str(), one.node.as_deref(), one.number), ("issue:444", Some("I_x"), Some(7)));
    let mention = mention(one.reading);
    assert_eq!(
        (mention.id.as_str(), mention.kind, mention.text.as_str()),
        ("github:issue:444", Kind::Issue, "Since the update")
    );
    assert_eq!(mention.title.as_deref(), Some("Battery drains"));
    assert_eq!(mention.extra["links"], json!(["https://github.com/acme/phone/releases"]));
    assert_eq!((&mention.extra["repository"], &mention.extra["labels"]), (&json!("acme/phone"), &json!(["bug"])));
    assert_eq!((mention.engagement.likes, mention.engagement.replies), (Some(5), Some(3)));
    assert_eq!((mention.author.id.as_deref(), mention.author.handle.as_deref()), (Some("5"), Some("jan")));
    assert_eq!(mention.revision, millis(Timestamp::parse("2026-11-02T10:00:00Z").unwrap()));
    let bare = read_one(&issue(json!({"body_html": null, "user": null})), PullRequests::Skip);
    assert_eq!(bare.reading, {
        let mut same = mention.clone();
        same.text = String::new();
        same.author = Default::default();
        same.extra.remove("links");
        Reading::Mention(Box::new(same))
    });
}

#[test]
fn pull_requests_and_bots_are_left_out() {
    let pull = issue(json!({"pull_request": {"url": "x"}}));
    assert_eq!(read_one(&pull, PullRequests::Skip).reading, Reading::Nothing);
    assert!(matches!(read_one(&pull, PullRequests::Read).reading, Reading::Mention(_)));
    let bot = issue(json!({"user": {"id": 1, "login": "dependabot[bot]", "type": "Bot"}}));
    assert_eq!(read_one(&bot, PullRequests::Read).reading, Reading::Nothing);
}

#[test]
fn a_comment_knows_the_number_of_its_issue() {
    let comment = |fields| {
        let comment = json!({"id": 9, "node_id": "IC_x", "html_url": "https://github.com/acme/phone/issues/7#issuecomment-9",
            "issue_url": "https://api.github.com/repos/acme/phone/issues/7", "user": {"id": 5, "login": "jan"},
            "body": "> quoted\r\n\r\nSame here", "created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-01T10:00:00Z"});
        with(comment, fields)
    };
    let read =
        |value: Value| comments(json!([value]).to_string().as_bytes(), PullRequests::Skip, now()).unwrap().remove(0);
    let one = read(comment(json!({}))).unwrap();
    assert_eq!((one.key.as_str(), one.number), ("comment:9", Some(7)));
    let plain = mention(one.reading);
    assert_eq!((plain.text.as_str(), plain.revision, plain.edited_at), ("Same here", 0, None));
    let edited = mention(read(comment(json!({"updated_at": "2026-11-01T11:00:00Z"}))).unwrap().reading);
    assert!(edited.edited_at.is_some() && edited.revision > 0);
    let on_pull = comment(json!({"html_url": "https://github.com/acme/phone/pull/7#issuecomment-9"}));
    assert_eq!(read(on_pull).unwrap().reading, Reading::Nothing);
    assert_eq!(read(comment(json!({"created_at": "soon"}))).unwrap_err().rejection.reason, RejectReason::BadTime);
    assert_eq!(read(json!({"id": "x"})).unwrap_err().rejection.reason, RejectReason::WrongShape);
    assert!(comments(b"{}", PullRequests::Skip, now()).is_err());
}

#[test]
fn a_discussion_has_comments_and_answers() {
    let comment = |id: u64, fields| {
        let url = format!("https://github.com/acme/phone/discussions/4#discussioncomment-{id}");
        let comment = json!({"id": format!("DC_{id}"), "databaseId": id, "bodyHTML": format!("<p>comment {id}</p>"), "url": url,
            "createdAt": "2026-11-01T10:00:00Z", "lastEditedAt": null, "deletedAt": null, "isMinimized": false, "isAnswer": false,
            "upvoteCount": 1, "author": {"__typename": "User", "login": "jan", "databaseId": 5, "name": "Jan"}});
        with(comment, fields)
    };
    let page = json!({"nodes": [{"id": "D_x", "databaseId": 4, "title": "Which phone?", "bodyHTML": "<p>Tell</p>",
        "url": "https://github.com/acme/phone/discussions/4", "createdAt": "2026-11-01T09:00:00Z", "updatedAt": "2026-11-03T09:00:00Z",
        "lastEditedAt": "2026-11-01T09:30:00Z", "upvoteCount": 2, "author": null, "category": {"name": "Q&A", "isAnswerable": true},
        "comments": {"nodes": [
            comment(1, json!({"isAnswer": true, "replies": {"nodes": [comment(2, json!({}))]}})),
            comment(3, json!({"deletedAt": "2026-11-02T10:00:00Z"})),
            comment(4, json!({"isMinimized": true})),
            comment(5, json!({"author": {"__typename": "Bot", "login": "helper"}})),
            {"id": 6},
        ], "pageInfo": {"hasPreviousPage": true, "startCursor": "older"}}}]});
    let page: Connection = serde_json::from_str(&page.to_string()).unwrap();
    let discussion = discussions(&page, now()).remove(0).unwrap();
    let top = mention(discussion.top.reading);
    assert_eq!((top.id.as_str(), top.kind, top.text.as_str()), ("github:discussion:4", Kind::Question, "Tell"));
    assert_eq!((top.extra["category"].as_str(), top.edited_at.is_some()), (Some("Q&A"), true));
    assert_eq!(discussion.comments.older.as_deref(), Some("older"));
    let mut all = discussion.comments.all;
    assert!(all.pop().unwrap().is_err());
    let mut all: Vec<Reading> = all.into_iter().map(|one| one.unwrap().reading).collect();
    assert_eq!(all.pop(), Some(Reading::Nothing));
    assert_eq!(all.pop(), Some(Reading::Gone { reason: "moderator" }));
    assert_eq!(all.pop(), Some(Reading::Gone { reason: "author" }));
    let reply = mention(all.pop().unwrap());
    assert_eq!(
        (reply.parent_id.as_deref(), reply.thread_id.as_deref()),
        (Some("github:discussioncomment:1"), Some("github:discussion:4"))
    );
    let answer = mention(all.pop().unwrap());
    assert_eq!((answer.kind, answer.parent_id.as_deref()), (Kind::Answer, Some("github:discussion:4")));
    assert_eq!((answer.author.id.as_deref(), answer.author.name.as_deref()), (Some("5"), Some("Jan")));
}

#[test]
fn links_lead_to_the_next_page() {
    let header = r#"<https://api.github.com/repositories/5/issues?page=1>; rel="prev", <https://api.github.com/repositories/5/issues?page=3>; rel="next", <https://api.github.com/repositories/5/issues?page=5>; rel="last""#;
    assert_eq!(next_link(header).as_deref(), Some("https://api.github.com/repositories/5/issues?page=3"));
    assert_eq!(next_link(r#"<https://api.github.com/x?page=1>; rel="first""#), None);
    assert_eq!(next_link("nonsense"), None);
}

#[test]
fn real_pages_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/08-github");
    let file = |name: &str| fs::read(folder.join(name)).ok();
    let check = |one: &One, key: &str, node: &str, at: &str| {
        assert_eq!((one.key.as_str(), one.node.as_deref()), (key, Some(node)));
        assert_eq!(one.published, Timestamp::parse(at).unwrap());
        assert!(matches!(&one.reading, Reading::Mention(mention) if mention.site.as_deref() == Some("github.com")));
    };
    if let Some(bytes) = file("octokit_paginate-issues-14.json") {
        let read = issues(&bytes, PullRequests::Skip, now()).unwrap();
        assert_eq!(read.len(), 3);
        check(read[0].as_ref().unwrap(), "issue:1308969059", "I_kwDOHrjtpM5OBUhj", "2022-07-19T04:39:16Z");
    }
    if let Some(bytes) = file("octokit_paginate-issues-18.json") {
        let read = issues(&bytes, PullRequests::Skip, now()).unwrap();
        check(read.last().unwrap().as_ref().unwrap(), "issue:1308968677", "I_kwDOHrjtpM5OBUbl", "2022-07-19T04:38:40Z");
    }
    if let Some(bytes) = file("octokit_search-issues-3.json") {
        let read = found(&bytes, PullRequests::Skip, now()).unwrap();
        assert_eq!(read.len(), 2);
        check(read[0].as_ref().unwrap(), "issue:1308970076", "I_kwDOHrjvNc5OBUxc", "2022-07-19T04:40:52Z");
    }
    if let Some(headers) = file("octokit_paginate-issues-14.headers.txt") {
        let headers = String::from_utf8(headers).unwrap();
        let link = headers.lines().find_map(|line| line.strip_prefix("Link: ")).unwrap();
        assert_eq!(
            next_link(link).as_deref(),
            Some("https://api.github.com/repositories/515435940/issues?per_page=3&page=2")
        );
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, text in "\\PC*") {
        let _ = (issues(&bytes, PullRequests::Read, now()), comments(&bytes, PullRequests::Read, now()), found(&bytes, PullRequests::Read, now()));
        let _ = (next_link(&text), issue_key(&bytes));
        let odd = issue(json!({"title": text, "html_url": text, "body_html": text, "created_at": text}));
        let _ = issues(json!([odd]).to_string().as_bytes(), PullRequests::Read, now());
    }
}
