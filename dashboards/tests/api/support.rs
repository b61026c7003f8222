//! An engine with known mentions, and dashboards that read it as the analyst.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use hark_dashboards::{Corrected, CorrectionError, Corrector, DashboardsConfig, Listening, Options, bind};
use hark_embedded_clickhouse::{Credentials, Engine};
use hark_mention::config::{Brand, Product, RuleSet};
use hark_query::Segmenter;
use hark_store::Access;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The schema, as far as the dashboards read it.
const SCHEMA: [&str; 11] = [
    include_str!("../../../sink/schema/0001_mentions.sql"),
    include_str!("../../../sink/schema/0002_ledger.sql"),
    include_str!("../../../sink/schema/0004_retention.sql"),
    include_str!("../../../sink/schema/0005_corrections.sql"),
    include_str!("../../../sink/schema/0006_erasures.sql"),
    include_str!("../../../sink/schema/0007_relabels.sql"),
    include_str!("../../../sink/schema/0009_searches.sql"),
    include_str!("../../../sink/schema/0010_views.sql"),
    include_str!("../../../sink/schema/0011_alerts.sql"),
    include_str!("../../../sink/schema/0012_time_order.sql"),
    include_str!("../../../sink/schema/0013_old_rows.sql"),
];

/// The period that all of [`mentions`] lie in: three days, the last of which has 23 hours in Amsterdam.
pub(crate) const PERIOD: &str = "from=2025-03-28&to=2025-03-30&tz=Europe/Amsterdam";

