//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use pulldown_cmark::{Event as Markdown, Options, Parser, html::push_html};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

use super::api::{
    Actor, Comment, CommentsOf, Connection, Discussion, DiscussionComment, Issue, PageInfo, PostedComment,
    PostedDiscussion, Reactions, SearchPage, User,
};
use crate::{
    quotes, text,
    watch::{Reading, millis},
};

/// The type name of this source.
pub(super) const SOURCE: &str = "github";

/// Something that somebody wrote.
#[derive(Debug)]
pub(super) struct One {
    /// The part of the mention's id behind `github:`.
    pub(super) key: String,
    /// What GraphQL knows it by.
    pub(super) node: Option<String>,
    pub(super) published: Timestamp,
    /// When anything about it last changed.
    pub(super) updated: Timestamp,
    /// Of an issue its number; of a comment that of its issue.
    pub(super) number: Option<u64>,
    pub(super) reading: Reading,
}

/// What cannot be used, and why.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) raw: String,
    pub(super) rejection: Rejection,
}

/// A discussion and its newest comments with their answers.
#[derive(Debug)]
pub(super) struct OneDiscussion {
    pub(super) top: One,
    pub(super) comments: Comments,
}

/// A page of the comments of a discussion, oldest first.
#[derive(Debug, Default)]
pub(super) struct Comments {
    pub(super) all: Vec<Result<One, Wrong>>,
    /// Where older ones end.
    pub(super) older: Option<String>,
}

/// Whether pull requests and the comments on them count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PullRequests {
    Read,
    Skip,
}

/// Reads a page of issues.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn issues(bytes: &[u8], pulls: PullRequests, now: Timestamp) -> Result<Vec<Result<One, Wrong>>, String> {
    let page: Vec<Box<RawValue>> = serde_json::from_slice(bytes).map_err(not_a_page)?;
    Ok(each(&page, |issue| one_issue(issue, pulls, now)))
}

/// Reads a page of issues that a search found.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn found(bytes: &[u8], pulls: PullRequests, now: Timestamp) -> Result<Vec<Result<One, Wrong>>, String> {
    let page: SearchPage = serde_json::from_slice(bytes).map_err(not_a_page)?;
    Ok(each(&page.items, |issue| one_issue(issue, pulls, now)))
}

/// Reads a page of comments on issues.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn comments(bytes: &[u8], pulls: PullRequests, now: Timestamp) -> Result<Vec<Result<One, Wrong>>, String> {
    let page: Vec<Box<RawValue>> = serde_json::from_slice(bytes).map_err(not_a_page)?;
    Ok(each(&page, |comment| one_comment(comment, pulls, now)))
}

/// Reads the number and id of a single issue.
pub(super) fn issue_key(bytes: &[u8]) -> Option<(u64, String)> {
    let issue: Issue = serde_json::from_slice(bytes).ok()?;
    Some((issue.number, format!("issue:{}", issue.id)))
}

/// Reads a page of discussions.
pub(super) fn discussions(page: &Connection, now: Timestamp) -> Vec<Result<OneDiscussion, Wrong>> {
    each(&page.nodes, |discussion| one_discussion(discussion, now))
}

/// Reads a page of older comments of the discussion with the key `top`.
pub(super) fn older_comments(page: &CommentsOf, top: &str, now: Timestamp) -> Comments {
    discussion_comments(&page.comments, top, now)
}

fn not_a_page(error: serde_json::Error) -> String {
    format!("not a page: {error}")
}

fn each<T: DeserializeOwned, U>(
    page: &[Box<RawValue>],
    read: impl Fn(T) -> Result<U, Rejection>,
) -> Vec<Result<U, Wrong>> {
    let item = |raw: &RawValue| {
        let shape = |error| Rejection::new(RejectReason::WrongShape, format!("not as expected: {error}"));
        let item = serde_json::from_str(raw.get()).map_err(shape).and_then(&read);
        item.map_err(|rejection| Wrong { raw: raw.get().to_owned(), rejection })
    };
    page.iter().map(|raw| item(raw)).collect()
}

