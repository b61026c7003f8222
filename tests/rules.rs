//! What is listened for, changed while Hark runs: new mentions, stored ones, restarts, and two people at once.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_tests::{
    events::{publish, upsert},
    hark::{Hark, wait_for},
};
use reqwest::Method;
use serde_json::{Value, json};

const FILE: &str = "[[brand]]\nname = \"Old\"\nquery = \"phone\"\n";
const DAY: &str = "2025-01-01T10:00:00Z";

async fn ask(page: &str, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let request = reqwest::Client::new().request(method, format!("{page}/api/v1/{path}"));
    let request = body.iter().fold(request, |request, body| request.json(body));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Puts brands of these names and queries in force, as somebody does who knows `edition`.
async fn change(page: &str, edition: u64, note: &str, brands: &[(&str, &str)]) -> (u16, Value) {
    let brands: Vec<_> = brands.iter().map(|(name, query)| json!({"name": name, "query": query})).collect();
    let rules = json!({"brands": brands, "products": [], "topics": []});
    ask(page, Method::PUT, "rules", Some(json!({"edition": edition, "note": note, "rules": rules}))).await
}

/// Publishes a mention and waits for its brands.
async fn labelled(hark: &Hark, id: &str, brands: &str) {
    publish(&hark.brokers(), &[upsert(id, "my phone", DAY, 0)]).await;
    wait_for("the brands of a new mention", &brands.to_owned(), || brands_of(hark, id));
}

fn brands_of(hark: &Hark, id: &str) -> String {
    hark.sql(&format!("SELECT brands FROM mentions WHERE id = '{id}'"))
}

/// Waits until the labelling has ended.
async fn relabelled(page: &str) -> Value {
    loop {
        let (status, state) = ask(page, Method::GET, "relabel", None).await;
        assert_eq!(status, 200, "{state}");
        if state["running"] == false {
            return state;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_change_while_hark_runs_and_stored_mentions_follow() {
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    hark.file("hark.toml", FILE);
    let up = hark.up([""; 0]);
    let page = up.page.clone();
    labelled(&hark, "test:before", "['Old']").await;

    let (_, rules) = ask(&page, Method::GET, "rules", None).await;
    assert_eq!((&rules["edition"], &rules["brands"][0]["name"]), (&json!(0), &json!("Old")));
    let (status, wrong) = change(&page, 0, "", &[("Fine", "phone"), ("", "phone OR")]).await;
    assert_eq!(status, 422, "{wrong}");
    let places: Vec<_> = wrong["errors"].as_array().unwrap().iter().map(|e| e["parameter"].as_str().unwrap()).collect();
    assert_eq!(places, ["brand[1].name", "brand[1].query"]);

    let (status, rules) = change(&page, 0, "a new name", &[("New", "phone")]).await;
    assert_eq!((status, &rules["edition"], &rules["brands"][0]["name"]), (200, &json!(1), &json!("New")), "{rules}");
    // Somebody who looked before does not know of it, and takes nothing back.
    assert_eq!(change(&page, 0, "", &[("Other", "phone")]).await.0, 409);
    labelled(&hark, "test:after", "['New']").await;
    assert_eq!(brands_of(&hark, "test:before"), "['Old']", "what is stored keeps its labels");
    let (_, filters) = ask(&page, Method::GET, "filters?period=all", None).await;
    assert!(filters["brand"].as_array().unwrap().iter().any(|brand| brand["name"] == "New"), "{filters}");

    assert_eq!(relabelled(&page).await["older"], 1);
    let (status, begun) = ask(&page, Method::POST, "relabel", None).await;
    assert_eq!(status, 202, "{begun}");
    let state = relabelled(&page).await;
    assert_eq!((&state["older"], &state["done"], &state["failure"]), (&json!(0), &json!(1), &Value::Null));
    assert_eq!(brands_of(&hark, "test:before"), "['New']");
    assert_eq!(hark.sql("SELECT count(), uniqExact(id), uniqExact(rules_version) FROM mentions"), "2\t2\t1");
    up.stop();

    // The command and the next start know the edition, though the file says something else.
    let up = hark.up([""; 0]);
    assert!(hark.must(["relabel"]).contains("no mention is to be labelled again"));
    labelled(&hark, "test:later", "['New']").await;
    let (status, rules) = ask(&up.page, Method::PUT, "rules", Some(json!({"edition": 1, "rules": null}))).await;
    assert_eq!((status, &rules["edition"], &rules["brands"][0]["name"]), (200, &json!(2), &json!("Old")), "{rules}");
    labelled(&hark, "test:again", "['Old']").await;
    let (_, made) = ask(&up.page, Method::GET, "rules/editions", None).await;
    let [back, first] = made["editions"].as_array().unwrap().as_slice() else { panic!("{made}") };
    assert_eq!((&back["edition"], &back["rules"]), (&json!(2), &Value::Null));
    assert_eq!((&first["note"], &first["rules"]["brands"][0]["query"]), (&json!("a new name"), &json!("phone")));
    let checked = hark.must(["check", "--connect"]);
    assert!(checked.contains("edition 2, made in the dashboards"), "{checked}");
    assert!(hark.must(["verify"]).ends_with("complete\n"));
}