/// An engine on `listen`, in its own directory.
pub(crate) async fn start_engine(data: &Path, listen: SocketAddr) -> Engine {
    let this = std::env::current_exe().unwrap();
    // The engine appends its settings file, which is one more name of a test to run: there is none of that name.
    let arguments = ["--ignored", "--exact", "--nocapture", "engine_process"];
    let program = std::iter::once(this.into_os_string()).chain(arguments.map(Into::into)).collect();
    let options = hark_embedded_clickhouse::Options::new(data);
    let options = hark_embedded_clickhouse::Options { listen, program, ..options };
    hark_embedded_clickhouse::start(options).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Makes the tables.
pub(crate) async fn create_schema(engine: &Engine) {
    for statement in SCHEMA.iter().flat_map(|file| file.split(";\n")).map(str::trim).filter(|text| !text.is_empty()) {
        execute(&engine.admin(), statement.to_owned()).await;
    }
}

/// Stores rows of `mention_states`, as JSON objects.
pub(crate) async fn insert(engine: &Engine, rows: &[Value]) {
    insert_into(engine, "mention_states", rows).await;
}

async fn insert_into(engine: &Engine, table: &str, rows: &[Value]) {
    if rows.is_empty() {
        return;
    }
    let lines: Vec<_> = rows.iter().map(Value::to_string).collect();
    execute(&engine.admin(), format!("INSERT INTO {table} FORMAT JSONEachRow\n{}", lines.join("\n"))).await;
}

async fn execute(who: &Credentials, sql: String) {
    let request = reqwest::Client::new().post(&who.url).query(&[("database", "hark")]).body(sql);
    let request = request.header("X-ClickHouse-User", &who.user).header("X-ClickHouse-Key", &who.password);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    assert!(status.is_success(), "{}", answer.text().await.unwrap());
}

/// Whoever asks a database that is not there.
pub(crate) fn nobody() -> Credentials {
    Credentials { url: "http://127.0.0.1:1".to_owned(), user: "analyst".to_owned(), password: String::new() }
}

/// Dashboards on a free port.
pub(crate) struct Running {
    pub(crate) url: String,
    cancel: CancellationToken,
    server: tokio::task::JoinHandle<Result<(), hark_dashboards::Error>>,
}

/// What dashboards of `who` are started with.
pub(crate) fn options(who: &Credentials) -> Options {
    Options {
        access: access(who),
        writer: None,
        corrector: None,
        segmenter: Segmenter::default(),
        kafka: None,
        config: DashboardsConfig { listen: "127.0.0.1:0".to_owned(), ..DashboardsConfig::default() },
        users: vec![],
        teams: vec![],
        pipeline: None,
        rulebook: None,
        listening: listening(),
    }
}

/// What is listened for.
fn listening() -> watch::Receiver<Arc<Listening>> {
    let rules = RuleSet {
        brands: vec![Brand { name: "Silent".to_owned(), query: "silent".to_owned(), competitors: vec![] }],
        products: vec![Product { name: "P1".to_owned(), brand: "Acme".to_owned(), query: "p1".to_owned() }],
        topics: vec![],
    };
    watch::channel(Arc::new(Listening { edition: 0, rules })).1
}

/// The database as `who`.
pub(crate) fn access(who: &Credentials) -> Access {
    let (url, user, password) = (who.url.clone(), who.user.clone(), who.password.clone());
    Access { url, database: "hark".to_owned(), user, password, timeout: Duration::from_secs(60) }
}

impl Running {
    pub(crate) async fn start(who: &Credentials) -> Self {
        Self::start_with(options(who)).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let dashboards = bind(options).await.unwrap();
        let url = format!("http://{}", dashboards.address());
        let cancel = CancellationToken::new();
        let server = tokio::spawn(dashboards.serve(cancel.clone()));
        Self { url, cancel, server }
    }

    /// Status and body of `/api/v1/<path>`.
    pub(crate) async fn ask(&self, path: &str) -> (u16, Value) {
        let answer = reqwest::get(format!("{}/api/v1/{path}", self.url)).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The body of `/api/v1/<path>`, which must be answered.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        self.server.await.unwrap().unwrap();
    }
}

/// Knows two labels, and every mention.
#[derive(Default)]
struct Noted;

#[async_trait]
impl Corrector for Noted {
    async fn correct(
        &self,
        ids: &[String],
        field: &str,
        _values: Option<&[String]>,
        _by: &str,
    ) -> Result<Vec<Corrected>, CorrectionError> {
        match field {
            "sentiment" | "intent" => {
                Ok(ids.iter().map(|id| Corrected { id: id.clone(), old: "neutral".to_owned() }).collect())
            }
            _ => Err(CorrectionError::Value("is no label".to_owned())),
        }
    }
}

/// Dashboards on an engine with [`mentions`].
pub(crate) struct Stored {
    pub(crate) dashboards: Running,
    pub(crate) engine: Engine,
    _directory: tempfile::TempDir,
}

impl Stored {
    pub(crate) async fn start(rows: &[Value]) -> Self {
        Self::start_with(rows, |options| options).await
    }

    /// Dashboards that may also write, as `change` wants them.
    pub(crate) async fn start_with(rows: &[Value], change: impl FnOnce(Options) -> Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = start_engine(directory.path(), SocketAddr::from(([127, 0, 0, 1], 0))).await;
        create_schema(&engine).await;
        insert(&engine, rows).await;
        let writer = Some(access(&engine.admin()));
        let corrector = Some(Arc::new(Noted) as Arc<dyn Corrector>);
        let options = Options { writer, corrector, ..options(&engine.analyst()) };
        let dashboards = Running::start_with(change(options)).await;
        Self { dashboards, engine, _directory: directory }
    }

    /// Stores rows of another table.
    pub(crate) async fn insert_into(&self, table: &str, rows: &[Value]) {
        insert_into(&self.engine, table, rows).await;
    }

    /// Stores more rows.
    pub(crate) async fn insert(&self, rows: &[Value]) {
        insert(&self.engine, rows).await;
    }

    pub(crate) async fn stop(self) {
        self.dashboards.stop().await;
        self.engine.shutdown().await;
    }
}

/// A value as it stands in an address.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Asks until the answer is as wanted, at most a minute.
pub(crate) async fn until(dashboards: &Running, path: &str, wanted: impl Fn(u16, &Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (status, body) = dashboards.ask(path).await;
        if wanted(status, &body) {
            return body;
        }
        assert!(Instant::now() < deadline, "waited a minute; the last answer of {path} was {status} {body}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// One row; `more` adds columns or changes them.
pub(crate) fn row(id: &str, published_at: &str, sentiment: &str, more: Value) -> Value {
    let mut row = json!({
        "id": id, "published_at": published_at, "collected_at": published_at, "sentiment": sentiment,
        "source": "rss", "site": "example.org", "kind": "post", "text": format!("text of {id}"),
        "url": format!("https://example.org/{id}"), "lang": "nl", "author_id": "a1", "author_handle": "jan",
        "version": 1,
    });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

/// Eight mentions in [`PERIOD`], two in the period before, one edited and one deleted.
pub(crate) fn mentions() -> Vec<Value> {
    let acme =
        json!({"brands": ["Acme"], "products": ["P1"], "topics": ["price", "battery"], "topic_scores": [-0.5, 0.5]});
    vec![
        // 28 March, Amsterdam: the first one is still the 27th in UTC.
        row("m1", "2025-03-27 23:30:00.000", "negative", acme.clone()),
        row("m2", "2025-03-28 10:00:00.000", "negative", acme.clone()),
        row(
            "m3",
            "2025-03-28 10:00:00.000",
            "positive",
            json!({"brands": ["Acme"], "source": "bluesky", "lang": "en"}),
        ),
        row(
            "m4",
            "2025-03-28 10:00:00.000",
            "neutral",
            json!({"brands": ["Other"], "source": "bluesky", "author_id": "a2"}),
        ),
        // 30 March, Amsterdam.
        row("m5", "2025-03-29 23:00:00.000", "positive", json!({"brands": ["Acme", "Other"], "topics": ["price"]})),
        row("m6", "2025-03-30 00:59:59.999", "positive", json!({"lang": "und", "author_id": ""})),
        row("m7", "2025-03-30 01:00:00.000", "negative", json!({"topics": ["price"], "rating": 0.25, "likes": 3})),
        row("m8", "2025-03-30 21:59:59.999", "positive", json!({"text": "old", "topics": ["price"]})),
        row("m8", "2025-03-30 21:59:59.999", "positive", json!({"text": "edited", "version": 2})),
        row("gone", "2025-03-30 12:00:00.000", "negative", json!({})),
        row("gone", "2025-03-30 12:00:00.000", "", json!({"version": 9, "is_deleted": 1})),
        // The next day, and the three days before.
        row("late", "2025-03-30 22:00:00.000", "negative", json!({})),
        row("old1", "2025-03-25 10:00:00.000", "negative", json!({"brands": ["Acme"]})),
        row("old2", "2025-03-26 10:00:00.000", "positive", json!({"brands": ["Acme"]})),
    ]
}