/// Reads an issue.
///
/// # Errors
///
/// When one of its times is none.
pub(super) fn one_issue(issue: Issue, pulls: PullRequests, now: Timestamp) -> Result<One, Rejection> {
    let key = format!("issue:{}", issue.id);
    let (published, updated) = (time(&key, &issue.created_at)?, time(&key, &issue.updated_at)?);
    let number = Some(issue.number);
    let is_skipped = issue.pull_request.is_some() && pulls == PullRequests::Skip;
    if is_skipped || is_bot(issue.user.as_ref()) {
        return Ok(One { key, node: issue.node_id, published, updated, number, reading: Reading::Nothing });
    }
    let mut mention = mention(&key, Kind::Issue, &issue.html_url, published);
    body(&mut mention, issue.body_html, issue.body);
    mention.title = Some(text::one_line(&issue.title)).filter(|title| !title.is_empty());
    mention.thread_id = Some(mention.id.clone());
    by(&mut mention, issue.user);
    mention.engagement.likes = issue.reactions.map(likes);
    mention.engagement.replies = issue.comments;
    // Nothing tells when the text was edited; any change is a later state.
    mention.revision = if updated > published { millis(updated) } else { 0 };
    let labels: Vec<String> =
        issue.labels.into_iter().map(|label| label.name).filter(|name| !name.is_empty()).collect();
    if !labels.is_empty() {
        mention.extra.insert("labels".to_owned(), labels.into());
    }
    mention.extra.insert("number".to_owned(), issue.number.into());
    mention.extra.extend(issue.state.map(|state| ("state".to_owned(), state.into())));
    Ok(One { key, node: issue.node_id, published, updated, number, reading: finished(mention, now) })
}

/// Reads a comment on an issue.
///
/// # Errors
///
/// When one of its times is none.
pub(super) fn one_comment(comment: Comment, pulls: PullRequests, now: Timestamp) -> Result<One, Rejection> {
    let key = format!("comment:{}", comment.id);
    let (published, updated) = (time(&key, &comment.created_at)?, time(&key, &comment.updated_at)?);
    let number = comment.issue_url.as_deref().and_then(|url| url.rsplit('/').next()?.parse().ok());
    let is_skipped = comment.html_url.contains("/pull/") && pulls == PullRequests::Skip;
    if is_skipped || is_bot(comment.user.as_ref()) {
        return Ok(One { key, node: comment.node_id, published, updated, number, reading: Reading::Nothing });
    }
    let mut mention = mention(&key, Kind::Comment, &comment.html_url, published);
    body(&mut mention, comment.body_html, comment.body);
    by(&mut mention, comment.user);
    mention.engagement.likes = comment.reactions.map(likes);
    mention.edited_at = Some(updated).filter(|updated| *updated > published);
    mention.revision = mention.edited_at.map_or(0, millis);
    Ok(One { key, node: comment.node_id, published, updated, number, reading: finished(mention, now) })
}

fn one_discussion(discussion: Discussion, now: Timestamp) -> Result<OneDiscussion, Rejection> {
    let key = format!("discussion:{}", id(discussion.database_id, &discussion.id));
    let (published, updated) = (time(&key, &discussion.created_at)?, time(&key, &discussion.updated_at)?);
    let answerable = discussion.category.as_ref().is_some_and(|category| category.is_answerable);
    let kind = if answerable { Kind::Question } else { Kind::Post };
    let mut mention = mention(&key, kind, &discussion.url, published);
    body(&mut mention, Some(discussion.body_html), None);
    mention.title = Some(text::one_line(&discussion.title)).filter(|title| !title.is_empty());
    mention.thread_id = Some(mention.id.clone());
    mention.engagement.likes = discussion.upvote_count;
    edited(&mut mention, discussion.last_edited_at.as_deref())?;
    mention.extra.extend(discussion.category.map(|category| ("category".to_owned(), category.name.into())));
    let reading = written(mention, discussion.author, now);
    let comments = discussion.comments.map(|page| discussion_comments(&page, &key, now)).unwrap_or_default();
    let top = One { key, node: Some(discussion.id), published, updated, number: None, reading };
    Ok(OneDiscussion { top, comments })
}

