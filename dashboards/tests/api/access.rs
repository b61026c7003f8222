//! Logging in, roles, tokens, and everything that is refused.

use hark_dashboards::{DashboardsConfig, Options, ProxyConfig, Role, UserConfig, bind, hash_password};
use hark_mention::config::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{PERIOD, Running, Stored, access, mentions, nobody, options, until};
use crate::visitor::Visitor;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A user of `hark.toml`.
pub(crate) fn user(name: &str, role: Role, team: Option<&str>) -> UserConfig {
    let team = team.map(ToOwned::to_owned);
    let password = Some(Secret::given(hash_password(PASSWORD).unwrap()));
    UserConfig { name: name.to_owned(), password, role, team }
}

fn everybody(options: Options) -> Options {
    let users = Role::ALL.map(|role| user(role.as_str(), role, None)).to_vec();
    Options { users, ..options }
}

#[tokio::test]
async fn without_users_nobody_logs_in_and_with_one_everybody_does() {
    let stored = Stored::start_with(&mentions(), |options| options).await;
    let mut visitor = Visitor::new(&stored.dashboards.url);
    let (_, session) = visitor.get("session").await;
    assert_eq!((&session["user"]["name"], &session["open"]), (&json!("local"), &json!(true)));
    assert_eq!(visitor.get("summary").await.0, 200);

    let add = json!({"role": "viewer", "password": PASSWORD});
    let (status, problem) = visitor.ask(Method::PUT, "users/jan", Some(add)).await;
    assert_eq!(status, 422, "the first user must be able to add others: {problem}");
    let add = json!({"role": "admin", "password": "short"});
    assert_eq!(visitor.ask(Method::PUT, "users/anna", Some(add)).await.0, 422);
    let add = json!({"role": "admin", "password": PASSWORD});
    assert_eq!(visitor.ask(Method::PUT, "users/anna", Some(add)).await.0, 204);

    let (status, problem) = visitor.get("summary").await;
    assert_eq!((status, &problem["type"]), (401, &json!("urn:hark:problem:log-in")));
    assert_eq!(visitor.log_in("anna", PASSWORD).await, 204);
    let (_, session) = visitor.get("session").await;
    assert_eq!((&session["user"]["role"], &session["open"]), (&json!("admin"), &json!(false)));
    assert_eq!(visitor.get("summary").await.0, 200);
    let (_, users) = visitor.get("users").await;
    assert_eq!(users["users"][0]["name"], "anna");
    assert!(!users.to_string().contains("argon2"), "{users}");

    // The hash is in a database that no analyst may read.
    for query in ["SELECT * FROM hark_private.records", "SELECT value FROM `hark_private`.records"] {
        let (status, refused) = visitor.ask(Method::POST, "sql", Some(json!({"query": query}))).await;
        assert_eq!(status, 422, "{refused}");
        assert!(refused["detail"].as_str().unwrap().contains("not open"), "{refused}");
    }
    // Others on the same database know the session, and its end.
    let other = Running::start_with(Options {
        writer: Some(access(&stored.engine.admin())),
        ..options(&stored.engine.analyst())
    })
    .await;
    let mut elsewhere = Visitor::new(&other.url);
    elsewhere.cookie("hark_session", visitor.has_cookie("hark_session").unwrap());
    assert_eq!(elsewhere.get("summary").await.0, 200);
    let secret = visitor.has_cookie("hark_session").unwrap().clone();
    assert_eq!(visitor.ask(Method::DELETE, "session", None).await.0, 204);
    visitor.cookie("hark_session", &secret);
    assert_eq!(visitor.get("summary").await.0, 401, "the session is over, not only its cookie");
    other.stop().await;
    let (_, audit) = {
        assert_eq!(visitor.log_in("anna", PASSWORD).await, 204);
        let audited = async |visitor: &mut Visitor| visitor.get("audit").await;
        let mut found = audited(&mut visitor).await;
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while !found.1.to_string().contains("logged_out") {
            assert!(std::time::Instant::now() < deadline, "{}", found.1);
            found = audited(&mut visitor).await;
        }
        found
    };
    let actions: Vec<&str> =
        audit["entries"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"user_set") && actions.contains(&"logged_in"), "{actions:?}");
    stored.stop().await;
}

