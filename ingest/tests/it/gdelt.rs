//! GDELT: 250 articles at most, complaints in plain text, and JSON that is none.

use std::sync::{Arc, Mutex};

use hark_ingest::{
    Source, SourceError,
    sources::gdelt::{GdeltConfig, GdeltSource},
};
use hark_mention::{Timestamp, config::Span};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

struct News {
    network: Network,
    articles: Arc<Mutex<Vec<(i64, Value)>>>,
}

/// `20260519T120000Z`.
fn stamp(at: i64) -> String {
    let text = Timestamp::from_millis(at).to_string().replace(['-', ':'], "");
    format!("{}Z", text.split('.').next().unwrap())
}

fn find(articles: &[(i64, Value)], asked: &Asked) -> Reply {
    assert_eq!(
        (asked.query("mode"), asked.query("format"), asked.query("sort")),
        (Some("ArtList"), Some("json"), Some("DateDesc"))
    );
    if asked.query("query") == Some("bad") {
        return Reply::ok("One or more of your keywords were too short, too long or too common.");
    }
    let bound = |key| asked.query(key).unwrap().to_owned();
    let (start, end) = (bound("startdatetime"), bound("enddatetime"));
    let digits = |at| stamp(at).replace(['T', 'Z'], "");
    let mut found: Vec<&(i64, Value)> =
        articles.iter().filter(|(at, _)| (start.clone()..=end.clone()).contains(&digits(*at))).collect();
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let page: Vec<&Value> = found.iter().take(250).map(|(_, article)| article).collect();
    // No article, no key.
    Reply::json(&if page.is_empty() { json!({}) } else { json!({"articles": page}) })
}

impl News {
    fn config(&self) -> GdeltConfig {
        GdeltConfig {
            search: vec!["fairphone".into()],
            poll_interval: Span::from_millis(5),
            pause: Span::from_millis(0),
            base_url: format!("{}/api/v2/doc", self.network.url()),
            ..GdeltConfig::default()
        }
    }

    fn add(&self, number: u64, at: i64, fields: Value) -> String {
        let url = format!("https://news.example/article/{number}");
        let mut article = json!({"url": format!("{url}?utm_source=x"), "url_mobile": "", "title": format!("Article {number} , a headline"),
            "seendate": stamp(at), "socialimage": "", "domain": "news.example", "language": "Dutch", "sourcecountry": "Netherlands"});
        article.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.articles.lock().unwrap().push((at, article));
        format!("gdelt:{url}")
    }

    fn run(&self, config: GdeltConfig) -> Run<GdeltSource> {
        Run::new(GdeltSource::new(config, context()).unwrap())
    }
}

impl World for News {
    // It asks for nothing, takes nothing back, and its clock is the only one there is.
    const CAN: Can = Can { revoke: false, delete: false, edit: false, skew: false, history: true, ..ALL };

    async fn start() -> Self {
        let (network, articles) = (Network::start().await, Arc::<Mutex<Vec<(i64, Value)>>>::default());
        let of = articles.clone();
        network.on("GET /api/v2/doc/doc", move |asked| find(&of.lock().unwrap(), asked));
        Self { network, articles }
    }

    fn source(&self) -> Box<dyn Source> {
        Box::new(GdeltSource::new(self.config(), context()).unwrap())
    }

    fn publish(&self, number: u64) -> String {
        self.add(number, Timestamp::now().as_millis(), json!({}))
    }

    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        self.add(number, at.as_millis(), json!({}))
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.publish(number)
    }

    fn edit(&self, _: u64) {}

    fn delete(&self, _: u64) {}

    fn publish_garbage(&self, number: u64) {
        self.add(number, Timestamp::now().as_millis(), json!({"url": 7}));
    }

    fn fail(&self, times: usize, fault: Fault) {
        self.network.fail(times, fault);
    }

    fn revoke(&self) {}

    fn mend(&self) {
        self.network.mend();
    }

    fn secret(&self) -> &str {
        ""
    }
}

contract!(News);

#[tokio::test]
async fn more_than_fits_into_an_answer_is_read_by_pieces_of_time() {
    const STEP: i64 = 15 * 60_000;
    let news = News::start().await;
    let now = Timestamp::now().as_millis();
    // 20 steps with 70 articles each.
    let at = |number: u64| (now / STEP - i64::try_from(number).unwrap() / 70 - 1) * STEP;
    let ids: Vec<_> = (0..1_400).map(|number| news.add(number, at(number), json!({}))).collect();
    let mut run = news.run(news.config());
    run.until("all", |run| run.mentions().len() >= ids.len()).await;
    assert!(ids.iter().all(|id| run.states(id).len() == 1), "each once");
    let mention = run.states(&ids[7])[0];
    assert_eq!((mention.title.as_deref(), mention.lang_hint.as_deref()), (Some("Article 7, a headline"), Some("nl")));
}

#[tokio::test]
async fn complaints_with_the_status_of_success_are_understood() {
    let news = News::start().await;
    news.network.on("GET /busy/doc", |_| Reply::ok("Please limit requests to one every 5 seconds or contact us."));
    let id = news.publish(1);
    let busy = GdeltConfig { base_url: format!("{}/busy", news.network.url()), ..news.config() };
    let mut source = GdeltSource::new(busy, context()).unwrap();
    let error = source.fetch(None).await.unwrap_err();
    assert!(matches!(&error, SourceError::Later { wait: Some(wait), .. } if wait.as_secs() >= 30), "{error:?}");
    // One question that is not taken does not stop the others.
    let config = GdeltConfig { search: vec!["bad".into(), "fairphone".into()], ..news.config() };
    let mut source = GdeltSource::new(config, context()).unwrap();
    let error = source.fetch(None).await.unwrap_err();
    assert!(
        matches!(&error, SourceError::Setup(told) if told.contains("bad") && told.contains("too common")),
        "{error:?}"
    );
    let page = source.fetch(None).await.unwrap();
    assert_eq!(page.items.len(), 1, "{id}");
}
