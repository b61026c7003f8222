//! What is answered when something is wrong.

use std::net::{SocketAddr, TcpListener};

use hark_dashboards::{DashboardsConfig, Error, bind};
use serde_json::json;

use crate::support::{Running, create_schema, insert, mentions, nobody, options, start_engine, until};

#[tokio::test]
async fn every_wrong_parameter_is_named_with_its_rule_and_value() {
    let dashboards = Running::start(&nobody()).await;
    let (status, problem) = dashboards.ask("mentions?period=1y&limit=0&sentiment=angry&cursor=x&colour=red").await;
    assert_eq!(status, 400);
    assert_eq!(problem["type"], "urn:hark:problem:bad-parameter");
    let errors = problem["errors"].as_array().unwrap();
    let named: Vec<_> = errors.iter().map(|error| error["parameter"].as_str().unwrap()).collect();
    assert_eq!(named, ["sentiment", "period", "limit", "cursor", "colour"]);
    assert_eq!(errors[2], json!({"parameter": "limit", "rule": "must be a number from 1 to 200", "value": "0"}));

    let (status, problem) = dashboards.ask("nowhere").await;
    assert_eq!((status, &problem["type"]), (404, &json!("urn:hark:problem:not-found")));
    let posted = reqwest::Client::new().post(format!("{}/api/v1/summary", dashboards.url)).send().await.unwrap();
    assert_eq!(posted.status(), 405);
    assert_eq!(posted.headers()["content-type"], "application/problem+json");
    dashboards.stop().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_said_so_and_found_again() {
    let place = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = place.local_addr().unwrap();
    drop(place);
    let directory = tempfile::tempdir().unwrap();
    // The first start makes the users; the second takes them up again.
    let engine = start_engine(directory.path(), address).await;
    let analyst = engine.analyst();
    let dashboards = Running::start(&analyst).await;
    let unready = until(&dashboards, "health", |status, _| status == 503).await;
    assert!(unready["detail"].as_str().unwrap().contains("hark migrate"), "{unready}");
    create_schema(&engine).await;
    let empty = until(&dashboards, "health", |status, _| status == 200).await;
    assert_eq!((&empty["mentions"], &empty["newest_published_at"]), (&json!(0), &json!(null)));
    assert_eq!(dashboards.get("timeline?period=all").await["buckets"], json!([]));
    insert(&engine, &mentions()).await;
    assert_eq!(dashboards.get("health").await["mentions"], 11);
    engine.shutdown().await;

    let away = until(&dashboards, "summary", |status, _| status == 503).await;
    assert_eq!(away["type"], "urn:hark:problem:database-unavailable");
    assert!(away["detail"].as_str().unwrap().contains(&address.to_string()), "{away}");
    let engine = start_engine(directory.path(), address).await;
    let health = until(&dashboards, "health", |status, _| status == 200).await;
    assert_eq!(health["newest_published_at"], "2025-03-30T22:00:00.000Z");
    dashboards.stop().await;
    engine.shutdown().await;
}

#[tokio::test]
async fn an_address_that_cannot_be_had_says_which_and_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = async |listen: String, trusted_network| {
        let config = DashboardsConfig { listen, trusted_network, ..DashboardsConfig::default() };
        bind(hark_dashboards::Options { config, ..options(&nobody()) }).await.map(|_| ()).unwrap_err()
    };
    let error = refused(taken.local_addr().unwrap().to_string(), false).await;
    assert!(matches!(error, Error::PortTaken(address) if address == taken.local_addr().unwrap()));
    for part in [&taken.local_addr().unwrap().to_string(), "[dashboards] listen", "--listen"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let error = refused("0.0.0.0:0".to_owned(), false).await;
    assert!(error.to_string().contains("there are no users") && error.to_string().contains("hark user add"), "{error}");
    assert!(matches!(refused("192.0.2.1:0".to_owned(), true).await, Error::Bind { .. }));
}
