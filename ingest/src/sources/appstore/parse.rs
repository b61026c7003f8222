//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::HashMap;

use hark_mention::{DropReason, Kind, Mention, RejectReason, Rejection, Timestamp};
use serde_json::value::RawValue;

use super::api::{Document, Entry, One, Review, Reviews};
use crate::{countries, text};

/// The type name of this source.
pub(super) const SOURCE: &str = "appstore";

/// What one entry is.
#[derive(Debug)]
pub(super) enum Reading {
    Mention(Box<Mention>),
    Nothing(DropReason),
}

/// A page of reviews.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// Each as it came, the newest first.
    pub(super) reviews: Vec<&'a RawValue>,
    /// What the makers of the app replied, by its id.
    pub(super) replies: HashMap<String, String>,
    /// The address of the next page.
    pub(super) next: Option<String>,
}

/// Cuts a page of the public feed into its entries.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn feed(bytes: &[u8]) -> Result<Page<'_>, String> {
    let document: Document =
        serde_json::from_slice(bytes).map_err(|error| format!("not a feed of reviews: {error}"))?;
    let reviews = match document.feed.entry {
        Some(list) if list.get().starts_with('[') => {
            serde_json::from_str(list.get()).map_err(|error| format!("not a list of reviews: {error}"))?
        }
        Some(single) => vec![single],
        None => Vec::new(),
    };
    Ok(Page { reviews, replies: HashMap::new(), next: None })
}

/// Cuts a page of App Store Connect into its reviews.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn reviews(bytes: &[u8]) -> Result<Page<'_>, String> {
    let list: Reviews = serde_json::from_slice(bytes).map_err(|error| format!("not a list of reviews: {error}"))?;
    let reply = |response: super::api::Response| Some((response.id, response.attributes.response_body?));
    Ok(Page {
        reviews: list.data,
        replies: list.included.into_iter().filter_map(reply).collect(),
        next: list.links.next,
    })
}

/// The review in the answer to a question for one.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn one(bytes: &[u8]) -> Result<&RawValue, String> {
    serde_json::from_slice::<One>(bytes).map(|one| one.data).map_err(|error| format!("not a review: {error}"))
}

/// Reads an entry of the public feed of `app` in the store of `country`.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are no entry.
pub(super) fn entry(bytes: &[u8], app: &str, country: &str, now: Timestamp) -> Result<Reading, Rejection> {
    let wrong = |error: String| Rejection::new(RejectReason::WrongShape, format!("not a review: {error}"));
    let entry: Entry = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    let Some(rating) = entry.rating else { return Ok(Reading::Nothing(DropReason::NotAMention)) };
    let stars: f32 = rating.label.trim().parse().map_err(|_| wrong(format!("a rating of `{}`", rating.label)))?;
    let id = entry.id.label.trim().to_owned();
    if id.is_empty() {
        return Err(wrong("no id".to_owned()));
    }
    // Feeds of 2018 did not say when.
    let updated = match entry.updated {
        Some(updated) => time(&updated.label)?,
        None => now,
    };
    let mut mention = review(&id, &entry.title.label, &entry.content.label, stars, updated, app);
    // The feed tells the time of the last edit only.
    mention.revision = u64::try_from(updated.as_millis()).unwrap_or_default();
    mention.country = countries::alpha2(country);
    mention.url = Some(format!("https://apps.apple.com/{country}/app/id{app}?see-all=reviews"));
    let account = entry.author.uri.label.rsplit("/id").next().unwrap_or_default();
    let is_number = !account.is_empty() && account.chars().all(|c| c.is_ascii_digit());
    mention.author.id = is_number.then(|| account.to_owned());
    mention.author.name = Some(entry.author.name.label).filter(|name| !name.trim().is_empty());
    mention.engagement.likes = entry.votes.and_then(|votes| votes.label.parse().ok());
    if let Some(version) = entry.version.filter(|version| !version.label.is_empty()) {
        mention.extra.insert("version".to_owned(), version.label.into());
    }
    Ok(finish(mention, now))
}

