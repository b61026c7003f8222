//! Entries of lists → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::api::{FacebookComment, FacebookPost, From, InstagramComment, InstagramMedia};
use crate::text::tidy;

/// The two networks of this interface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Network {
    Facebook,
    Instagram,
}

/// A post, and what tells whether something happened to it.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) id: String,
    /// When it was edited or commented on; when it was published, where that is not told. Milliseconds since 1970.
    pub(super) updated: i64,
    /// Comments below it.
    pub(super) comments: u64,
    pub(super) mention: Mention,
}

/// A comment.
#[derive(Debug)]
pub(super) struct Comment {
    pub(super) id: String,
    pub(super) mention: Mention,
}

impl Network {
    /// The type name of the source.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
        }
    }

    fn site(self) -> &'static str {
        match self {
            Self::Facebook => "facebook.com",
            Self::Instagram => "instagram.com",
        }
    }

    /// The mention id of a post or a comment.
    pub(super) fn mention_id(self, id: &str) -> String {
        format!("{}:{id}", self.source())
    }

    /// Reads a post; `own` is the account whose posts are its own words.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] when it has not the shape of one.
    pub(super) fn post(self, json: &Value, own: &str, now: Timestamp) -> Result<Post, Rejection> {
        match self {
            Self::Facebook => facebook_post(read(json)?, own, now),
            Self::Instagram => instagram_post(read(json)?, own, now),
        }
    }

    /// Reads a comment on the post `post`, and the answers to it that came along.
    pub(super) fn comments(
        self,
        json: &Value,
        post: &str,
        own: &str,
        now: Timestamp,
    ) -> Vec<Result<Comment, Rejection>> {
        match self {
            Self::Facebook => vec![read(json).and_then(|comment| facebook_comment(comment, post, own, now))],
            Self::Instagram => {
                let id = json.get("id").and_then(Value::as_str).map(str::to_owned);
                let answers = json.get("replies").and_then(|replies| replies.get("data")).and_then(Value::as_array);
                let comment = read(json).and_then(|comment| instagram_comment(comment, post, None, own, now));
                let answers = answers.into_iter().flatten();
                let answers = answers
                    .map(|json| read(json).and_then(|answer| instagram_comment(answer, post, id.as_deref(), own, now)));
                [comment].into_iter().chain(answers).collect()
            }
        }
    }

    fn mention(self, id: &str, text: &str, written: &str, now: Timestamp) -> Result<Mention, Rejection> {
        let mut mention = Mention::new(self.mention_id(id), self.source(), tidy(text), time(written)?);
        mention.site = Some(self.site().to_owned());
        Ok(mention.collected(now))
    }
}

fn read<T: DeserializeOwned>(json: &Value) -> Result<T, Rejection> {
    T::deserialize(json).map_err(|error| Rejection::new(RejectReason::WrongShape, format!("not as expected: {error}")))
}

/// Times come as RFC 3339 but for the colon in the offset: `2021-08-10T18:45:03+0000`.
fn time(text: &str) -> Result<Timestamp, Rejection> {
    let at = text.len().saturating_sub(2);
    let colon = match (text.get(..at), text.get(at..)) {
        (Some(before), Some(minutes)) if !text.ends_with(['Z', 'z']) && !before.ends_with(':') => {
            format!("{before}:{minutes}")
        }
        _ => text.to_owned(),
    };
    Timestamp::parse(&colon).map_err(|error| Rejection::new(RejectReason::BadTime, error.to_string()))
}

fn name(mention: &mut Mention, from: Option<From>, own: &str) {
    let Some(From { id, name, username }) = from else { return };
    if id.as_deref() == Some(own) {
        mention.extra.insert("own".to_owned(), true.into());
    }
    mention.author.id = id;
    mention.author.name = name;
    mention.author.handle = username;
}

fn facebook_post(post: FacebookPost, own: &str, now: Timestamp) -> Result<Post, Rejection> {
    let text = post.message.unwrap_or_default();
    let mut mention = Network::Facebook.mention(&post.id, &text, &post.created_time, now)?;
    mention.url = post.permalink_url;
    mention.thread_id = Some(mention.id.clone());
    mention.engagement.likes = post.reactions.summary.total_count;
    mention.engagement.replies = post.comments.summary.total_count;
    mention.engagement.shares = post.shares.count;
    name(&mut mention, post.from, own);
    let updated = post.updated_time.as_deref().map(time).transpose()?.unwrap_or(mention.published_at);
    let comments = mention.engagement.replies.unwrap_or_default();
    Ok(Post { id: post.id, updated: updated.as_millis(), comments, mention })
}

fn facebook_comment(comment: FacebookComment, post: &str, own: &str, now: Timestamp) -> Result<Comment, Rejection> {
    let network = Network::Facebook;
    let mut mention = network.mention(&comment.id, &comment.message, &comment.created_time, now)?;
    mention.kind = Kind::Comment;
    mention.url = comment.permalink_url;
    mention.parent_id = Some(network.mention_id(comment.parent.as_ref().map_or(post, |parent| &parent.id)));
    mention.thread_id = Some(network.mention_id(post));
    mention.engagement.likes = comment.like_count;
    mention.engagement.replies = comment.comment_count;
    name(&mut mention, comment.from, own);
    Ok(Comment { id: comment.id, mention })
}

fn instagram_post(media: InstagramMedia, own: &str, now: Timestamp) -> Result<Post, Rejection> {
    // What has a hashtag is at most a day old, and its time may be left out.
    let is_untimed = media.timestamp.is_none();
    let written = media.timestamp.unwrap_or_else(|| now.to_string());
    let mut mention = Network::Instagram.mention(&media.id, &media.caption.unwrap_or_default(), &written, now)?;
    if is_untimed {
        mention.extra.insert("published_at_assumed".to_owned(), true.into());
    }
    mention.url = media.permalink;
    mention.thread_id = Some(mention.id.clone());
    mention.engagement.likes = media.like_count;
    mention.engagement.replies = media.comments_count;
    let from = media.username.map(|username| From { id: None, name: None, username: Some(username) });
    name(&mut mention, from, own);
    mention.extra.extend(media.media_type.map(|kind| ("media_type".to_owned(), kind.to_lowercase().into())));
    let (updated, comments) = (mention.published_at.as_millis(), media.comments_count.unwrap_or_default());
    Ok(Post { id: media.id, updated, comments, mention })
}

fn instagram_comment(
    comment: InstagramComment,
    post: &str,
    parent: Option<&str>,
    own: &str,
    now: Timestamp,
) -> Result<Comment, Rejection> {
    let network = Network::Instagram;
    let mut mention = network.mention(&comment.id, &comment.text, &comment.timestamp, now)?;
    mention.kind = Kind::Comment;
    mention.parent_id = Some(network.mention_id(parent.unwrap_or(post)));
    mention.thread_id = Some(network.mention_id(post));
    mention.engagement.likes = comment.like_count;
    let from = comment.from.or(Some(From { id: None, name: None, username: None }));
    name(&mut mention, from, own);
    mention.author.handle = mention.author.handle.take().or(comment.username);
    Ok(Comment { id: comment.id, mention })
}

/// Reads `bytes` as a list of posts and as one of comments.
pub(super) fn fuzz(network: Network, bytes: &[u8]) {
    let Ok(list) = serde_json::from_slice::<super::api::List>(bytes) else { return };
    for json in &list.data {
        let _ = network.post(json, "1", Timestamp::END);
        network.comments(json, "1", "1", Timestamp::END);
    }
}

#[cfg(test)]
mod tests;
