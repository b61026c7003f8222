//! What GitHub sends by itself, within seconds, when somebody writes, edits or deletes: deliveries of a webhook. Pure.
//!
//! What they tell has the same ids as what is read by asking, so both can be used together.
//!
//! Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Delete, DropReason, Event, RejectReason, Rejection, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    api::{Comment, Issue, PostedComment, PostedDiscussion},
    parse::{self, One, PullRequests, SOURCE, mention_id},
};
use crate::{source::Item, watch::Reading};

/// Header with the name of the event.
pub(crate) const EVENT_HEADER: &str = "x-github-event";
/// Header with the signature of the body.
pub(crate) const SIGNATURE_HEADER: &str = "x-hub-signature-256";

#[derive(Deserialize)]
struct OfIssue {
    action: String,
    issue: Issue,
    changes: Option<Changes>,
}

#[derive(Deserialize)]
struct Changes {
    /// Of an issue that was moved: the one that it is now.
    new_issue: Option<Issue>,
}

#[derive(Deserialize)]
struct OfIssueComment {
    action: String,
    issue: Issue,
    comment: Comment,
}

#[derive(Deserialize)]
struct OfDiscussion {
    action: String,
    discussion: PostedDiscussion,
}

#[derive(Deserialize)]
struct OfDiscussionComment {
    action: String,
    discussion: PostedDiscussion,
    comment: PostedComment,
}

/// Reads a delivery of the event with this name; events that say nothing of what people wrote are dropped.
///
/// # Errors
///
/// When the body is not what its event has.
pub(crate) fn delivered(event: &str, body: &[u8], now: Timestamp) -> Result<Vec<Item>, Rejection> {
    match event {
        "issues" => issue(read(body)?, now),
        "issue_comment" => issue_comment(read(body)?, now),
        "discussion" => discussion(read(body)?, now),
        "discussion_comment" => discussion_comment(read(body)?, now),
        _ => Ok(vec![Item::Drop(DropReason::NotAMention)]),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(body).map_err(|error| {
        Rejection::new(
            RejectReason::WrongShape,
            format!("not as GitHub sends it (choose application/json there): {error}"),
        )
    })
}

/// Any change of an issue is a later state of it; its comments go with it when GitHub is asked for what is gone.
fn issue(OfIssue { action, issue, changes }: OfIssue, now: Timestamp) -> Result<Vec<Item>, Rejection> {
    let one = parse::one_issue(issue, PullRequests::Skip, now)?;
    Ok(match action.as_str() {
        "deleted" => vec![gone(&one, now)],
        "transferred" => {
            let moved = changes.and_then(|changes| changes.new_issue);
            let moved = moved.map(|issue| parse::one_issue(issue, PullRequests::Skip, now)).transpose()?;
            std::iter::once(gone(&one, now)).chain(moved.map(|one| item(one, now))).collect()
        }
        _ => vec![item(one, now)],
    })
}

fn issue_comment(delivery: OfIssueComment, now: Timestamp) -> Result<Vec<Item>, Rejection> {
    let OfIssueComment { action, issue, comment } = delivery;
    let mut one = parse::one_comment(comment, PullRequests::Skip, now)?;
    if let Reading::Mention(mention) = &mut one.reading {
        let issue = mention_id(&format!("issue:{}", issue.id));
        mention.parent_id = Some(issue.clone());
        mention.thread_id = Some(issue);
    }
    Ok(vec![of_action(&action, one, now)])
}

fn discussion(OfDiscussion { action, discussion }: OfDiscussion, now: Timestamp) -> Result<Vec<Item>, Rejection> {
    let one = parse::posted_discussion(discussion, action == "edited", now)?;
    Ok(vec![of_action(&action, one, now)])
}

fn discussion_comment(delivery: OfDiscussionComment, now: Timestamp) -> Result<Vec<Item>, Rejection> {
    let OfDiscussionComment { action, discussion, comment } = delivery;
    let one = parse::posted_comment(comment, discussion.id, action == "edited", now)?;
    Ok(vec![of_action(&action, one, now)])
}

/// What others do to a text, such as labelling or answering it, is no state of it.
fn of_action(action: &str, one: One, now: Timestamp) -> Item {
    match action {
        "created" | "edited" => item(one, now),
        "deleted" => gone(&one, now),
        _ => Item::Drop(DropReason::NotAMention),
    }
}

fn item(one: One, now: Timestamp) -> Item {
    match one.reading {
        Reading::Mention(mention) => Item::Keep(Event::Upsert(mention)),
        Reading::Gone { .. } => gone(&one, now),
        Reading::Nothing => Item::Drop(DropReason::NotAMention),
        Reading::Empty => Item::Drop(DropReason::Empty),
    }
}

/// GitHub does not say when: the delivery comes within seconds.
fn gone(one: &One, now: Timestamp) -> Item {
    let id = mention_id(&one.key);
    Item::Keep(Event::Delete(Delete { id, source: SOURCE.to_owned(), reason: None, at: now }))
}

#[cfg(test)]
mod tests;
