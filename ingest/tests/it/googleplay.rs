//! Google Play: a service account that signs for its tokens, and a list that has no `reviews` when there are none.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hark_ingest::{Source, SourceError, SourceKind, sources::googleplay::GooglePlayConfig};
use hark_mention::{
    Timestamp,
    config::{Secret, Span},
};
use rustls::{SignatureScheme, crypto::aws_lc_rs::default_provider};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

/// A key that was made for this test and opens nothing.
const KEY: &str = include_str!("googleplay/key.pem");
const PUBLIC_KEY: &[u8] = include_bytes!("googleplay/public.der");

/// Most reviews that a page shows here; Google shows a hundred.
const PAGE: usize = 3;

type Shared = Arc<Mutex<Vec<Value>>>;

struct Play {
    network: Network,
    /// The one that changed last at the end.
    reviews: Shared,
    secret: String,
}

impl Play {
    fn key_file(&self) -> String {
        let token_uri = format!("{}/token", self.network.url());
        json!({"type": "service_account", "client_email": "hark@example.iam", "private_key_id": "k1", "private_key": KEY, "token_uri": token_uri}).to_string()
    }

    fn config(&self) -> GooglePlayConfig {
        GooglePlayConfig {
            packages: vec!["com.example.app".into()],
            service_account: Some(Secret::given(self.key_file())),
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(1),
            base_url: self.network.url(),
            ..GooglePlayConfig::default()
        }
    }

    fn add(&self, number: u64, at: i64) -> String {
        let comment = json!({"text": format!("title\ttext {number}"), "lastModified": moment(at), "starRating": 4, "reviewerLanguage": "nl"});
        let review =
            json!({"reviewId": format!("gp:{number}"), "authorName": "Jan", "comments": [{"userComment": comment}]});
        self.reviews.lock().unwrap().push(review);
        format!("googleplay:gp:{number}")
    }
}

fn moment(millis: i64) -> Value {
    json!({"seconds": (millis / 1000).to_string(), "nanos": millis % 1000 * 1_000_000})
}

/// Gives a token for a statement that is signed by the account's key and good now.
fn token(asked: &Asked) -> Reply {
    let form = asked.form();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (signed, signature) = form["assertion"].rsplit_once('.').unwrap();
    let algorithms = default_provider().signature_verification_algorithms.mapping;
    let (_, rsa) = algorithms.iter().find(|(scheme, _)| *scheme == SignatureScheme::RSA_PKCS1_SHA256).unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(rsa.iter().any(|rsa| rsa.verify_signature(PUBLIC_KEY, signed.as_bytes(), &signature).is_ok()));
    let (header, claims) = signed.split_once('.').unwrap();
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, claims) = (read(header), read(claims));
    assert_eq!((header["alg"].as_str(), header["kid"].as_str()), (Some("RS256"), Some("k1")));
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/androidpublisher");
    let now = Timestamp::now().as_millis() / 1000;
    assert!(claims["iat"].as_i64().unwrap() <= now && claims["exp"].as_i64().unwrap() > now);
    Reply::json(&json!({"access_token": "granted", "expires_in": 3599, "token_type": "Bearer"}))
}

fn list(reviews: &Shared, asked: &Asked) -> Reply {
    assert_eq!((asked.header("authorization"), asked.query("maxResults")), ("Bearer granted", Some("100")));
    assert_eq!(asked.query("translationLanguage"), None);
    let reviews = reviews.lock().unwrap();
    let start: usize = asked.query("token").map_or(0, |token| token.parse().unwrap());
    let page: Vec<&Value> = reviews.iter().rev().skip(start).take(PAGE).collect();
    let mut answer = json!({});
    if !page.is_empty() {
        answer["reviews"] = json!(page);
    }
    if start + PAGE < reviews.len() {
        answer["tokenPagination"] = json!({"nextPageToken": (start + PAGE).to_string()});
    }
    Reply::json(&answer)
}

impl World for Play {
    const CAN: Can = ALL;

    async fn start() -> Self {
        let (network, reviews) = (Network::start().await, Shared::default());
        network.on("POST /token", token);
        let shown = Arc::clone(&reviews);
        network.on("GET /androidpublisher/v3/applications/com.example.app/reviews", move |asked| list(&shown, asked));
        let shown = Arc::clone(&reviews);
        network.on("GET /androidpublisher/v3/applications/com.example.app/reviews/*", move |asked| {
            let reviews = shown.lock().unwrap();
            let found = reviews.iter().find(|review| review["reviewId"] == asked.last().replace("%3A", ":"));
            found.map_or_else(
                || Reply::json(&json!({"error": {"code": 404, "message": "not found"}})).with_status(404),
                Reply::json,
            )
        });
        let secret = KEY.lines().nth(1).unwrap().to_owned();
        Self { network, reviews, secret }
    }

    fn source(&self) -> Box<dyn Source> {
        self.config().build(context()).unwrap()
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis())
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis() + 86_400_000)
    }

    fn edit(&self, number: u64) {
        let mut reviews = self.reviews.lock().unwrap();
        let at = reviews.iter().position(|review| review["reviewId"] == format!("gp:{number}")).unwrap();
        let mut review = reviews.remove(at);
        review["comments"][0]["userComment"]["text"] = "\tedited".into();
        review["comments"][0]["userComment"]["lastModified"] = moment(Timestamp::now().as_millis());
        reviews.push(review);
    }

    fn delete(&self, number: u64) {
        self.reviews.lock().unwrap().retain(|review| review["reviewId"] != format!("gp:{number}"));
    }

    fn publish_garbage(&self, number: u64) {
        self.reviews.lock().unwrap().push(json!({"reviewId": format!("gp:{number}"), "comments": "none"}));
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
        &self.secret
    }
}

contract!(Play);

#[tokio::test]
async fn all_pages_of_the_week_are_read_with_one_token_and_the_older_not() {
    let play = Play::start().await;
    let now = Timestamp::now().as_millis();
    play.add(100, now - 8 * 86_400_000);
    let all: Vec<String> =
        (1..=8).map(|number| play.add(number, now - 10_000 + i64::try_from(number).unwrap())).collect();
    let mut run = Run::new(play.source());
    run.until("all of them", |run| all.iter().all(|id| !run.states(id).is_empty())).await;
    let review = run.states(&all[0])[0];
    assert_eq!((review.title.as_deref(), review.text.as_str(), review.rating), (Some("title"), "text 1", Some(0.75)));
    for _ in 0..20 {
        run.step().await;
    }
    assert!(run.states("googleplay:gp:100").is_empty());
    assert_eq!(play.network.times("/token"), 1);
    assert!(run.deletes().is_empty() && run.errors.is_empty(), "{:?}", run.errors);
}

#[tokio::test]
async fn a_limit_is_told_from_a_missing_permission() {
    let play = Play::start().await;
    let refused = async |reason: &'static str| {
        let network = Network::start().await;
        network.on("GET /androidpublisher/*", move |_| {
            Reply::json(&json!({"error": {"code": 403, "message": "no", "errors": [{"reason": reason}]}}))
                .with_status(403)
        });
        let config = GooglePlayConfig { base_url: network.url(), ..play.config() };
        config.build(context()).unwrap().fetch(None).await.unwrap_err()
    };
    assert!(matches!(refused("rateLimitExceeded").await, SourceError::Later { wait: Some(_), .. }));
    assert!(matches!(refused("permissionDenied").await, SourceError::Setup(_)));
}
