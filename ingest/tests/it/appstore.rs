//! Apple's public feed of reviews, and App Store Connect, which looks at the signature of each token.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hark_ingest::{
    Source,
    sources::appstore::{AppStoreConfig, AppStoreSource, ConnectConfig},
};
use hark_mention::{
    Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

/// A review: when it was written or last edited, and what it says; a rating that is none when it is malformed.
#[derive(Clone)]
struct Review {
    at: i64,
    text: String,
    rating: String,
}

type Reviews = Arc<Mutex<BTreeMap<u64, Review>>>;

/// The store: with `CONNECT` it is read by App Store Connect, without by the public feed.
struct Store<const CONNECT: bool> {
    network: Network,
    reviews: Reviews,
    pem: String,
}

fn newest_first(reviews: &Reviews) -> Vec<(u64, Review)> {
    let mut all: Vec<_> = reviews.lock().unwrap().iter().map(|(number, review)| (*number, review.clone())).collect();
    all.sort_by_key(|(number, review)| std::cmp::Reverse((review.at, *number)));
    all
}

fn feed(reviews: &Reviews, asked: &Asked) -> Reply {
    assert!(asked.path.contains("/id=7/") && asked.path.ends_with("/json"), "{}", asked.path);
    let page = asked.path.split_once("page=").map_or(1, |(_, rest)| rest.split('/').next().unwrap().parse().unwrap());
    assert!((1..=10).contains(&page), "the feed has ten pages");
    let label = |text: &str| json!({"label": text});
    let entry = |(number, review): (u64, Review)| {
        // The time of California.
        let updated = Timestamp::from_millis(review.at - 7 * 3_600_000)
            .to_string()
            .replace(".", "")
            .get(..19)
            .unwrap()
            .to_owned();
        json!({"id": label(&number.to_string()), "title": label("A title"), "content": label(&review.text), "im:rating": label(&review.rating),
            "author": {"name": label("ann"), "uri": label("https://itunes.apple.com/nl/reviews/id1")},
            "updated": label(&format!("{updated}-07:00"))})
    };
    let mut entries: Vec<Value> = newest_first(reviews).into_iter().skip((page - 1) * 50).take(50).map(entry).collect();
    match entries.len() {
        0 => Reply::json(&json!({"feed": {"id": label("x")}})),
        1 => Reply::json(&json!({"feed": {"entry": entries.remove(0)}})),
        _ => Reply::json(&json!({"feed": {"entry": entries}})),
    }
}

fn resource((number, review): (u64, Review)) -> Value {
    let rating = review.rating.parse::<u8>().map_or(json!("none"), Value::from);
    json!({"type": "customerReviews", "id": number.to_string(), "attributes": {"rating": rating, "title": "A title",
        "body": review.text, "reviewerNickname": "ann", "createdDate": Timestamp::from_millis(review.at).to_string(), "territory": "NLD"}})
}

fn connect(reviews: &Reviews, asked: &Asked, base: &str) -> Reply {
    assert_eq!(asked.query("include"), Some("response"));
    let limit: usize = asked.query("limit").unwrap().parse().unwrap();
    assert!(limit <= 200);
    let start: usize = asked.query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
    let all = newest_first(reviews);
    let next = (all.len() > start + limit)
        .then(|| format!("{base}{}?limit={limit}&include=response&cursor={}", asked.path, start + limit));
    let data: Vec<Value> = all.into_iter().skip(start).take(limit).map(resource).collect();
    let reply = Reply::json(&json!({"data": data, "links": {"self": "x", "next": next}}));
    reply.header("x-rate-limit", "user-hour-lim:3600;user-hour-rem:3545;")
}

fn one(reviews: &Reviews, asked: &Asked) -> Reply {
    let number = asked.last().parse().unwrap();
    match reviews.lock().unwrap().get(&number) {
        Some(review) => Reply::json(&json!({"data": resource((number, review.clone()))})),
        None => {
            Reply::json(&json!({"errors": [{"status": "404", "code": "NOT_FOUND", "title": "gone"}]})).with_status(404)
        }
    }
}

/// Whether a token is signed by the key, and for now.
fn is_signed(asked: &Asked, public: &[u8]) -> bool {
    let Some((signed, signature)) =
        asked.header("authorization").strip_prefix("Bearer ").and_then(|token| token.rsplit_once('.'))
    else {
        return false;
    };
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let claims: Value = serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap();
    let now = Timestamp::now().as_millis() / 1000;
    let is_good =
        claims["exp"].as_i64().is_some_and(|end| end > now && end <= now + 20 * 60) && claims["iss"] == "issuer-1";
    let verifier = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
    is_good && verifier.verify(signed.as_bytes(), &decode(signature)).is_ok()
}

impl<const CONNECT: bool> Store<CONNECT> {
    fn config(&self) -> AppStoreConfig {
        let connect = ConnectConfig {
            key_id: "KEY".into(),
            issuer_id: Some("issuer-1".into()),
            private_key: Secret::given(self.pem.clone()),
            base_url: self.network.url(),
        };
        AppStoreConfig {
            apps: vec!["7".into()],
            countries: vec!["nl".into()],
            connect: CONNECT.then_some(connect),
            poll_interval: Span::from_millis(5),
            pause: Span::from_millis(0),
            recheck: Span::from_millis(0),
            base_url: self.network.url(),
            ..AppStoreConfig::default()
        }
    }

    fn make(&self) -> AppStoreSource {
        AppStoreSource::new(self.config(), context()).unwrap()
    }

    fn add(&self, number: u64, at: i64, rating: &str) -> String {
        let review = Review { at, text: format!("review {number}"), rating: rating.to_owned() };
        self.reviews.lock().unwrap().insert(number, review);
        format!("appstore:{number}")
    }
}

impl<const CONNECT: bool> World for Store<CONNECT> {
    // The public feed needs no token and tells of no deletion.
    const CAN: Can = Can { revoke: CONNECT, delete: CONNECT, history: true, ..ALL };

    async fn start() -> Self {
        let (network, reviews) = (Network::start().await, Reviews::default());
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref()).unwrap();
        let public = pair.public_key().as_ref().to_vec();
        let of = reviews.clone();
        network.on("GET /nl/rss/customerreviews/*", move |asked| feed(&of, asked));
        let guard = |answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>| {
            let public = public.clone();
            move |asked: &Asked| match is_signed(asked, &public) {
                true => answer(asked),
                false => {
                    Reply::json(&json!({"errors": [{"status": "401", "code": "NOT_AUTHORIZED"}]})).with_status(401)
                }
            }
        };
        let (of, base) = (reviews.clone(), network.url());
        network.on("GET /v1/apps/7/customerReviews", guard(Box::new(move |asked| connect(&of, asked, &base))));
        let of = reviews.clone();
        network.on("GET /v1/customerReviews/*", guard(Box::new(move |asked| one(&of, asked))));
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&der));
        Self { network, reviews, pem }
    }

    fn source(&self) -> Box<dyn Source> {
        Box::new(self.make())
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis(), "4")
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        self.add(number, at.as_millis(), "4")
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis() + 86_400_000, "4")
    }

    fn edit(&self, number: u64) {
        let mut reviews = self.reviews.lock().unwrap();
        let review = reviews.get_mut(&number).unwrap();
        review.text = "edited".to_owned();
        // The feed tells the time of the edit, App Store Connect that of the first publication.
        review.at = if CONNECT { review.at } else { Timestamp::now().as_millis() };
    }

    fn delete(&self, number: u64) {
        self.reviews.lock().unwrap().remove(&number);
    }

    fn publish_garbage(&self, number: u64) {
        self.add(number, Timestamp::now().as_millis(), "many");
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
        if CONNECT { self.pem.lines().nth(1).unwrap() } else { "" }
    }
}

