//! A team sees its brands, on every route and in every question.

use hark_dashboards::{Options, Role, TeamConfig, UserConfig, hash_password};
use hark_mention::config::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{PERIOD, Stored, mentions};
use crate::visitor::Visitor;

const PASSWORD: &str = "correct horse battery";

/// Anna sees everything, Els the brand Acme, Odd a brand whose name is full of quotes.
async fn start() -> Stored {
    let password = Secret::given(hash_password(PASSWORD).unwrap());
    let user = |name: &str, role, team: Option<&str>| UserConfig {
        name: name.to_owned(),
        password: Some(password.clone()),
        role,
        team: team.map(ToOwned::to_owned),
    };
    let team = |name: &str, brand: &str| TeamConfig { name: name.to_owned(), brands: vec![brand.to_owned()] };
    let users = vec![
        user("anna", Role::Admin, None),
        user("els", Role::Admin, Some("Acme people")),
        user("odd", Role::Analyst, Some("Odd")),
    ];
    let teams = vec![team("Acme people", "Acme"), team("Odd", "it's \\ a 'b' ? {x:String}")];
    Stored::start_with(&mentions(), |options| Options { users, teams, ..options }).await
}

async fn visitor(stored: &Stored, name: &str) -> Visitor {
    let mut visitor = Visitor::new(&stored.dashboards.url);
    assert_eq!(visitor.log_in(name, PASSWORD).await, 204);
    visitor
}

/// The rows of a question in SQL, or why it is refused.
async fn sql(visitor: &mut Visitor, query: &str) -> Result<Vec<Value>, String> {
    let answer = visitor.send(Method::POST, "/api/v1/sql", Some(&json!({"query": query}))).await;
    let status = answer.status();
    let text = answer.text().await.unwrap();
    if status != 200 {
        return Err(text);
    }
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let end = lines.pop().unwrap();
    match end["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(lines.split_off(2)),
    }
}

#[tokio::test]
async fn every_route_counts_the_brands_of_the_team_and_nothing_else() {
    let stored = start().await;
    let (mut anna, mut els) = (visitor(&stored, "anna").await, visitor(&stored, "els").await);
    let (_, everything) = anna.get(&format!("summary?{PERIOD}")).await;
    let (_, acme) = anna.get(&format!("summary?{PERIOD}&brand=Acme")).await;
    let (_, seen) = els.get(&format!("summary?{PERIOD}")).await;
    assert_eq!(seen["mentions"], acme["mentions"]);
    assert_ne!(seen["mentions"], everything["mentions"]);
    for route in ["timeline", "breakdown", "series", "mentions", "authors", "words"] {
        let (_, whole) = anna.get(&format!("{route}?{PERIOD}&brand=Acme")).await;
        let (status, part) = els.get(&format!("{route}?{PERIOD}")).await;
        assert_eq!((status, part), (200, whole), "{route}");
    }
    assert_eq!(els.get("health").await.1["mentions"], 6, "also those of other times");
    let (_, other) = els.get(&format!("mentions?{PERIOD}&brand=Other")).await;
    assert_eq!(other["total"], 1, "the one that speaks of both");
    let (_, filters) = els.get(&format!("filters?{PERIOD}")).await;
    assert!(!filters.to_string().contains("Silent"), "other teams' brands are not even named: {filters}");
    let mut odd = visitor(&stored, "odd").await;
    assert_eq!(odd.get(&format!("summary?{PERIOD}")).await.1["mentions"]["now"], 0);
    stored.stop().await;
}

#[tokio::test]
async fn no_question_in_sql_gets_past_the_team() {
    let stored = start().await;
    let mut els = visitor(&stored, "els").await;
    assert_eq!(sql(&mut els, "SELECT count() FROM mentions").await.unwrap(), [json!(["6"])]);
    assert_eq!(sql(&mut els, "SELECT sum(mentions) FROM daily WHERE brand = 'Acme'").await.unwrap(), [json!(["6"])]);
    assert_eq!(sql(&mut els, "SELECT uniqExact(mention_id) FROM topics").await.unwrap(), [json!(["3"])]);
    assert_eq!(sql(&mut els, "SELECT count() FROM corrections").await.unwrap(), [json!(["0"])]);
    let attempts = [
        "SELECT count() FROM hark.mentions",
        "SELECT count() FROM `hark`.`mention_states`",
        "SELECT count() FROM mention_states",
        "SELECT count() FROM merge('hark', 'mentions')",
        "SELECT count() FROM remote('127.0.0.1', hark.mentions)",
        "SELECT (SELECT count() FROM hark.mentions)",
        "SELECT count() FROM mentions, hark.mentions AS other",
        "WITH hark.mentions AS x SELECT count() FROM x",
        "SELECT count() FROM mentions SETTINGS additional_table_filters = {}",
        "SELECT * FROM hark_private.records",
        "SELECT * FROM system.query_log",
        "SELECT * FROM system.processes",
        "SELECT * FROM file('/etc/passwd', LineAsString)",
        "SELECT * FROM url('http://127.0.0.1', LineAsString)",
        "EXPLAIN SELECT count() FROM hark.mentions",
        "DESCRIBE hark.mentions",
        "SHOW CREATE TABLE hark.mentions",
        "USE hark",
        "SELECT 1; SELECT 2",
        "INSERT INTO mentions SELECT * FROM mentions",
        "DROP VIEW mentions",
        "SET max_execution_time = 0",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 FORMAT Native",
    ];
    for query in attempts {
        let answer = sql(&mut els, query).await;
        assert!(answer.is_err(), "{query}: {answer:?}");
    }
    stored.stop().await;
}

