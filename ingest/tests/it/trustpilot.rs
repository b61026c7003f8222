//! Trustpilot: companies by their domain, pages by number, reviews that are edited and removed.

use std::sync::{Arc, Mutex};

use hark_ingest::{Source, SourceError, SourceKind, sources::trustpilot::TrustpilotConfig};
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

const KEY: &str = "very-secret";

/// The oldest first.
type Shared = Arc<Mutex<Vec<Value>>>;

struct Trustpilot {
    network: Network,
    reviews: Shared,
}

impl Trustpilot {
    fn config(&self) -> TrustpilotConfig {
        TrustpilotConfig {
            api_key: Some(Secret::given(KEY)),
            companies: vec!["example.nl".into()],
            poll_interval: Span::from_millis(5),
            recheck: Span::from_millis(1),
            base_url: format!("{}/v1", self.network.url()),
            ..TrustpilotConfig::default()
        }
    }

    fn add(&self, number: u64, at: i64) -> String {
        let id = format!("{number:024x}");
        let review = json!({"id": id, "stars": 5, "title": format!("title {number}"), "text": format!("text {number}"), "language": "nl",
            "createdAt": Timestamp::from_millis(at).to_string(), "updatedAt": null, "companyReply": null, "status": "active",
            "consumer": {"id": "c1", "displayName": "Jan"}});
        self.reviews.lock().unwrap().push(review);
        format!("trustpilot:{id}")
    }
}

fn list(reviews: &Shared, asked: &Asked) -> Reply {
    if asked.header("apikey") != KEY {
        return Reply::json(&json!({"message": "Unknown apikey"})).with_status(401);
    }
    assert_eq!((asked.query("orderBy"), asked.query("perPage")), (Some("createdat.desc"), Some("100")));
    let page: usize = asked.query("page").unwrap().parse().unwrap();
    let reviews = reviews.lock().unwrap();
    let shown: Vec<&Value> = reviews.iter().rev().skip((page - 1) * 100).take(100).collect();
    Reply::json(&json!({"reviews": shown, "links": []}))
}

impl World for Trustpilot {
    const CAN: Can = Can { history: true, ..ALL };

    async fn start() -> Self {
        let (network, reviews) = (Network::start().await, Shared::default());
        network.on("GET /v1/business-units/find", |asked| match asked.query("name") {
            Some("example.nl") => Reply::json(&json!({"id": "b1", "displayName": "Example"})),
            _ => Reply::status(404),
        });
        let shown = Arc::clone(&reviews);
        network.on("GET /v1/business-units/b1/reviews", move |asked| list(&shown, asked));
        let shown = Arc::clone(&reviews);
        network.on("GET /v1/reviews/*", move |asked| {
            let reviews = shown.lock().unwrap();
            reviews.iter().find(|review| review["id"] == asked.last()).map_or_else(|| Reply::status(404), Reply::json)
        });
        Self { network, reviews }
    }

    fn source(&self) -> Box<dyn Source> {
        self.config().build(context()).unwrap()
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis())
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        self.add(number, at.as_millis())
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis() + 86_400_000)
    }

    fn edit(&self, number: u64) {
        let mut reviews = self.reviews.lock().unwrap();
        let review = reviews.iter_mut().find(|review| review["id"] == format!("{number:024x}")).unwrap();
        review["text"] = "edited".into();
        review["updatedAt"] = Timestamp::now().to_string().into();
    }

    fn delete(&self, number: u64) {
        self.reviews.lock().unwrap().retain(|review| review["id"] != format!("{number:024x}"));
    }

    fn publish_garbage(&self, number: u64) {
        self.reviews.lock().unwrap().push(json!({"id": number, "stars": "five"}));
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
        KEY
    }
}

contract!(Trustpilot);

#[tokio::test]
async fn history_is_read_page_by_page_as_far_as_it_is_wanted() {
    let trustpilot = Trustpilot::start().await;
    let (now, day) = (Timestamp::now().as_millis(), 86_400_000);
    trustpilot.add(9_999, now - 40 * day);
    let all: Vec<String> =
        (0..250).map(|number| trustpilot.add(number, now - 20 * day + i64::try_from(number).unwrap() * 1000)).collect();
    let mut run = Run::new(trustpilot.source());
    run.until("all of them", |run| run.mentions().len() == 250).await;
    assert!(all.iter().all(|id| run.states(id).len() == 1));
    let pages = trustpilot.network.asked().into_iter().filter(|asked| asked.query("page") == Some("3")).count();
    assert_eq!(pages, 1);
    assert!(run.errors.is_empty() && run.deletes().is_empty(), "{:?}", run.errors);
    // An old review is edited: found when it is looked at again.
    trustpilot.edit(3);
    run.until("the edit", |run| run.states(&all[3]).len() == 2).await;
    assert!(run.states(&all[3])[1].edited_at.is_some());
}

#[tokio::test]
async fn a_company_that_is_not_there_is_told() {
    let trustpilot = Trustpilot::start().await;
    let config = TrustpilotConfig { companies: vec!["nobody.nl".into()], ..trustpilot.config() };
    let mut source = config.build(context()).unwrap();
    let Err(SourceError::Setup(told)) = source.fetch(None).await else { panic!("not told") };
    assert!(told.contains("nobody.nl") && !told.contains(KEY));
    trustpilot.publish(1);
    let both = TrustpilotConfig { companies: vec!["nobody.nl".into(), "example.nl".into()], ..trustpilot.config() };
    let mut run = Run::new(both.build(context()).unwrap());
    run.until("the other one", |run| !run.mentions().is_empty()).await;
}