mod public_feed {
    use super::*;
    type Feed = Store<false>;
    contract!(Feed);
}

mod app_store_connect {
    use super::*;
    type Connect = Store<true>;
    contract!(Connect);
}

#[tokio::test]
async fn the_feed_gives_the_newest_500_and_an_empty_one_deletes_nothing() {
    let store = Store::<false>::start().await;
    let now = Timestamp::now().as_millis();
    let ids: Vec<_> =
        (0..600_u64).map(|number| store.add(number, now - i64::try_from(number).unwrap() * 3_600_000, "1")).collect();
    let mut run = Run::new(store.make());
    run.until("ten pages", |run| run.mentions().len() >= 500).await;
    assert!(ids[..500].iter().all(|id| run.states(id).len() == 1));
    let asked = store.network.asked().len();
    let all = std::mem::take(&mut *store.reviews.lock().unwrap());
    run.until("some empty feeds", |_| store.network.asked().len() > asked + 4).await;
    *store.reviews.lock().unwrap() = all;
    let newest = store.publish(1000);
    run.until("the newest", |run| !run.states(&newest).is_empty()).await;
    assert_eq!((run.deletes().len(), run.mentions().len()), (0, 501));
}

#[tokio::test]
async fn all_pages_of_app_store_connect_are_read_once() {
    let store = Store::<true>::start().await;
    let now = Timestamp::now().as_millis();
    let ids: Vec<_> =
        (0..700_u64).map(|number| store.add(number, now - i64::try_from(number).unwrap() * 3_600_000, "5")).collect();
    let mut run = Run::new(store.make());
    run.until("all", |run| ids.iter().all(|id| !run.states(id).is_empty())).await;
    assert_eq!(run.mentions().len(), 700);
    assert_eq!((run.mentions()[0].country.as_deref(), run.mentions()[0].rating), (Some("NL"), Some(1.0)));
    // The next looks go three days back, which is one page.
    let asked = store.network.times("/v1/apps");
    run.until("three more looks", |_| store.network.times("/v1/apps") >= asked + 3).await;
    assert!(
        store
            .network
            .asked()
            .iter()
            .rev()
            .filter(|asked| asked.path.starts_with("/v1/apps"))
            .take(2)
            .all(|asked| asked.query("cursor").is_none())
    );
}