/// Reads a review of App Store Connect; `replies` are those that came with it.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are no review.
pub(super) fn connect(
    bytes: &[u8],
    app: &str,
    replies: &HashMap<String, String>,
    now: Timestamp,
) -> Result<Reading, Rejection> {
    let wrong = |error: String| Rejection::new(RejectReason::WrongShape, format!("not a review: {error}"));
    let read: Review = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    let told = read.attributes;
    let stars = told.rating.ok_or_else(|| wrong("no rating".to_owned()))?;
    let created = time(told.created_date.as_deref().unwrap_or_default())?;
    let (title, body) = (told.title.unwrap_or_default(), told.body.unwrap_or_default());
    let mut mention = review(&read.id, &title, &body, stars, created, app);
    mention.country = told.territory.as_deref().and_then(countries::alpha2);
    let store = mention.country.as_deref().unwrap_or("us").to_ascii_lowercase();
    mention.url = Some(format!("https://apps.apple.com/{store}/app/id{app}?see-all=reviews"));
    mention.author.name = told.reviewer_nickname.filter(|name| !name.trim().is_empty());
    let reply = read.relationships.response.data.and_then(|reply| replies.get(&reply.id));
    if let Some(reply) = reply {
        mention.extra.insert("reply".to_owned(), reply.as_str().into());
    }
    Ok(finish(mention, now))
}

fn review(id: &str, title: &str, body: &str, stars: f32, at: Timestamp, app: &str) -> Mention {
    let mut mention = Mention::new(format!("{SOURCE}:{id}"), SOURCE, text::tidy(body), at);
    mention.kind = Kind::Review;
    mention.site = Some("apps.apple.com".to_owned());
    mention.title = Some(text::one_line(title)).filter(|title| !title.is_empty());
    mention.rating = (1.0..=5.0).contains(&stars).then_some((stars - 1.0) / 4.0);
    mention.extra.insert("stars".to_owned(), f64::from(stars).into());
    mention.extra.insert("app".to_owned(), app.into());
    mention
}

fn finish(mention: Mention, now: Timestamp) -> Reading {
    if mention.text.is_empty() && mention.title.is_none() {
        return Reading::Nothing(DropReason::Empty);
    }
    Reading::Mention(Box::new(mention.collected(now)))
}

fn time(text: &str) -> Result<Timestamp, Rejection> {
    Timestamp::parse(text).map_err(|error| Rejection::new(RejectReason::BadTime, error.to_string()))
}

