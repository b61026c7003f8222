//! Somebody at the API: keeps cookies as a browser does, or sends a token.

use std::collections::BTreeMap;

use reqwest::{Method, Response};
use serde_json::{Value, json};

/// Somebody at the API.
#[derive(Clone)]
pub(crate) struct Visitor {
    base: String,
    cookies: BTreeMap<String, String>,
    headers: Vec<(&'static str, String)>,
    http: reqwest::Client,
}

impl Visitor {
    pub(crate) fn new(base: &str) -> Self {
        // No connection is kept: a log-in provider closes them after seconds, perhaps as the next request is on its way.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).pool_max_idle_per_host(0);
        let http = http.build().unwrap();
        Self { base: base.to_owned(), cookies: BTreeMap::new(), headers: vec![], http }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn has_cookie(&self, name: &str) -> Option<&String> {
        self.cookies.get(name)
    }

    /// Asks, with a body if there is one, and keeps the cookies of the answer.
    pub(crate) async fn send(&mut self, method: Method, address: &str, body: Option<&Value>) -> Response {
        let url = if address.starts_with("http") { address.to_owned() } else { format!("{}{address}", self.base) };
        let mut request = self.http.request(method, url);
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.keep(request).await
    }

    /// Sends a form, as the page of a log-in provider does.
    pub(crate) async fn send_form(&mut self, address: &str, form: &str) -> Response {
        let url = if address.starts_with("http") { address.to_owned() } else { format!("{}{address}", self.base) };
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.http.post(url).header("cookie", cookies.join("; "));
        self.keep(request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())).await
    }

    async fn keep(&mut self, request: reqwest::RequestBuilder) -> Response {
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Status and JSON of `/api/v1/<path>`; null for an empty answer.
    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.send(method, &format!("/api/v1/{path}"), body.as_ref()).await;
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&mut self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, None).await
    }

    /// Logs in; gives the status.
    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> u16 {
        self.ask(Method::POST, "session", Some(json!({"name": name, "password": password}))).await.0
    }
}