fn discussion_comments(page: &Connection, top: &str, now: Timestamp) -> Comments {
    let mut all = Vec::new();
    for comment in each(&page.nodes, |comment: DiscussionComment| Ok(comment)) {
        let mut comment = match comment {
            Ok(comment) => comment,
            Err(wrong) => {
                all.push(Err(wrong));
                continue;
            }
        };
        let replies = comment.replies.take();
        let raw = comment.url.clone();
        let one = one_discussion_comment(comment, top, top, now);
        let parent = one.as_ref().map(|one| one.key.clone()).unwrap_or_else(|_| top.to_owned());
        all.push(one.map_err(|rejection| Wrong { raw, rejection }));
        let replies = replies.map(|replies| replies.nodes).unwrap_or_default();
        all.extend(each(&replies, |reply| one_discussion_comment(reply, top, &parent, now)));
    }
    let older = page.page_info.as_ref().filter(|info| info.has_previous_page);
    Comments { all, older: older.and_then(|info| info.start_cursor.clone()) }
}

fn one_discussion_comment(
    comment: DiscussionComment,
    top: &str,
    parent: &str,
    now: Timestamp,
) -> Result<One, Rejection> {
    let key = format!("discussioncomment:{}", id(comment.database_id, &comment.id));
    let published = time(&key, &comment.created_at)?;
    let node = Some(comment.id.clone());
    let done = |reading| One { key: key.clone(), node, published, updated: published, number: None, reading };
    if comment.deleted_at.is_some() {
        return Ok(done(Reading::Gone { reason: "author" }));
    }
    if comment.is_minimized {
        return Ok(done(Reading::Gone { reason: "moderator" }));
    }
    let kind = if comment.is_answer { Kind::Answer } else { Kind::Comment };
    let mut mention = mention(&key, kind, &comment.url, published);
    body(&mut mention, Some(comment.body_html), None);
    mention.parent_id = Some(mention_id(parent));
    mention.thread_id = Some(mention_id(top));
    mention.engagement.likes = comment.upvote_count;
    edited(&mut mention, comment.last_edited_at.as_deref())?;
    let reading = written(mention, comment.author, now);
    Ok(done(reading))
}

/// Reads a discussion that GitHub sent by itself.
///
/// # Errors
///
/// When one of its times is none.
pub(super) fn posted_discussion(posted: PostedDiscussion, edited: bool, now: Timestamp) -> Result<One, Rejection> {
    let key = format!("discussion:{}", posted.id);
    let (published, updated) = (time(&key, &posted.created_at)?, time(&key, &posted.updated_at)?);
    let answerable = posted.category.as_ref().is_some_and(|category| category.is_answerable);
    let kind = if answerable { Kind::Question } else { Kind::Post };
    let mut mention = mention(&key, kind, &posted.html_url, published);
    body(&mut mention, None, posted.body);
    mention.title = Some(text::one_line(&posted.title)).filter(|title| !title.is_empty());
    mention.thread_id = Some(mention.id.clone());
    mention.extra.extend(posted.category.map(|category| ("category".to_owned(), category.name.into())));
    let reading = posted_by(posted.user, mention, edited.then_some(updated), now);
    Ok(One { key, node: posted.node_id, published, updated, number: None, reading })
}

/// Reads a comment that GitHub sent by itself, on the discussion with the number `discussion`.
///
/// # Errors
///
/// When one of its times is none.
pub(super) fn posted_comment(
    posted: PostedComment,
    discussion: u64,
    edited: bool,
    now: Timestamp,
) -> Result<One, Rejection> {
    let key = format!("discussioncomment:{}", posted.id);
    let (published, updated) = (time(&key, &posted.created_at)?, time(&key, &posted.updated_at)?);
    let mut mention = mention(&key, Kind::Comment, &posted.html_url, published);
    body(&mut mention, None, posted.body);
    let top = mention_id(&format!("discussion:{discussion}"));
    let parent = posted.parent_id.map(|comment| mention_id(&format!("discussioncomment:{comment}")));
    mention.parent_id = Some(parent.unwrap_or_else(|| top.clone()));
    mention.thread_id = Some(top);
    let reading = posted_by(posted.user, mention, edited.then_some(updated), now);
    Ok(One { key, node: posted.node_id, published, updated, number: None, reading })
}

/// With its author, if that is a person or unknown, and the time of the edit that was sent.
fn posted_by(user: Option<User>, mut mention: Mention, edited_at: Option<Timestamp>, now: Timestamp) -> Reading {
    if is_bot(user.as_ref()) {
        return Reading::Nothing;
    }
    by(&mut mention, user);
    mention.edited_at = edited_at;
    mention.revision = edited_at.map_or(0, millis);
    finished(mention, now)
}

