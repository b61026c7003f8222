//! The page, its files, and what browsers are told.

use hark_embedded_clickhouse::Credentials;
use reqwest::{Response, header::HOST};

use crate::support::Running;

async fn start() -> Running {
    Running::start(&Credentials { url: "http://127.0.0.1:1".into(), user: "analyst".into(), password: String::new() })
        .await
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn nothing_is_answered_without_the_security_headers() {
    let dashboards = start().await;
    for path in ["/", "/api/v1/health", "/api/v1/nowhere", "/assets/none.js", "/api/v1/openapi.json"] {
        let answer = reqwest::get(format!("{}{path}", dashboards.url)).await.unwrap();
        let policy = header(&answer, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
    }
    dashboards.stop().await;
}

#[tokio::test]
async fn a_page_elsewhere_cannot_read_along_under_its_own_name() {
    let dashboards = start().await;
    let client = reqwest::Client::new();
    for (host, status) in
        [("evil.example", 421), ("127.0.0.1.evil.example:80", 421), ("localhost:1234", 200), ("[::1]", 200)]
    {
        let answer =
            client.get(format!("{}/api/v1/openapi.json", dashboards.url)).header(HOST, host).send().await.unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
    dashboards.stop().await;
}

#[tokio::test]
async fn the_page_is_there_or_says_how_to_build_it() {
    let dashboards = start().await;
    let get = async |path: &str| reqwest::get(format!("{}{path}", dashboards.url)).await.unwrap();
    let page = get("/?period=30d").await;
    let (status, tag) = (page.status(), header(&page, "etag").to_owned());
    let caching = header(&page, "cache-control").to_owned();
    let html = page.text().await.unwrap();
    if status == 503 {
        assert!(html.contains("make web"), "{html}");
    } else {
        assert_eq!((status.as_u16(), caching.as_str()), (200, "no-cache"));
        let again = reqwest::Client::new().get(&dashboards.url).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status(), 304);
        let script = html.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".js")).unwrap();
        let script = get(script).await;
        assert!(header(&script, "cache-control").contains("immutable"));
        assert_eq!(header(&script, "content-type"), "text/javascript");
        assert!(!html.contains("<style") && !html.contains("style=") && !html.contains("<script>"), "{html}");
    }
    assert_eq!(get("/assets/none.js").await.status(), 404);
    dashboards.stop().await;
}
