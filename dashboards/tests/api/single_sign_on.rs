//! OpenID Connect with a real provider, from npm. Without a registry the test says so and passes, but not in CI.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use hark_dashboards::{DashboardsConfig, OidcConfig, Options, Role, TeamConfig};
use hark_mention::config::Secret;
use reqwest::{Method, header::LOCATION};
use serde_json::json;

use crate::support::{Running, nobody, options};
use crate::visitor::Visitor;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oidc");

struct Provider(Child, u16);

impl Drop for Provider {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Installs the provider, once; `None` without a registry.
fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["package.json", "package-lock.json", "provider.mjs"] {
        std::fs::copy(Path::new(SCRIPTS).join(file), folder.join(file)).unwrap();
    }
    let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--prefix"]).arg(&folder).output();
    let failed = match npm {
        Ok(output) if output.status.success() => return Some(folder),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    assert!(std::env::var_os("CI").is_none(), "cannot install oidc-provider: {failed}");
    eprintln!("SKIPPED: cannot install oidc-provider, so single sign-on was NOT tested: {failed}");
    None
}

fn start(folder: &Path, redirect: &str) -> Provider {
    let mut child = Command::new("node")
        .arg(folder.join("provider.mjs"))
        .arg(redirect)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let port = out.lines().find_map(|line| line.unwrap().parse().ok()).expect("the provider prints its port");
    Provider(child, port)
}

/// A port that is free now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn location(answer: &reqwest::Response) -> String {
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// Goes to the provider and logs in there as `who`; gives the address that the browser is sent back to.
async fn at_provider(provider: &Provider, begun: &str, who: &str) -> String {
    let mut browser = Visitor::new(&format!("http://127.0.0.1:{}", provider.1));
    let mut next = location(&browser.send(Method::GET, begun, None).await);
    for form in [format!("prompt=login&login={who}&password=x"), "prompt=consent".to_owned()] {
        let post = browser.send_form(&next, &form).await;
        next = location(&browser.send(Method::GET, &location(&post), None).await);
    }
    next
}

#[tokio::test]
async fn somebody_comes_in_by_single_sign_on_as_their_groups_say() {
    let Some(folder) = installed() else { return };
    let port = free_port();
    let public = format!("http://127.0.0.1:{port}");
    let provider = start(&folder, &format!("{public}/api/v1/session/oidc/callback"));
    let oidc = OidcConfig {
        issuer: format!("http://127.0.0.1:{}", provider.1),
        client_id: "hark".to_owned(),
        client_secret: Some(Secret::given("a secret with : and %")),
        label: "the office".to_owned(),
        scopes: vec!["profile".to_owned(), "email".to_owned()],
        name_claim: "email".to_owned(),
        groups_claim: "groups".to_owned(),
        roles: [("hark-admins".to_owned(), Role::Admin), ("acme-people".to_owned(), Role::Analyst)].into(),
        teams: [("acme-people".to_owned(), "Acme people".to_owned())].into(),
        default_role: None,
    };
    let config = DashboardsConfig {
        listen: format!("127.0.0.1:{port}"),
        public_url: Some(public),
        oidc: Some(oidc),
        ..DashboardsConfig::default()
    };
    let teams = vec![TeamConfig { name: "Acme people".to_owned(), brands: vec!["Acme".to_owned()] }];
    let dashboards = Running::start_with(Options { config, teams, ..options(&nobody()) }).await;

    let begin = async |browser: &mut Visitor| {
        location(&browser.send(Method::GET, "/api/v1/session/oidc?next=/topics%3Fperiod%3D7d", None).await)
    };
    let mut anna = Visitor::new(&dashboards.url);
    assert_eq!(anna.get("summary").await.0, 401);
    assert_eq!(anna.get("session").await.1["single_sign_on"], "the office");
    let begun = begin(&mut anna).await;
    let back = at_provider(&provider, &begun, "anna").await;
    let came = anna.send(Method::GET, &back, None).await;
    assert_eq!((came.status().as_u16(), location(&came).as_str()), (303, "/topics?period=7d"));
    let (_, session) = anna.get("session").await;
    assert_eq!((&session["user"]["name"], &session["user"]["role"]), (&json!("anna@example.org"), &json!("admin")));
    // A second time the same answer is worth nothing, nor is it to a browser that did not begin.
    assert_eq!(anna.send(Method::GET, &back, None).await.status(), 403);
    assert_eq!(Visitor::new(&dashboards.url).send(Method::GET, &back, None).await.status(), 403);

    let mut els = Visitor::new(&dashboards.url);
    let begun = begin(&mut els).await;
    let back = at_provider(&provider, &begun, "els").await;
    // Somebody else's answer slipped under a log-in of one's own.
    let mut victim = Visitor::new(&dashboards.url);
    begin(&mut victim).await;
    assert_eq!(victim.send(Method::GET, &back, None).await.status(), 403);
    assert_eq!(els.send(Method::GET, &back, None).await.status(), 303);
    let (_, session) = els.get("session").await;
    assert_eq!((&session["user"]["role"], &session["user"]["brands"]), (&json!("analyst"), &json!(["Acme"])));

    for who in ["piet", "fake"] {
        let mut browser = Visitor::new(&dashboards.url);
        let begun = begin(&mut browser).await;
        let back = at_provider(&provider, &begun, who).await;
        assert_eq!(browser.send(Method::GET, &back, None).await.status(), 403, "{who}");
        assert_eq!(browser.get("summary").await.0, 401, "{who}");
    }
    let elsewhere = Visitor::new(&dashboards.url).get("session/oidc?next=//evil.example").await;
    assert_eq!(elsewhere.0, 400);
    dashboards.stop().await;
}