fn mention(key: &str, kind: Kind, url: &str, published: Timestamp) -> Mention {
    let mut mention = Mention::new(mention_id(key), SOURCE, "", published);
    mention.kind = kind;
    mention.url = Some(url.to_owned());
    let url = Url::parse(url).ok();
    mention.site = url.as_ref().and_then(Url::host_str).map(str::to_owned);
    if let Some(repository) = url.as_ref().and_then(repository) {
        mention.extra.insert("repository".to_owned(), repository.into());
    }
    mention
}

/// Markdown as GitHub shows it: a line break of the author is one for the reader.
fn html_of(markdown: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(markdown, options).map(|event| match event {
        Markdown::SoftBreak => Markdown::HardBreak,
        other => other,
    });
    let mut html = String::with_capacity(markdown.len() * 2);
    push_html(&mut html, events);
    html
}

/// `owner/name` of an address at the site.
fn repository(url: &Url) -> Option<String> {
    let mut parts = url.path_segments()?;
    Some(format!("{}/{}", parts.next()?, parts.next()?))
}

/// The text without what it quotes. Webhooks send no HTML, only Markdown.
fn body(mention: &mut Mention, html: Option<String>, markdown: Option<String>) {
    let base = mention.url.as_deref().and_then(|url| Url::parse(url).ok());
    let html = html.or_else(|| markdown.as_deref().map(html_of)).unwrap_or_default();
    let read = text::from_html(&quotes::without_quotes(&html), base.as_ref());
    mention.text = read.text;
    if !read.links.is_empty() {
        mention.extra.insert("links".to_owned(), read.links.into());
    }
}

fn by(mention: &mut Mention, user: Option<User>) {
    if let Some(user) = user {
        mention.author.id = Some(user.id.to_string());
        mention.author.handle = Some(user.login);
    }
}

fn is_bot(user: Option<&User>) -> bool {
    user.is_some_and(|user| user.kind.as_deref() == Some("Bot"))
}

/// With its author, if that is a person or unknown.
fn written(mut mention: Mention, author: Option<Actor>, now: Timestamp) -> Reading {
    if let Some(author) = author {
        if author.kind.as_deref() == Some("Bot") {
            return Reading::Nothing;
        }
        mention.author.id = author.database_id.map(|id| id.to_string());
        mention.author.name = author.name.filter(|name| !name.is_empty());
        mention.author.handle = Some(author.login);
    }
    finished(mention, now)
}

fn edited(mention: &mut Mention, at: Option<&str>) -> Result<(), Rejection> {
    mention.edited_at = at.map(|at| time(&mention.id, at)).transpose()?;
    mention.revision = mention.edited_at.map_or(0, millis);
    Ok(())
}

fn finished(mention: Mention, now: Timestamp) -> Reading {
    if mention.text.is_empty() && mention.title.is_none() {
        return Reading::Empty;
    }
    Reading::Mention(Box::new(mention.collected(now)))
}

fn likes(reactions: Reactions) -> u64 {
    [reactions.plus, reactions.heart, reactions.hooray, reactions.rocket].into_iter().fold(0, u64::saturating_add)
}

/// The number that the site shows in addresses, or else the node id.
fn id(number: Option<u64>, node: &str) -> String {
    number.map_or_else(|| node.to_owned(), |number| number.to_string())
}

fn time(key: &str, text: &str) -> Result<Timestamp, Rejection> {
    Timestamp::parse(text).map_err(|error| Rejection::new(RejectReason::BadTime, format!("{key}: {error}")))
}

/// The mention id of a key.
pub(super) fn mention_id(key: &str) -> String {
    format!("{SOURCE}:{key}")
}

/// Where the next page of a listing begins, if there is one.
pub(super) fn next_page(info: Option<&PageInfo>) -> Option<String> {
    info.filter(|info| info.has_next_page).and_then(|info| info.end_cursor.clone())
}

/// The address that a `Link` header calls the next page.
///
/// Source: RFC 8288, as far as GitHub uses it.
pub(super) fn next_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (url, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        rest.split(';').any(|part| part.trim() == "rel=\"next\"").then(|| url.to_owned())
    })
}

#[cfg(test)]
mod tests;
