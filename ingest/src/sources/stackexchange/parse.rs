//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use hark_mention::{DropReason, Kind, Mention, RejectReason, Rejection, Timestamp};
use url::Url;

use super::api::{Found, Owner, Post, Refusal, Wrapper};
use crate::text;

/// The type name of this source.
pub(super) const SOURCE: &str = "stackexchange";

/// How long the first limit lasts of which the site does not say how long.
const UNTOLD_LIMIT: Duration = Duration::from_secs(300);

/// What one post is.
#[derive(Debug)]
pub(super) enum Reading {
    Mention(Box<Mention>),
    Nothing(DropReason),
}

/// Reads what is around an answer.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn wrapper(bytes: &[u8]) -> Result<Wrapper<'_>, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("not an answer of the interface: {error}"))
}

/// Reads where something was found.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are nothing found.
pub(super) fn found(bytes: &[u8]) -> Result<Found, Rejection> {
    let wrong = |error| Rejection::new(RejectReason::WrongShape, format!("nothing found: {error}"));
    serde_json::from_slice(bytes).map_err(wrong)
}

/// The number of a post, the same for questions and answers of one site.
pub(super) fn id_of(bytes: &[u8]) -> Option<u64> {
    let json: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    json.get("answer_id").or_else(|| json.get("question_id"))?.as_u64()
}

/// Reads a question or an answer of `site`; `title` is that of the question, where an answer does not tell.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are neither.
pub(super) fn post(bytes: &[u8], site: &str, title: Option<&str>, now: Timestamp) -> Result<Reading, Rejection> {
    let wrong = |error: String| Rejection::new(RejectReason::WrongShape, format!("not a post: {error}"));
    let post: Post = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    let Some(id) = post.answer_id.or(post.question_id) else { return Err(wrong("no number".to_owned())) };
    let Some(published) = post.creation_date else {
        return Err(Rejection::new(RejectReason::BadTime, format!("post {id} of {site} has no time")));
    };
    let body = text::from_html(&post.body, post.link.as_deref().and_then(|link| Url::parse(link).ok()).as_ref());
    let title = post.title.as_deref().or(title).map(text::line_from_html).filter(|title| !title.is_empty());
    let is_answer = post.answer_id.is_some();
    if body.text.is_empty() && (is_answer || title.is_none()) {
        return Ok(Reading::Nothing(DropReason::Empty));
    }
    let mut mention = Mention::new(mention_id(site, id), SOURCE, body.text, Timestamp::from_seconds(published));
    let question = post.question_id.map(|question| mention_id(site, question));
    mention.kind = if is_answer { Kind::Answer } else { Kind::Question };
    mention.parent_id = question.clone().filter(|_| is_answer);
    mention.thread_id = question;
    let host = host(site);
    let place = if is_answer { "a" } else { "q" };
    mention.url = Some(post.link.unwrap_or_else(|| format!("https://{host}/{place}/{id}")));
    mention.site = Some(host);
    mention.lang_hint = Some(language(site).to_owned());
    sign(&mut mention, site, post.owner.unwrap_or_default());
    let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    mention.engagement.likes = count(Some(post.score));
    mention.engagement.replies = count(post.answer_count);
    mention.engagement.views = count(post.view_count);
    mention.edited_at = post.last_edit_date.map(Timestamp::from_seconds);
    mention.revision = mention.edited_at.and_then(|at| u64::try_from(at.as_millis()).ok()).unwrap_or_default();
    let mut extra = |key: &str, value: serde_json::Value| drop(mention.extra.insert(key.to_owned(), value));
    if !post.tags.is_empty() {
        extra("tags", post.tags.into());
    }
    if !body.links.is_empty() {
        extra("links", body.links.into());
    }
    if let Some(licence) = post.content_license {
        extra("licence", licence.into());
    }
    if post.is_accepted == Some(true) {
        extra("accepted", true.into());
    }
    match title {
        Some(title) if is_answer => extra("question_title", title.into()),
        title => mention.title = title,
    }
    Ok(Reading::Mention(Box::new(mention.collected(now))))
}

fn sign(mention: &mut Mention, site: &str, owner: Owner) {
    mention.author.id = match (owner.account_id, owner.user_id) {
        (Some(account), _) => Some(format!("account:{account}")),
        (None, user) => user.map(|user| format!("{site}:{user}")),
    };
    mention.author.name = owner.display_name.as_deref().map(text::line_from_html).filter(|name| !name.is_empty());
}

/// The mention id of a post.
pub(super) fn mention_id(site: &str, id: u64) -> String {
    format!("{SOURCE}:{}", key(site, id))
}

/// What a post is called among those of all sites.
pub(super) fn key(site: &str, id: u64) -> String {
    format!("{site}:{id}")
}

/// The host of a site by its short name: the old ones have domains of their own.
fn host(site: &str) -> String {
    match site {
        "stackoverflow" | "serverfault" | "superuser" | "askubuntu" | "stackapps" => format!("{site}.com"),
        "mathoverflow.net" => site.to_owned(),
        _ => match site.strip_suffix(".stackoverflow") {
            Some(part) => format!("{part}.stackoverflow.com"),
            None => format!("{site}.stackexchange.com"),
        },
    }
}

/// The language that a site asks for.
fn language(site: &str) -> &str {
    match site.split_once(".stackoverflow") {
        Some((language @ ("es" | "ja" | "pt" | "ru"), _)) => language,
        _ => "en",
    }
}