/// Requests that are left of an hour's, from `user-hour-lim:3600;user-hour-rem:3545;`.
pub(super) fn left(header: &str) -> Option<u64> {
    header.split(';').find_map(|part| part.trim().strip_prefix("user-hour-rem:")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use std::{fs, path::Path};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn mention(reading: Reading) -> Mention {
        match reading {
            Reading::Mention(mention) => *mention,
            Reading::Nothing(reason) => panic!("{reason:?}"),
        }
    }

    fn label(text: &str) -> serde_json::Value {
        serde_json::json!({"label": text})
    }

    fn one_entry() -> serde_json::Value {
        serde_json::json!({"id": label("14000000001"), "title": label("Loopt  vast"), "content": {"label": "Na de update\r\nniets.", "attributes": {"type": "text"}},
            "author": {"name": label("jan"), "uri": label("https://itunes.apple.com/nl/reviews/id99"), "label": ""},
            "updated": label("2026-11-20T04:24:23-07:00"), "im:rating": label("2"), "im:version": label("1.8.0"),
            "im:voteSum": label("3"), "im:voteCount": label("4")})
    }

    #[test]
    fn a_review_of_the_feed() {
        let read = mention(entry(one_entry().to_string().as_bytes(), "7", "nl", now()).unwrap());
        assert_eq!(
            (read.id.as_str(), read.kind, read.country.as_deref()),
            ("appstore:14000000001", Kind::Review, Some("NL"))
        );
        assert_eq!((read.title.as_deref(), read.text.as_str()), (Some("Loopt vast"), "Na de update\nniets."));
        assert_eq!(
            (read.rating, read.extra["stars"].as_f64(), read.engagement.likes),
            (Some(0.25), Some(2.0), Some(3))
        );
        assert_eq!(read.published_at.to_string(), "2026-11-20T11:24:23.000Z");
        assert_eq!((read.author.id.as_deref(), read.author.name.as_deref()), (Some("99"), Some("jan")));
        assert_eq!(read.revision, 1_795_173_863_000);
        // Older feeds begin with the app itself.
        let app = serde_json::json!({"id": label("7"), "im:name": label("App")});
        assert!(matches!(
            entry(app.to_string().as_bytes(), "7", "nl", now()),
            Ok(Reading::Nothing(DropReason::NotAMention))
        ));
        let mut bad = one_entry();
        bad["updated"] = label("yesterday");
        assert_eq!(entry(bad.to_string().as_bytes(), "7", "nl", now()).unwrap_err().reason, RejectReason::BadTime);
    }

    #[test]
    fn a_feed_has_no_one_or_many_entries() {
        let count = |json: serde_json::Value| feed(json.to_string().as_bytes()).map(|page| page.reviews.len());
        assert_eq!(count(serde_json::json!({"feed": {"id": label("x")}})), Ok(0));
        assert_eq!(count(serde_json::json!({"feed": {"entry": one_entry()}})), Ok(1));
        assert_eq!(count(serde_json::json!({"feed": {"entry": [one_entry(), one_entry()]}})), Ok(2));
        assert!(count(serde_json::json!({"error": 1})).is_err());
    }

    #[test]
    fn a_review_of_app_store_connect_and_the_reply() {
        let json = serde_json::json!({"data": [{"type": "customerReviews", "id": "00000028-b08c", "attributes": {"rating": 5,
            "title": "Fijn", "body": "Werkt", "reviewerNickname": "piet", "createdDate": "2026-11-20T08:10:34-08:00", "territory": "NLD"},
            "relationships": {"response": {"data": {"type": "customerReviewResponses", "id": "r1"}}}}],
            "included": [{"type": "customerReviewResponses", "id": "r1", "attributes": {"responseBody": "Dank!", "state": "PUBLISHED"}}],
            "links": {"self": "https://a.example/1", "next": "https://a.example/2"}});
        let bytes = json.to_string();
        let page = reviews(bytes.as_bytes()).unwrap();
        assert_eq!(page.next.as_deref(), Some("https://a.example/2"));
        let read = mention(connect(page.reviews[0].get().as_bytes(), "7", &page.replies, now()).unwrap());
        assert_eq!(
            (read.country.as_deref(), read.rating, &read.extra["reply"]),
            (Some("NL"), Some(1.0), &"Dank!".into())
        );
        assert_eq!((read.published_at.to_string().as_str(), read.revision), ("2026-11-20T16:10:34.000Z", 0));
        assert_eq!(left("user-hour-lim:3600;user-hour-rem:3545;"), Some(3545));
    }

    #[test]
    fn real_feeds_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/11-appstore");
        if let Ok(bytes) = fs::read(folder.join("customerreviews_rss_2026.json")) {
            let page = feed(&bytes).unwrap();
            let read = page
                .reviews
                .iter()
                .map(|json| mention(entry(json.get().as_bytes(), "1592550875", "in", now()).unwrap()));
            let found: Vec<_> =
                read.map(|mention| (mention.id, mention.published_at.to_string(), mention.rating)).collect();
            let expected = [
                ("appstore:14548543799".to_owned(), "2026-09-14T11:24:23.000Z".to_owned(), Some(1.0)),
                ("appstore:14545746087".to_owned(), "2026-09-10T18:02:00.000Z".to_owned(), Some(0.0)),
            ];
            assert_eq!(found, expected);
        }
        if let Ok(bytes) = fs::read(folder.join("customerreviews_no_entry.json")) {
            assert!(feed(&bytes).unwrap().reviews.is_empty());
        }
        if let Ok(bytes) = fs::read(folder.join("asc_customerReviews.json")) {
            let page = reviews(&bytes).unwrap();
            let read = mention(connect(page.reviews[0].get().as_bytes(), "7", &page.replies, now()).unwrap());
            assert_eq!((read.id.as_str(), read.country.as_deref()), ("appstore:1", Some("US")));
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in "\\PC*") {
            let _ = (feed(&bytes).is_ok(), reviews(&bytes).is_ok(), one(&bytes).is_ok(), left(&text));
            let _ = (entry(&bytes, &text, &text, now()).is_ok(), connect(&bytes, &text, &HashMap::new(), now()).is_ok());
            let json = serde_json::json!({"id": label(&text), "im:rating": label("3"), "content": label(&text), "updated": label(&text)});
            let _ = entry(json.to_string().as_bytes(), "7", &text, now());
        }
    }
}
