//! The examples of `docs/api.md` work as they stand there.

use std::process::Command;

use serde_json::Value;

use crate::support::{Stored, mentions};

const MANUAL: &str = include_str!("../../../docs/api.md");
/// The address that the manual writes.
const WRITTEN: &str = "http://127.0.0.1:8080";

#[tokio::test(flavor = "multi_thread")]
async fn every_curl_example_of_the_manual_works() {
    let stored = Stored::start(&mentions()).await;
    let blocks: Vec<&str> = MANUAL.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 12, "{}", blocks.len());
    let directory = tempfile::tempdir().unwrap();
    for block in blocks {
        let command = block.strip_prefix("$ ").unwrap_or_else(|| panic!("{block}"));
        assert!(command.contains(WRITTEN), "{command}");
        let command = command.replace(WRITTEN, &stored.dashboards.url).replace("curl ", "curl --silent --show-error ");
        let ran = Command::new("sh").args(["-c", &command]).current_dir(directory.path()).output().unwrap();
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
        let said = String::from_utf8_lossy(&ran.stdout);
        let problem: Option<Value> = serde_json::from_str(&said).ok();
        let kind = problem.as_ref().and_then(|body| body["type"].as_str());
        assert_eq!(kind, None, "{command}: {said}");
    }
    stored.stop().await;
}

#[test]
fn every_route_is_in_the_manual() {
    for path in hark_dashboards::openapi()["paths"].as_object().unwrap().keys() {
        assert!(MANUAL.contains(path.as_str()), "docs/api.md does not tell of {path}");
    }
}
