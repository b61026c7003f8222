//! The API under requests made up from its own document, by schemathesis from PyPI. Without a registry the test says so and
//! passes, but not in CI.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use hark_bus::Kafka;
use hark_dashboards::{DashboardsConfig, Options, Role};
use hark_mention::config::KafkaConfig;
use reqwest::Method;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::access::{PASSWORD, user};
use crate::operation::{Editions, Lacking};
use crate::support::{Stored, mentions};
use crate::visitor::Visitor;

/// Seconds that requests are made up for.
const SECONDS: &str = "40";

/// Installs schemathesis, once; `None` without a registry.
fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let python = folder.join("bin/python");
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/requirements.txt");
    let run = |command: &mut Command| match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    };
    let made = if python.exists() { Ok(()) } else { run(Command::new("python3").args(["-m", "venv"]).arg(&folder)) };
    let pip = || run(Command::new(&python).args(["-m", "pip", "install", "-q", "-r"]).arg(&requirements));
    match made.and_then(|()| pip()) {
        Ok(()) => Some(folder.join("bin/schemathesis")),
        Err(failed) => {
            assert!(std::env::var_os("CI").is_none(), "cannot install schemathesis: {failed}");
            eprintln!("SKIPPED: cannot install schemathesis, so the API was NOT fuzzed: {failed}");
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_that_can_be_made_up_breaks_the_api() {
    let Some(program) = installed() else { return };
    let directory = tempfile::tempdir().unwrap();
    let broker = hark_embedded_kafka::start(hark_embedded_kafka::Options::new(directory.path())).await.unwrap();
    let kafka = Kafka::new(&KafkaConfig::default(), Some(&broker.address())).unwrap();
    hark_bus::ensure_topics(&kafka).await.unwrap();
    let stored = Stored::start_with(&mentions(), |options: Options| {
        let config = DashboardsConfig { requests_per_minute: 1_000_000, ..options.config };
        let users = vec![user("admin", Role::Admin, None)];
        let pipeline: Arc<dyn hark_dashboards::Pipeline> = Arc::new(Lacking(Semaphore::new(100)));
        let rulebook: Arc<dyn hark_dashboards::Rulebook> = Arc::new(Editions(kafka.clone()));
        Options { config, users, kafka: Some(kafka), pipeline: Some(pipeline), rulebook: Some(rulebook), ..options }
    })
    .await;
    let mut admin = Visitor::new(&stored.dashboards.url);
    assert_eq!(admin.log_in("admin", PASSWORD).await, 204);
    let make = json!({"label": "fuzz", "scope": "admin"});
    let (_, made) = admin.ask(Method::POST, "tokens", Some(make)).await;
    let mut run = Command::new(program);
    run.args(["run", &format!("{}/api/v1/openapi.json", stored.dashboards.url), "--url", &stored.dashboards.url])
        .args(["--checks", "not_a_server_error", "--max-time", SECONDS, "--seed", "1", "--no-color"])
        .args(["--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure"])
        .args(["-H", &format!("Authorization: Bearer {}", made["secret"].as_str().unwrap())])
        .current_dir(directory.path());
    let output = tokio::task::spawn_blocking(move || run.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(admin.get("summary").await.0, 200, "it goes on answering");
    stored.stop().await;
    broker.shutdown().await;
}
