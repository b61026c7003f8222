//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use serde_json::value::RawValue;

use super::api::{BusinessUnit, Review, ReviewPage};
use crate::{
    text,
    watch::{Reading, millis},
};

/// The type name of this source.
pub(super) const SOURCE: &str = "trustpilot";

/// A review.
#[derive(Debug)]
pub(super) struct One {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) reading: Reading,
}

/// What cannot be used, and why.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) raw: String,
    pub(super) rejection: Rejection,
}

/// Reads the id of a company.
pub(super) fn unit(bytes: &[u8]) -> Result<String, String> {
    let unit: BusinessUnit = serde_json::from_slice(bytes).map_err(|error| format!("not a company: {error}"))?;
    Ok(unit.id)
}

/// Reads a page of reviews.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn page(bytes: &[u8], now: Timestamp) -> Result<Vec<Result<One, Wrong>>, String> {
    let page: ReviewPage = serde_json::from_slice(bytes).map_err(|error| format!("not a page: {error}"))?;
    let one = |raw: &RawValue| {
        review(raw.get().as_bytes(), now).map_err(|rejection| Wrong { raw: raw.get().to_owned(), rejection })
    };
    Ok(page.reviews.iter().map(|raw| one(raw)).collect())
}

/// Reads a single review.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are no review.
pub(super) fn review(bytes: &[u8], now: Timestamp) -> Result<One, Rejection> {
    let shape = |error| Rejection::new(RejectReason::WrongShape, format!("not a review: {error}"));
    let review: Review = serde_json::from_slice(bytes).map_err(shape)?;
    let id = review.id;
    let time = |text: &str| {
        let wrong = |error| Rejection::new(RejectReason::BadTime, format!("review {id}: {error}"));
        Timestamp::parse(text).or_else(|_| Timestamp::parse(&format!("{text}Z"))).map_err(wrong)
    };
    let at = time(&review.created_at)?;
    let updated = review.updated_at.as_deref().map(time).transpose()?.filter(|updated| *updated > at);
    if review.status.as_deref() == Some("archived") {
        return Ok(One { id, at, reading: Reading::Gone { reason: "site" } });
    }
    let title = review.title.map(|title| text::one_line(&title)).filter(|title| !title.is_empty());
    let body = text::tidy(&review.text.unwrap_or_default());
    if title.is_none() && body.is_empty() {
        return Ok(One { id, at, reading: Reading::Empty });
    }
    let mut mention = Mention::new(format!("{SOURCE}:{id}"), SOURCE, body, at);
    mention.kind = Kind::Review;
    mention.title = title;
    mention.url = Some(format!("https://www.trustpilot.com/reviews/{id}"));
    mention.site = Some("www.trustpilot.com".to_owned());
    mention.lang_hint = review.language.filter(|language| !language.is_empty());
    mention.product_hint = review.business_unit.and_then(|unit| unit.display_name);
    if let Some(stars) = review.stars.filter(|stars| (1..=5).contains(stars)) {
        mention.rating = Some(f32::from(stars - 1) / 4.0);
        mention.extra.insert("stars".to_owned(), stars.into());
    }
    if let Some(consumer) = review.consumer {
        mention.author.id = consumer.id;
        mention.author.name = consumer.display_name.filter(|name| !name.is_empty());
        mention.country = consumer.display_location.as_deref().and_then(country);
    }
    mention.engagement.replies = Some(u64::from(review.company_reply.is_some()));
    if let Some(answered) = review.company_reply.and_then(|reply| reply.created_at) {
        mention.extra.insert("company_replied_at".to_owned(), time(&answered)?.to_string().into());
    }
    mention.extra.extend(review.is_verified.map(|verified| ("verified".to_owned(), verified.into())));
    mention.edited_at = updated;
    mention.revision = updated.map_or(0, millis);
    Ok(One { id, at, reading: Reading::Mention(Box::new(mention.collected(now))) })
}

/// The country at the end of a place: `Utrecht, NL`.
fn country(place: &str) -> Option<String> {
    let last = place.rsplit(',').next()?.trim();
    (last.len() == 2 && last.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| last.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use serde_json::{Value, json};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn read(fields: Value) -> Result<One, Rejection> {
        let mut review = json!({"id": "5f01", "stars": 2, "title": "Traag ", "text": "Drie weken\r\ngewacht", "language": "nl",
            "createdAt": "2026-11-01T10:00:00Z", "updatedAt": null, "companyReply": null, "isVerified": true, "status": "active",
            "consumer": {"id": "c1", "displayName": "Jan J", "displayLocation": "Utrecht, NL", "numberOfReviews": 3},
            "businessUnit": {"id": "b1", "displayName": "Voorbeeld"}, "links": []});
        review.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        super::review(review.to_string().as_bytes(), now())
    }

    fn mention(one: One) -> Mention {
        match one.reading {
            Reading::Mention(mention) => *mention,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_review_has_stars_and_an_author() {
        let review = mention(read(json!({})).unwrap());
        assert_eq!((review.id.as_str(), review.kind), ("trustpilot:5f01", Kind::Review));
        assert_eq!((review.title.as_deref(), review.text.as_str()), (Some("Traag"), "Drie weken\ngewacht"));
        assert_eq!(
            (review.rating, review.lang_hint.as_deref(), review.country.as_deref()),
            (Some(0.25), Some("nl"), Some("NL"))
        );
        assert_eq!((review.author.id.as_deref(), review.author.name.as_deref()), (Some("c1"), Some("Jan J")));
        assert_eq!((review.revision, review.engagement.replies), (0, Some(0)));
        let answered = json!({"updatedAt": "2026-11-02T10:00:00", "companyReply": {"text": "Sorry", "createdAt": "2026-11-03T10:00:00"}});
        let edited = mention(read(answered).unwrap());
        assert_eq!(edited.edited_at, Some(Timestamp::parse("2026-11-02T10:00:00Z").unwrap()));
        assert_eq!((edited.engagement.replies, edited.text.contains("Sorry")), (Some(1), false));
    }

    #[test]
    fn what_is_wrong_says_why() {
        assert_eq!(read(json!({"title": null, "text": ""})).unwrap().reading, Reading::Empty);
        assert_eq!(read(json!({"status": "archived"})).unwrap().reading, Reading::Gone { reason: "site" });
        assert_eq!(read(json!({"createdAt": "today"})).unwrap_err().reason, RejectReason::BadTime);
        assert_eq!(read(json!({"stars": "five"})).unwrap_err().reason, RejectReason::WrongShape);
        assert!(page(b"<html>", now()).is_err() && unit(b"{}").is_err());
        assert_eq!(country("Amsterdam"), None);
    }

    #[test]
    fn the_documented_example_is_read() {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/sources/samples/13-trustpilot/reviews_docs_form.json");
        let Ok(bytes) = std::fs::read(path) else { return };
        let mut read = page(&bytes, now()).unwrap();
        let review = mention(read.remove(0).unwrap());
        assert_eq!(review.id, "trustpilot:507f191e810c19729de860ea");
        assert_eq!(review.published_at, Timestamp::parse("2013-09-07T13:37:00Z").unwrap());
        assert_eq!(
            (review.rating, review.text.chars().count(), review.lang_hint.as_deref()),
            (Some(1.0), 19, Some("da"))
        );
        assert_eq!((review.author.name.as_deref(), review.edited_at), (Some("John Doe"), None));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in "\\PC*", stars: u8) {
            let _ = (page(&bytes, now()), unit(&bytes));
            let _ = read(json!({"text": text, "stars": stars, "createdAt": text, "consumer": {"displayLocation": text}}));
        }
    }
}