/// How long a refusal asks to wait; `None` when it is no limit. The daily quota ends with the text "more requests
/// available in N seconds".
///
/// Source: <https://api.stackexchange.com/docs/error-handling>.
pub(super) fn limit(body: &[u8]) -> Option<Duration> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    if !matches!(refusal.error_name.as_str(), "throttle_violation" | "temporarily_unavailable" | "internal_error") {
        return None;
    }
    let (_, rest) = refusal.error_message.split_once("available in ").unwrap_or_default();
    let seconds = rest.split_whitespace().next().and_then(|number| number.parse().ok());
    Some(seconds.map_or(UNTOLD_LIMIT, Duration::from_secs))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use std::{fs, path::Path};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn mention(json: &serde_json::Value, title: Option<&str>) -> Mention {
        match post(json.to_string().as_bytes(), "stackoverflow", title, now()).unwrap() {
            Reading::Mention(mention) => *mention,
            Reading::Nothing(reason) => panic!("{reason:?}"),
        }
    }

    #[test]
    fn a_question_and_its_answer() {
        let question = serde_json::json!({"question_id": 7, "title": "Why &quot;5 &gt; 4&quot;?", "body": "<p>I &amp; you</p><pre><code>a &lt; b</code></pre>",
            "tags": ["rust"], "creation_date": 1_795_334_400, "last_edit_date": 1_795_334_460, "score": -2, "answer_count": 1,
            "view_count": 9, "link": "https://stackoverflow.com/questions/7/why", "content_license": "CC BY-SA 4.0",
            "owner": {"account_id": 3, "user_id": 4, "display_name": "Ann &#246;"}});
        let read = mention(&question, None);
        assert_eq!((read.id.as_str(), read.kind), ("stackexchange:stackoverflow:7", Kind::Question));
        assert_eq!((read.title.as_deref(), read.text.as_str()), (Some("Why \"5 > 4\"?"), "I & you\n\na < b"));
        assert_eq!((read.author.id.as_deref(), read.author.name.as_deref()), (Some("account:3"), Some("Ann ö")));
        assert_eq!((read.engagement.likes, read.engagement.views, read.revision), (None, Some(9), 1_795_334_460_000));
        assert_eq!(read.extra["licence"], "CC BY-SA 4.0");
        let answer = serde_json::json!({"question_id": 7, "answer_id": 8, "body": "<p>So.</p>", "creation_date": 1_795_334_500,
            "is_accepted": true, "owner": {"user_type": "does_not_exist", "display_name": "gone"}});
        let answer = mention(&answer, Some("Why &quot;5&quot;?"));
        assert_eq!((answer.kind, answer.parent_id.as_deref()), (Kind::Answer, Some(read.id.as_str())));
        assert_eq!((answer.title.as_deref(), &answer.extra["question_title"]), (None, &"Why \"5\"?".into()));
        assert_eq!((answer.url.as_deref(), answer.author.id), (Some("https://stackoverflow.com/a/8"), None));
    }

    #[test]
    fn sites_have_hosts_and_languages() {
        assert_eq!(
            ["superuser", "es.stackoverflow", "android", "mathoverflow.net"].map(host),
            ["superuser.com", "es.stackoverflow.com", "android.stackexchange.com", "mathoverflow.net"]
        );
        assert_eq!(["stackoverflow", "ja.stackoverflow", "android"].map(language), ["en", "ja", "en"]);
    }

    #[test]
    fn limits_say_how_long_they_last() {
        let refusal = |name: &str, message: &str| {
            limit(
                serde_json::json!({"error_id": 502, "error_name": name, "error_message": message})
                    .to_string()
                    .as_bytes(),
            )
        };
        let message = "too many requests from this IP, more requests available in 57003 seconds";
        assert_eq!(refusal("throttle_violation", message), Some(Duration::from_secs(57_003)));
        assert_eq!(refusal("throttle_violation", "Violation of backoff parameter"), Some(UNTOLD_LIMIT));
        assert_eq!(refusal("bad_parameter", "site is required"), None);
        assert_eq!(limit(b"<html>"), None);
    }

    #[test]
    fn real_answers_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/07-stackexchange");
        if let Ok(bytes) = fs::read(folder.join("questions_two.json")) {
            let page = wrapper(&bytes).unwrap();
            assert_eq!((page.has_more, page.quota_remaining, page.backoff), (false, Some(241), None));
            let read = page.items.iter().map(|item| mention(&serde_json::from_str(item.get()).unwrap(), None));
            let found: Vec<_> =
                read.map(|mention| (mention.id, mention.published_at.to_string(), mention.revision)).collect();
            let expected = [
                ("stackexchange:stackoverflow:64415023".to_owned(), "2020-10-18T15:24:53.000Z".to_owned(), 0),
                (
                    "stackexchange:stackoverflow:64414922".to_owned(),
                    "2020-10-18T15:14:20.000Z".to_owned(),
                    1_603_034_691_000,
                ),
            ];
            assert_eq!(found, expected);
        }
        if let Ok(bytes) = fs::read(folder.join("error_throttle.json")) {
            assert_eq!(limit(&bytes), Some(UNTOLD_LIMIT));
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, html in "\\PC*", time: i64, site in "\\PC{0,20}") {
            let _ = (wrapper(&bytes).is_ok(), found(&bytes).is_ok(), id_of(&bytes), limit(&bytes));
            let json = serde_json::json!({"question_id": 1, "body": html, "title": html, "creation_date": time,
                "last_edit_date": time, "score": time, "link": html});
            let _ = post(json.to_string().as_bytes(), &site, Some(&html), now());
            let _ = limit(serde_json::json!({"error_name": "throttle_violation", "error_message": html}).to_string().as_bytes());
        }
    }
}