#[tokio::test]
async fn what_is_not_divided_by_brand_is_not_for_teams() {
    let stored = start().await;
    let mut els = visitor(&stored, "els").await;
    for path in ["dead-letters", "verify", "users", "audit", "teams"] {
        let (status, problem) = els.get(path).await;
        assert_eq!((status, &problem["type"]), (403, &json!("urn:hark:problem:needs-all-brands")), "{path}");
    }
    let (status, _) = els.ask(Method::PUT, "users/els", Some(json!({"role": "admin"}))).await;
    assert_eq!(status, 403, "nobody takes themselves out of a team");
    let metrics = els.send(Method::GET, "/metrics", None).await;
    assert_eq!(metrics.status(), 403);
    stored.stop().await;
}

#[tokio::test]
async fn a_view_is_kept_for_oneself_or_for_those_who_see_the_same() {
    let stored = start().await;
    let (mut anna, mut els) = (visitor(&stored, "anna").await, visitor(&stored, "els").await);
    let mut odd = visitor(&stored, "odd").await;
    let view = |name: &str, shared| Some(json!({"name": name, "address": "/topics?period=7d", "shared": shared}));
    let names = |answer: (u16, Value)| -> Vec<String> {
        assert_eq!(answer.0, 200);
        let views = answer.1["views"].as_array().unwrap().clone();
        views.iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(anna.ask(Method::POST, "views", view("mine", false)).await.0, 201);
    assert_eq!(anna.ask(Method::POST, "views", view("for all", true)).await.0, 201);
    let (status, team) = els.ask(Method::POST, "views", view("of the team", true)).await;
    assert_eq!((status, &team["owner"], &team["mine"]), (201, &json!("els"), &json!(true)));
    assert_eq!(names(anna.get("views").await), ["for all", "mine"], "a team keeps to itself");
    assert_eq!(names(els.get("views").await), ["for all", "of the team"]);
    assert_eq!(names(odd.get("views").await), ["for all"]);
    // The same name again is a newer state of the same view.
    assert_eq!(els.ask(Method::POST, "views", view("of the team", false)).await.1["id"], team["id"]);
    assert_eq!(names(els.get("views").await).len(), 2);
    let path = format!("views/{}", team["id"].as_str().unwrap());
    assert_eq!(odd.ask(Method::DELETE, &path, None).await.0, 404, "not theirs");
    assert_eq!(els.ask(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(names(els.get("views").await), ["for all"]);
    let elsewhere = json!({"name": "trap", "address": "//evil.example", "shared": true});
    assert_eq!(anna.ask(Method::POST, "views", Some(elsewhere)).await.0, 422);
    stored.stop().await;
}

#[tokio::test]
async fn a_team_notes_what_it_follows_up_and_no_other_sees_it() {
    let stored = start().await;
    let (mut anna, mut els) = (visitor(&stored, "anna").await, visitor(&stored, "els").await);
    let list = format!("mentions?{PERIOD}&limit=200");
    let ids = |answer: (u16, Value)| -> Vec<String> {
        assert_eq!(answer.0, 200, "{}", answer.1);
        let mentions = answer.1["mentions"].as_array().unwrap().clone();
        assert_eq!(answer.1["total"], mentions.len(), "{}", answer.1);
        mentions.iter().map(|mention| mention["id"].as_str().unwrap().to_owned()).collect()
    };
    let (all, acme) = (ids(anna.get(&list).await), ids(els.get(&list).await));
    let foreign = all.iter().find(|id| !acme.contains(id)).unwrap();

    let note =
        json!({"ids": [acme[0], acme[1], foreign], "starred": true, "assignee": "els", "note": "call <b>back</b>"});
    let (status, answer) = els.ask(Method::POST, "triage", Some(note)).await;
    assert_eq!((status, answer["noted"].as_object().unwrap().len()), (200, 2), "not what others see: {answer}");
    let only = |noted: &str| format!("{list}&noted={noted}");
    for noted in ["starred", "mine", "assigned", "note"] {
        let mut found = ids(els.get(&only(noted)).await);
        found.sort_unstable();
        let mut wanted = vec![acme[0].clone(), acme[1].clone()];
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{noted}");
        assert!(ids(anna.get(&only(noted)).await).is_empty(), "{noted}: a team keeps to itself");
        // What else the page counts goes by the same mentions.
        let summary = els.get(&format!("summary?{PERIOD}&noted={noted}")).await.1;
        assert_eq!(summary["mentions"]["now"], 2, "{noted}: {summary}");
    }
    let mine = |ids: &[&String], change: Value| {
        let mut body = change;
        body["ids"] = json!(ids);
        Some(body)
    };
    // What is not said stays as it is.
    els.ask(Method::POST, "triage", mine(&[&acme[0]], json!({"starred": false}))).await;
    let shown = els.get(&only("note")).await.1;
    let first = shown["mentions"].as_array().unwrap().iter().find(|mention| mention["id"] == acme[0].as_str()).unwrap();
    assert_eq!(first["triage"]["starred"], false);
    assert_eq!(first["triage"]["note"], "call <b>back</b>");
    assert_eq!(first["triage"]["by"], "els");
    let nothing = json!({"starred": false, "assignee": "", "note": " "});
    assert_eq!(els.ask(Method::POST, "triage", mine(&[&acme[0], &acme[1]], nothing)).await.0, 200);
    assert!(ids(els.get(&only("note")).await).is_empty());
    assert!(els.get(&list).await.1["mentions"][0]["triage"].is_null());

    for wrong in
        [json!({"ids": []}), json!({"ids": ["x"], "note": "x".repeat(2001)}), json!({"ids": ["x"], "stars": 5})]
    {
        assert_eq!(els.ask(Method::POST, "triage", Some(wrong.clone())).await.0, 422, "{wrong}");
    }
    assert_eq!(els.get(&only("unread")).await.0, 400);
    stored.stop().await;
}
