//! The keys of `[[source]]` with `type = "webhook"`.

use std::{collections::BTreeMap, net::SocketAddr};

use hark_mention::{
    Kind, Timestamp,
    config::{Problem, Secret, Size, Span},
};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use super::{WebhookSource, fields::Field, parse::Reader};
use crate::{
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
    sources::{github, import::Scale},
};

const MAX_BODY: Size = Size::from_mib(16);
const MAX_AGE: Span = Span::from_secs(3600);
const MAX_WAITING: usize = 10_000;

/// `[[source]]` with `type = "webhook"`: an address to which other programs send what people wrote.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Address and port to listen on. Outside of loopback, put a proxy with TLS before it. Default: `127.0.0.1:8088`.
    pub listen: String,
    /// Path that requests go to. Default: `/`.
    pub path: String,
    /// A token that senders give as `Authorization: Bearer …`: `${env:NAME}` or `${file:PATH}`. This or `secrets` is
    /// needed; with both, both are asked for.
    pub token: Option<Secret>,
    /// Secrets that senders sign the body with (HMAC-SHA256); any of them is taken, so that one can be replaced. Up to 4.
    pub secrets: Vec<Secret>,
    /// Header with the signature, in hexadecimal digits, `sha256=` may stand before it. Default: `x-signature`, from
    /// GitHub `x-hub-signature-256`.
    pub signature_header: Option<String>,
    /// Header with the time of sending in seconds since 1970; then what is signed is that text, a point and the body.
    /// Default: none, only the body is signed.
    pub timestamp_header: Option<String>,
    /// How old or early a signed time may be. `1s` to `1h`. Default: `5m`.
    pub max_age: Span,
    /// Largest body of a request. `1KiB` to `16MiB`. Default: `1MiB`.
    pub max_body: Size,
    /// Requests that are worked on together; more are told to come back. 1 to 10,000. Default: 64.
    pub max_waiting: usize,
    /// What is sent: `events`, plain JSON or CloudEvents, or `github`, the deliveries of a webhook of GitHub. Default: `events`.
    pub format: Format,
    /// Where each field is found in what is sent, such as `text = "review.body"`; see the guide for the names.
    pub fields: BTreeMap<String, String>,
    /// From the worst to the best rating, such as `1-5`. Default: `0-1`.
    pub rating_scale: Option<String>,
    /// What is sent, unless it says so itself: `post`, `comment`, `review`, `article`, `question`, `answer`, `issue` or
    /// `survey`. Default: `post`.
    pub kind: Kind,
    /// Site of what is sent, unless it says so itself. Default: none.
    pub site: Option<String>,
    /// Types of CloudEvents that tell a deletion, such as `com.example.review.deleted`.
    pub delete_types: Vec<String>,
    /// Senders that may ask by `OPTIONS` whether they may send, as CloudEvents says; `*` for all. Default: none.
    pub allowed_origins: Vec<String>,
}

/// Whose words a sender speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Plain JSON with the fields of a mention, or CloudEvents.
    #[default]
    Events,
    /// Issues, discussions and the comments on both, as webhooks of GitHub tell them.
    GitHub,
}

impl WebhookConfig {
    /// The header with the signature.
    pub(super) fn signature_header(&self) -> &str {
        let usual = match self.format {
            Format::Events => "x-signature",
            Format::GitHub => github::SIGNATURE_HEADER,
        };
        self.signature_header.as_deref().unwrap_or(usual)
    }
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8088".to_owned(),
            path: "/".to_owned(),
            token: None,
            secrets: Vec::new(),
            signature_header: None,
            timestamp_header: None,
            max_age: Span::from_secs(300),
            max_body: Size::from_mib(1),
            max_waiting: 64,
            format: Format::Events,
            fields: BTreeMap::new(),
            rating_scale: None,
            kind: Kind::Post,
            site: None,
            delete_types: Vec::new(),
            allowed_origins: Vec::new(),
        }
    }
}

impl SourceKind for WebhookConfig {
    const NAME: &'static str = "webhook";
    const FACTS: Facts = Facts {
        needs: "a sender that you set up",
        cost: "free",
        delay: "seconds",
        deletes: "yes, if the sender tells them",
        history: "what the sender sends",
    };

