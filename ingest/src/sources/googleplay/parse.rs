//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use serde_json::value::RawValue;

use super::api::{Moment, Review, ReviewPage, Seconds, UserComment};
use crate::{
    text,
    watch::{Reading, millis},
};

/// The type name of this source.
pub(super) const SOURCE: &str = "googleplay";

/// A page and where the next one begins.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) reviews: Vec<Result<One, Wrong>>,
    pub(super) next: Option<String>,
}

/// A review.
#[derive(Debug)]
pub(super) struct One {
    pub(super) id: String,
    /// When its author last changed it.
    pub(super) at: Timestamp,
    pub(super) reading: Reading,
}

/// What cannot be used, and why.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) raw: String,
    pub(super) rejection: Rejection,
}

/// Reads a page of the reviews of `package`.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn page(bytes: &[u8], package: &str, now: Timestamp) -> Result<Read, String> {
    let page: ReviewPage = serde_json::from_slice(bytes).map_err(|error| format!("not a page: {error}"))?;
    let one = |raw: &RawValue| {
        review(raw.get().as_bytes(), package, now).map_err(|rejection| Wrong { raw: raw.get().to_owned(), rejection })
    };
    let next = page.token_pagination.and_then(|pagination| pagination.next_page_token);
    Ok(Read { reviews: page.reviews.iter().map(|raw| one(raw)).collect(), next: next.filter(|next| !next.is_empty()) })
}

/// Reads a single review of `package`.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are no review.
pub(super) fn review(bytes: &[u8], package: &str, now: Timestamp) -> Result<One, Rejection> {
    let shape = |error| Rejection::new(RejectReason::WrongShape, format!("not a review: {error}"));
    let review: Review = serde_json::from_slice(bytes).map_err(shape)?;
    let id = review.review_id;
    let mut answered = None;
    let mut written = None;
    for comment in review.comments {
        written = written.or(comment.user_comment);
        answered = answered.or(comment.developer_comment);
    }
    let bad_time = || Rejection::new(RejectReason::BadTime, format!("review {id} has no time"));
    let comment =
        written.ok_or_else(|| Rejection::new(RejectReason::WrongShape, format!("review {id} has no comment")))?;
    let at = comment.last_modified.as_ref().and_then(moment).ok_or_else(bad_time)?;
    let Some(mut mention) = mention(&id, package, comment, at) else {
        return Ok(One { id, at, reading: Reading::Empty });
    };
    mention.author.name = review.author_name.filter(|name| !name.is_empty());
    mention.engagement.replies = Some(u64::from(answered.is_some()));
    if let Some(answered) = answered.and_then(|answer| answer.last_modified).as_ref().and_then(moment) {
        mention.extra.insert("developer_answered_at".to_owned(), answered.to_string().into());
    }
    Ok(One { id, at, reading: Reading::Mention(Box::new(mention.collected(now))) })
}

fn mention(id: &str, package: &str, comment: UserComment, at: Timestamp) -> Option<Mention> {
    let written = comment.original_text.unwrap_or(comment.text);
    let (title, body) = written.split_once('\t').unwrap_or(("", &written));
    let (title, body) = (text::one_line(title), text::tidy(body));
    if title.is_empty() && body.is_empty() {
        return None;
    }
    let mut mention = Mention::new(format!("{SOURCE}:{id}"), SOURCE, body, at);
    mention.kind = Kind::Review;
    mention.title = Some(title).filter(|title| !title.is_empty());
    mention.url = Some(format!("https://play.google.com/store/apps/details?id={package}&reviewId={id}"));
    mention.site = Some("play.google.com".to_owned());
    mention.lang_hint = comment.reviewer_language.map(|language| language.replace('_', "-"));
    mention.product_hint = Some(package.to_owned());
    mention.engagement.likes = comment.thumbs_up_count;
    if let Some(stars) = comment.star_rating.filter(|stars| (1..=5).contains(stars)) {
        mention.rating = Some(f32::from(stars - 1) / 4.0);
        mention.extra.insert("stars".to_owned(), stars.into());
    }
    for (name, value) in [("device", comment.device), ("app_version", comment.app_version_name)] {
        mention.extra.extend(value.map(|value| (name.to_owned(), value.into())));
    }
    // Only the last change is told, so each is a later state.
    mention.revision = millis(at);
    Some(mention)
}