#[tokio::test]
async fn a_cookie_is_for_this_page_alone() {
    let config =
        DashboardsConfig { public_url: Some("https://hark.example.org".to_owned()), ..options(&nobody()).config };
    let dashboards = Running::start_with(everybody(Options { config, ..options(&nobody()) })).await;
    let mut visitor = Visitor::new(&dashboards.url).with_header("host", "hark.example.org");
    let body = json!({"name": "admin", "password": PASSWORD});
    let answer = visitor.send(Method::POST, "/api/v1/session", Some(&body)).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-hark_session="), "{cookie}");
    for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let mut plain = Visitor::new(&dashboards.url).with_header("host", "evil.example");
    assert_eq!(plain.get("session").await.0, 421);
    dashboards.stop().await;
}

#[tokio::test]
async fn each_role_may_do_its_own_and_no_more() {
    let stored = Stored::start_with(&mentions(), everybody).await;
    // What is asked, and the role that it takes.
    let all: [(Method, &str, Option<Value>, Role); 11] = [
        (Method::GET, "summary", None, Role::Viewer),
        (Method::GET, "mentions", None, Role::Viewer),
        (Method::GET, "tokens", None, Role::Viewer),
        (Method::GET, "sql/schema", None, Role::Analyst),
        (Method::POST, "sql", Some(json!({"query": "SELECT 1"})), Role::Analyst),
        (Method::POST, "sql/estimate", Some(json!({"query": "SELECT 1"})), Role::Analyst),
        (Method::POST, "nowhere", Some(json!({})), Role::Editor),
        (Method::PUT, "rules", Some(json!({"edition": 9, "rules": null})), Role::Editor),
        (Method::POST, "relabel", None, Role::Editor),
        (Method::GET, "users", None, Role::Admin),
        (Method::GET, "audit", None, Role::Admin),
    ];
    for role in Role::ALL {
        let mut visitor = Visitor::new(&stored.dashboards.url);
        assert_eq!(visitor.log_in(role.as_str(), PASSWORD).await, 204);
        for (method, path, body, takes) in &all {
            let (status, answer) = visitor.ask(method.clone(), path, body.clone()).await;
            assert_eq!(status == 403, role < *takes, "{role} {method} {path}: {status} {answer}");
            assert_ne!(status, 401, "{role} {path}");
        }
    }
    stored.stop().await;
}

#[tokio::test]
async fn preferences_follow_their_user_and_nobody_else() {
    let stored = Stored::start_with(&mentions(), everybody).await;
    let (mut viewer, mut analyst) = (Visitor::new(&stored.dashboards.url), Visitor::new(&stored.dashboards.url));
    assert_eq!(viewer.log_in("viewer", PASSWORD).await, 204);
    assert_eq!(analyst.log_in("analyst", PASSWORD).await, 204);
    let wanted = json!({"locale": "nl", "theme": "dark", "time_zone": "Asia/Tokyo", "week_start": "sunday"});
    assert_eq!(viewer.ask(Method::PUT, "preferences", Some(wanted.clone())).await.0, 204);
    for wrong in [json!({"theme": "pink"}), json!({"time_zone": "Mars/Base"}), json!({"colour": "red"})] {
        assert_eq!(viewer.ask(Method::PUT, "preferences", Some(wrong)).await.0, 422);
    }
    // On another machine of the same user.
    let mut again = Visitor::new(&stored.dashboards.url);
    assert_eq!(again.log_in("viewer", PASSWORD).await, 204);
    assert_eq!(again.get("preferences").await, (200, wanted));
    assert_eq!(analyst.get("preferences").await.1["theme"], Value::Null);
    stored.stop().await;
}