    fn build(self, _: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(WebhookSource::new(self)?))
    }

    fn fuzz(bytes: &[u8]) {
        let Ok(reader) = Reader::new(&Self::default()) else { return };
        let body = bytes::Bytes::copy_from_slice(bytes);
        for content_type in ["application/json", "application/cloudevents-batch+json", "application/x-ndjson"] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            let _ = reader.read(&headers, &body, Timestamp::END);
        }
    }

    fn collects(&self, _: &Terms) -> String {
        let what = match self.format {
            Format::Events => "all events",
            Format::GitHub => "issues, discussions and comments",
        };
        format!("keeps {what} that are sent to http://{}{} with the right token or signature", self.listen, self.path)
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let address = self.listen.parse::<SocketAddr>().is_ok();
        rule(
            address,
            "listen",
            format!("must be an address and a port such as `127.0.0.1:8088`, found `{}`", self.listen),
        );
        let is_path = self.path.starts_with('/') && self.path.is_ascii() && !self.path.contains(['?', '#', ' ']);
        rule(is_path, "path", format!("must begin with `/` and have no `?`, found `{}`", self.path));
        let is_guarded = self.token.is_some() || !self.secrets.is_empty();
        rule(is_guarded, "token", "or `secrets` is needed: nobody else may send".to_owned());
        rule(self.secrets.len() <= 4, "secrets", format!("must be up to 4, found `{}`", self.secrets.len()));
        let headers = [("signature_header", &self.signature_header), ("timestamp_header", &self.timestamp_header)];
        for (key, name) in headers {
            let name = name.as_deref();
            let is_header = name.is_none_or(|name| name.parse::<HeaderName>().is_ok());
            rule(is_header, key, format!("must be the name of a header, found `{}`", name.unwrap_or_default()));
        }
        if self.format == Format::GitHub {
            let unused = [
                ("fields", self.fields.is_empty()),
                ("rating_scale", self.rating_scale.is_none()),
                ("site", self.site.is_none()),
                ("delete_types", self.delete_types.is_empty()),
            ];
            for (key, is_left_out) in unused {
                rule(is_left_out, key, "must be left out: GitHub says it itself".to_owned());
            }
        }
        let age = self.max_age;
        rule(
            (Span::from_secs(1)..=MAX_AGE).contains(&age),
            "max_age",
            format!("must be 1s to {MAX_AGE}, found `{age}`"),
        );
        let body = self.max_body;
        rule(
            (1 << 10..=MAX_BODY.bytes()).contains(&body.bytes()),
            "max_body",
            format!("must be 1KiB to {MAX_BODY}, found `{body}`"),
        );
        let waiting = self.max_waiting;
        rule(
            (1..=MAX_WAITING).contains(&waiting),
            "max_waiting",
            format!("must be 1 to {MAX_WAITING}, found `{waiting}`"),
        );
        for (field, place) in &self.fields {
            let known = Field::ALL.map(Field::as_str).join(", ");
            rule(
                Field::named(field).is_some(),
                &format!("fields.{field}"),
                format!("is no field; the fields are {known}"),
            );
            let is_place = place.split('.').all(|key| !key.is_empty());
            rule(is_place, &format!("fields.{field}"), format!("must be names with points between, found `{place}`"));
        }
        if let Some(Err(error)) = self.rating_scale.as_ref().map(|scale| scale.parse::<Scale>()) {
            rule(false, "rating_scale", error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let mut problems = Vec::new();
        let good = WebhookConfig {
            token: Some(Secret::Env("WEBHOOK_TOKEN".into())),
            fields: BTreeMap::from([("text".into(), "review.body".into())]),
            rating_scale: Some("1-5".into()),
            ..WebhookConfig::default()
        };
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = WebhookConfig {
            listen: "8088".into(),
            path: "events?".into(),
            signature_header: Some("x signature".into()),
            timestamp_header: Some(String::new()),
            max_age: Span::from_secs(86_400),
            max_body: Size::from_mib(100),
            max_waiting: 0,
            fields: BTreeMap::from([("txet".into(), "a".into()), ("url".into(), "a..b".into())]),
            rating_scale: Some("five".into()),
            ..WebhookConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let keys = [
            "listen",
            "path",
            "token",
            "signature_header",
            "timestamp_header",
            "max_age",
            "max_body",
            "max_waiting",
            "fields.txet",
            "fields.url",
            "rating_scale",
        ];
        assert_eq!(paths, keys.map(|key| format!("source[0].{key}")));
    }
}