fn moment(moment: &Moment) -> Option<Timestamp> {
    let seconds = match moment.seconds.as_ref()? {
        Seconds::Text(text) => text.parse().ok()?,
        Seconds::Number(number) => *number,
    };
    let millis = i64::from(moment.nanos.unwrap_or_default() / 1_000_000);
    Some(Timestamp::from_millis(seconds.saturating_mul(1000).saturating_add(millis)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use serde_json::{Value, json};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn read(comment: Value) -> Result<One, Rejection> {
        let mut written = json!({"text": "Handig\tWerkt\nprima", "lastModified": {"seconds": "1795000000", "nanos": 883_000_000},
            "starRating": 4, "reviewerLanguage": "nl", "device": "FP5", "appVersionName": "2.1", "thumbsUpCount": 3});
        written.as_object_mut().unwrap().extend(comment.as_object().unwrap().clone());
        let review = json!({"reviewId": "gp:AB", "authorName": "Jan", "comments": [{"userComment": written},
            {"developerComment": {"text": "Dank!", "lastModified": {"seconds": "1795000100"}}}]});
        review_of(&review)
    }

    fn review_of(review: &Value) -> Result<One, Rejection> {
        super::review(review.to_string().as_bytes(), "com.example.app", now())
    }

    fn mention(one: One) -> Mention {
        match one.reading {
            Reading::Mention(mention) => *mention,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_review_has_a_title_a_text_and_stars() {
        let review = mention(read(json!({})).unwrap());
        assert_eq!((review.id.as_str(), review.kind), ("googleplay:gp:AB", Kind::Review));
        assert_eq!((review.title.as_deref(), review.text.as_str()), (Some("Handig"), "Werkt\nprima"));
        assert_eq!((review.rating, &review.extra["stars"]), (Some(0.75), &json!(4)));
        assert_eq!((review.author.name.as_deref(), review.lang_hint.as_deref()), (Some("Jan"), Some("nl")));
        assert_eq!((review.engagement.likes, review.engagement.replies), (Some(3), Some(1)));
        assert_eq!(review.published_at, Timestamp::from_millis(1_795_000_000_883));
        assert_eq!((review.revision, review.edited_at), (1_795_000_000_883, None));
        assert!(!review.text.contains("Dank"), "the developer is no customer");
        let plain =
            mention(read(json!({"text": "\tfine", "starRating": 9, "reviewerLanguage": "zh-Hant_TW"})).unwrap());
        assert_eq!((plain.title, plain.text.as_str(), plain.rating), (None, "fine", None));
        assert_eq!(plain.lang_hint.as_deref(), Some("zh-Hant-TW"));
        let translated = mention(read(json!({"text": "\tgood", "originalText": "\tgoed"})).unwrap());
        assert_eq!(translated.text, "goed");
    }

    #[test]
    fn what_is_wrong_says_why() {
        assert_eq!(read(json!({"text": "\t "})).unwrap().reading, Reading::Empty);
        assert_eq!(read(json!({"lastModified": null})).unwrap_err().reason, RejectReason::BadTime);
        assert_eq!(read(json!({"lastModified": {"seconds": "soon"}})).unwrap_err().reason, RejectReason::BadTime);
        assert_eq!(review_of(&json!({"reviewId": "a"})).unwrap_err().reason, RejectReason::WrongShape);
        assert_eq!(review_of(&json!({"reviewId": 1})).unwrap_err().reason, RejectReason::WrongShape);
        let empty = page(b"{}", "a.b", now()).unwrap();
        assert!(empty.reviews.is_empty() && empty.next.is_none());
        assert!(page(b"<html>", "a.b", now()).is_err());
    }

    #[test]
    fn a_real_page_is_read() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/sources/samples/12-googleplay/reviews_list.json");
        let Ok(bytes) = std::fs::read(path) else { return };
        let mut read = page(&bytes, "com.example.app", now()).unwrap();
        assert!(read.next.is_some() && read.reviews.len() == 1);
        let review = mention(read.reviews.remove(0).unwrap());
        assert_eq!(review.published_at, Timestamp::from_millis(1_533_601_272_883));
        assert_eq!((review.text.chars().count(), review.title, review.rating), (4, None, Some(0.5)));
        assert_eq!((review.author.name, review.lang_hint.as_deref()), (None, Some("zh-Hant-TW")));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in "\\PC*", seconds: i64, stars: u8) {
            let _ = page(&bytes, "a.b", now());
            let _ = read(json!({"text": text, "starRating": stars, "lastModified": {"seconds": seconds, "nanos": u32::MAX}}));
        }
    }
}