#[tokio::test]
async fn forged_sessions_tokens_and_requests_of_other_sites_are_refused() {
    let stored = Stored::start_with(&mentions(), everybody).await;
    let url = &stored.dashboards.url;
    let mut forger = Visitor::new(url);
    for forged in ["", "admin", "../../x", "0000000000000000000000000000000000000000000", "' OR 1=1 --"] {
        forger.cookie("hark_session", forged);
        assert_eq!(forger.get("summary").await.0, 401, "{forged}");
    }
    let tokens = ["hark_", "hark_0000000000000000000000000000000000000000000", "x"];
    for token in tokens {
        let mut forger = Visitor::new(url).with_header("authorization", &format!("Bearer {token}"));
        assert_eq!(forger.get("summary").await.0, 401, "{token}");
    }
    // What a proxy would say counts only from a trusted one, and here there is none.
    let mut forger = Visitor::new(url).with_header("x-forwarded-user", "admin");
    assert_eq!(forger.get("summary").await.0, 401);

    let mut admin = Visitor::new(url);
    assert_eq!(admin.log_in("admin", PASSWORD).await, 204);
    let forged = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")];
    for (name, value) in forged {
        let mut tricked = admin.clone().with_header(name, value);
        let (status, problem) = tricked.ask(Method::PUT, "users/mallory", Some(json!({"role": "admin"}))).await;
        assert_eq!((status, &problem["type"]), (403, &json!("urn:hark:problem:from-elsewhere")), "{name}: {value}");
    }
    // A form of another site cannot send JSON.
    let form = reqwest::Client::new().post(format!("{url}/api/v1/session")).body("{}").send().await.unwrap();
    assert_eq!(form.status(), 422);
    stored.stop().await;
}

#[tokio::test]
async fn a_local_page_is_not_moved_by_other_sites_either() {
    let dashboards = Running::start(&nobody()).await;
    let mut tricked = Visitor::new(&dashboards.url).with_header("origin", "https://evil.example");
    assert_eq!(tricked.ask(Method::PUT, "users/mallory", Some(json!({"role": "admin"}))).await.0, 403);
    dashboards.stop().await;
}

#[tokio::test]
async fn tokens_do_no_more_than_they_were_made_for() {
    let stored = Stored::start_with(&mentions(), everybody).await;
    let mut analyst = Visitor::new(&stored.dashboards.url);
    assert_eq!(analyst.log_in("analyst", PASSWORD).await, 204);
    let too_much = json!({"label": "x", "scope": "admin"});
    assert_eq!(analyst.ask(Method::POST, "tokens", Some(too_much)).await.0, 422);
    let make = json!({"label": "dashboard on the wall", "scope": "viewer", "days": 30});
    let (status, made) = analyst.ask(Method::POST, "tokens", Some(make)).await;
    assert_eq!(status, 201, "{made}");
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("hark_"));
    let mut program = Visitor::new(&stored.dashboards.url).with_header("authorization", &format!("Bearer {secret}"));
    assert_eq!(program.get("summary").await.0, 200);
    assert_eq!(program.get("sql/schema").await.0, 403);
    assert_eq!(program.ask(Method::POST, "tokens", Some(json!({"label": "child"}))).await.0, 422);
    let (_, listed) = analyst.get("tokens").await;
    assert!(!listed.to_string().contains(secret), "a secret is shown once");
    let mut viewer = Visitor::new(&stored.dashboards.url);
    assert_eq!(viewer.log_in("viewer", PASSWORD).await, 204);
    let id = made["token"]["id"].as_str().unwrap();
    assert_eq!(viewer.ask(Method::DELETE, &format!("tokens/{id}"), None).await.0, 404, "of somebody else");
    assert_eq!(analyst.ask(Method::DELETE, &format!("tokens/{id}"), None).await.0, 204);
    assert_eq!(program.get("summary").await.0, 401);
    stored.stop().await;
}

#[tokio::test]
async fn failed_log_ins_have_to_wait_and_requests_have_a_limit() {
    let config = DashboardsConfig { requests_per_minute: 10, ..options(&nobody()).config };
    let dashboards = Running::start_with(everybody(Options { config, ..options(&nobody()) })).await;
    let mut visitor = Visitor::new(&dashboards.url);
    for _ in 0..5 {
        assert_eq!(visitor.log_in("admin", "a wrong password").await, 401);
    }
    let body = json!({"name": "admin", "password": PASSWORD});
    let answer = visitor.send(Method::POST, "/api/v1/session", Some(&body)).await;
    assert_eq!(answer.status(), 429, "even the right one");
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(wait >= 1);
    dashboards.stop().await;

    let config = DashboardsConfig { requests_per_minute: 10, ..options(&nobody()).config };
    let dashboards = Running::start_with(everybody(Options { config, ..options(&nobody()) })).await;
    let mut visitor = Visitor::new(&dashboards.url);
    assert_eq!(visitor.log_in("viewer", PASSWORD).await, 204);
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(visitor.get("nowhere").await.0);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 404).count(), 10, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429));
    dashboards.stop().await;
}

#[tokio::test]
async fn a_trusted_proxy_tells_who_it_is() {
    let proxy = ProxyConfig {
        trusted: vec!["127.0.0.0/8".parse().unwrap()],
        user_header: "x-forwarded-user".to_owned(),
        groups_header: "x-forwarded-groups".to_owned(),
        roles: [("hark-admins".to_owned(), Role::Admin)].into(),
        teams: [].into(),
        default_role: None,
    };
    let config = DashboardsConfig { proxy: Some(proxy), ..options(&nobody()).config };
    let dashboards = Running::start_with(Options { config, ..options(&nobody()) }).await;
    let from = |groups: &str| {
        let visitor = Visitor::new(&dashboards.url).with_header("x-forwarded-user", "anna");
        visitor.with_header("x-forwarded-groups", groups)
    };
    let (_, session) = from("staff, hark-admins").get("session").await;
    assert_eq!((&session["user"]["name"], &session["user"]["role"]), (&json!("anna"), &json!("admin")));
    let (status, problem) = from("staff").get("summary").await;
    assert_eq!((status, &problem["type"]), (403, &json!("urn:hark:problem:not-admitted")));
    assert_eq!(Visitor::new(&dashboards.url).get("summary").await.0, 401);
    dashboards.stop().await;
}

#[tokio::test]
async fn an_address_of_the_network_needs_users() {
    let config = || DashboardsConfig { listen: "0.0.0.0:0".to_owned(), ..DashboardsConfig::default() };
    let refused = bind(Options { config: config(), ..options(&nobody()) }).await.map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("there are no users"), "{refused}");
    let users = vec![user("admin", Role::Admin, None)];
    assert!(bind(Options { config: config(), users, ..options(&nobody()) }).await.is_ok());

    let stored = Stored::start_with(&[], |options| options).await;
    let (admin, analyst) = (stored.engine.admin(), stored.engine.analyst());
    let with_store = || Options { config: config(), writer: Some(access(&admin)), ..options(&analyst) };
    assert!(bind(with_store()).await.is_err());
    let add = json!({"role": "admin", "password": PASSWORD});
    assert_eq!(Visitor::new(&stored.dashboards.url).ask(Method::PUT, "users/anna", Some(add)).await.0, 204);
    assert!(bind(with_store()).await.is_ok(), "users that are stored count");
    until(&stored.dashboards, "summary", |status, _| status == 401).await;
    stored.stop().await;
}

#[tokio::test]
async fn text_of_the_caller_is_text_and_nothing_else() {
    let stored = Stored::start_with(&mentions(), everybody).await;
    let mut visitor = Visitor::new(&stored.dashboards.url);
    assert_eq!(visitor.log_in("'; DROP TABLE hark_private.records --", "whatever it is").await, 401);
    assert_eq!(visitor.log_in("admin", PASSWORD).await, 204);
    let odd = "%3Cscript%3Ealert(1)%3C%2Fscript%3E'%3BDROP";
    assert_eq!(visitor.ask(Method::PUT, &format!("users/{odd}"), Some(json!({"role": "viewer"}))).await.0, 204);
    let (_, users) = visitor.get("users").await;
    assert!(users["users"].as_array().unwrap().iter().any(|user| user["name"] == "<script>alert(1)</script>';DROP"));
    assert_eq!(visitor.get(&format!("summary?{PERIOD}&brand=Acme'%20OR%201=1")).await.1["mentions"]["now"], 0);
    stored.stop().await;
}
