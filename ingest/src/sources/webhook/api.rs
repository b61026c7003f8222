//! What senders send: CloudEvents 1.0 in their three modes, or plain JSON.
//!
//! Source: <https://github.com/cloudevents/spec>, the core specification, its JSON format and its HTTP binding.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value};

/// One event, whatever way it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sent {
    /// The sender's name for itself; CloudEvents have one.
    pub(super) source: Option<String>,
    /// Unique at the source.
    pub(super) id: Option<String>,
    /// What happened: `com.example.review.created`.
    pub(super) kind: Option<String>,
    /// When it happened, RFC 3339.
    pub(super) time: Option<String>,
    /// The other attributes.
    pub(super) attributes: Map<String, Value>,
    pub(super) data: Value,
}

/// How the content type says that a body is to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mode {
    /// A CloudEvent whose attributes are in headers.
    Binary,
    /// A CloudEvent as JSON.
    Structured,
    /// A list of CloudEvents as JSON.
    Batch,
    /// A JSON object or a list of them.
    Plain,
    /// A JSON object a line.
    Lines,
}

impl Mode {
    /// `None` for what cannot be read.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = content_type(headers);
        match text.as_str() {
            "application/cloudevents-batch+json" => Some(Self::Batch),
            "application/cloudevents" | "application/cloudevents+json" => Some(Self::Structured),
            // Other formats, such as Avro and XML.
            other if other.starts_with("application/cloudevents") => None,
            _ if headers.contains_key("ce-specversion") => Some(Self::Binary),
            "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => Some(Self::Lines),
            other => is_json(other).then_some(Self::Plain),
        }
    }
}

/// The media type of a body, without its parameters and in small letters.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type(text)
}

fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(media_type: &str) -> bool {
    matches!(media_type, "application/json" | "text/json") || media_type.ends_with("+json")
}

/// A CloudEvent whose attributes are in headers and whose data is the body.
///
/// # Errors
///
/// What is wrong, for a person.
pub(super) fn binary(headers: &HeaderMap, body: &[u8]) -> Result<Sent, String> {
    let mut attributes = Map::new();
    for (name, value) in headers {
        if let Some(name) = name.as_str().strip_prefix("ce-") {
            attributes.insert(name.to_owned(), header_value(value.as_bytes()).into());
        }
    }
    // The content type says it; a second word on it is forbidden.
    attributes.remove("datacontenttype");
    let media_type = content_type(headers);
    let data = match body {
        [] => Value::Null,
        _ if media_type.is_empty() || is_json(&media_type) => {
            serde_json::from_slice(body).map_err(|error| format!("the data is not JSON: {error}"))?
        }
        _ if media_type.starts_with("text/") => {
            Value::String(String::from_utf8(body.to_vec()).map_err(|_| "the data is not UTF-8".to_owned())?)
        }
        _ => return Err(format!("data of the type `{media_type}` cannot be read")),
    };
    sent(attributes, data)
}

/// A CloudEvent as JSON.
///
/// # Errors
///
/// What is wrong, for a person.
pub(super) fn structured(event: Value) -> Result<Sent, String> {
    let Value::Object(mut attributes) = event else { return Err("a CloudEvent must be an object".to_owned()) };
    let (data, encoded) = (attributes.remove("data"), attributes.remove("data_base64"));
    let media_type = attributes.remove("datacontenttype");
    let media_type = media_type.as_ref().and_then(Value::as_str).map(media_type_of_data).unwrap_or(DataType::Json);
    let data = match (data, encoded) {
        (Some(_), Some(_)) => return Err("`data` and `data_base64` are given both".to_owned()),
        (Some(data), None) => data,
        (None, None) => Value::Null,
        (None, Some(encoded)) => {
            let bytes =
                encoded.as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or("`data_base64` is not base 64")?;
            match media_type {
                DataType::Json => {
                    serde_json::from_slice(&bytes).map_err(|error| format!("the data is not JSON: {error}"))?
                }
                DataType::Text => Value::String(String::from_utf8(bytes).map_err(|_| "the data is not UTF-8")?),
                DataType::Other => return Err("data of this `datacontenttype` cannot be read".to_owned()),
            }
        }
    };
    sent(attributes, data)
}

/// What data is.
#[derive(Clone, Copy, PartialEq)]
enum DataType {
    Json,
    Text,
    Other,
}

fn media_type_of_data(text: &str) -> DataType {
    match media_type(text) {
        text if is_json(&text) => DataType::Json,
        text if text.starts_with("text/") => DataType::Text,
        _ => DataType::Other,
    }
}

/// Checks the attributes that each CloudEvent has.
fn sent(mut attributes: Map<String, Value>, data: Value) -> Result<Sent, String> {
    let mut required = |name: &str| match attributes.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ => Err(format!("a CloudEvent needs `{name}`, a text that is not empty")),
    };
    let (version, id, source, kind) =
        (required("specversion")?, required("id")?, required("source")?, required("type")?);
    if version != "1.0" {
        let shown: String = version.chars().take(20).collect();
        return Err(format!("version `{shown}` of CloudEvents cannot be read, only 1.0"));
    }
    // A URI reference has none of these; so `source|id` names one event.
    if source.contains(|letter: char| letter == '|' || letter.is_whitespace() || letter.is_control()) {
        return Err("`source` must be a URI reference".to_owned());
    }
    let time = match attributes.remove("time") {
        None | Some(Value::Null) => None,
        Some(Value::String(time)) => Some(time),
        Some(_) => return Err("`time` must be a text".to_owned()),
    };
    Ok(Sent { source: Some(source), id: Some(id), kind: Some(kind), time, attributes, data })
}

/// The value of an attribute in a header: perhaps quoted, and UTF-8 with `%` before the digits of each byte that a
/// header cannot hold. Decoded once.
fn header_value(value: &[u8]) -> String {
    let quoted = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = quoted.unwrap_or(value).iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' if quoted.is_some() => bytes.extend(rest.next()),
            b'%' => {
                let ahead = rest.clone();
                let digits: String = ahead.take(2).map(char::from).collect();
                let decoded =
                    u8::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 2 && !digits.starts_with('+'));
                bytes.push(decoded.unwrap_or(byte));
                if decoded.is_some() {
                    rest.nth(1);
                }
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use std::{fs, path::Path};

    use serde_json::json;

    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    const BINARY: [(&str, &str); 5] = [
        ("ce-specversion", "1.0"),
        ("ce-type", "com.example.review"),
        ("ce-id", "1234"),
        ("ce-source", "/shop"),
        ("content-type", "application/json; charset=utf-8"),
    ];

    #[test]
    fn the_content_type_tells_the_mode() {
        let mode = |content_type: &str| Mode::of(&headers(&[("content-type", content_type)]));
        assert_eq!(mode("application/cloudevents-batch+json; charset=utf-8"), Some(Mode::Batch));
        assert_eq!(mode("Application/CloudEvents+JSON"), Some(Mode::Structured));
        assert_eq!(mode("application/cloudevents+avro"), None);
        assert_eq!(mode("application/vnd.example.v1+json"), Some(Mode::Plain));
        assert_eq!(mode("application/x-ndjson"), Some(Mode::Lines));
        assert_eq!(mode("image/png"), None);
        assert_eq!(Mode::of(&headers(&BINARY)), Some(Mode::Binary));
    }

    #[test]
    fn attributes_in_headers_are_decoded_once() {
        let mut headers = headers(&BINARY);
        headers.insert("ce-subject", "%E2%82%AC%20%2525 100% Euro".parse().unwrap());
        headers.insert("ce-city", "\"a \\\"b\\\" %F0%9F%98%80\"".parse().unwrap());
        headers.insert("ce-datacontenttype", "text/plain".parse().unwrap());
        let sent = binary(&headers, br#"{"text":"Goed"}"#).unwrap();
        assert_eq!((sent.source.as_deref(), sent.id.as_deref()), (Some("/shop"), Some("1234")));
        assert_eq!(sent.data, json!({"text": "Goed"}));
        assert_eq!(Value::from(sent.attributes), json!({"subject": "€ %25 100% Euro", "city": "a \"b\" 😀"}));
        headers.insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(binary(&headers, "Één".as_bytes()).unwrap().data, "Één");
        assert!(binary(&headers, b"\xff").is_err());
        headers.remove("ce-id");
        assert!(binary(&headers, b"x").unwrap_err().contains("`id`"));
    }

    #[test]
    fn data_is_a_value_a_text_or_base_64() {
        let event = |fields: Value| {
            let mut event = json!({"specversion": "1.0", "id": "1", "source": "/shop", "type": "a", "count": 5});
            event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            structured(event)
        };
        assert_eq!(event(json!({"data": {"text": "x"}})).unwrap().data, json!({"text": "x"}));
        assert_eq!(event(json!({"datacontenttype": "text/plain", "data": "x"})).unwrap().data, "x");
        let encoded = STANDARD.encode(r#"{"text":"x"}"#);
        assert_eq!(event(json!({"data_base64": encoded})).unwrap().data, json!({"text": "x"}));
        assert_eq!(event(json!({"datacontenttype": "text/plain", "data_base64": "eA=="})).unwrap().data, "x");
        assert_eq!(event(json!({})).unwrap().attributes["count"], 5, "extensions are kept");
        let wrong = [
            json!({"data": 1, "data_base64": "eA=="}),
            json!({"data_base64": "%"}),
            json!({"datacontenttype": "application/x-thing", "data_base64": "eA=="}),
            json!({"specversion": "0.3"}),
            json!({"id": ""}),
            json!({"source": "a|b"}),
            json!({"time": 5}),
        ];
        for fields in wrong {
            assert!(event(fields.clone()).is_err(), "{fields}");
        }
    }

    #[test]
    fn examples_of_the_specification_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/20-generic");
        let sample = |name: &str| Some(serde_json::from_slice::<Value>(&fs::read(folder.join(name)).ok()?).unwrap());
        for (name, id) in [("2", "B234-1234-1234"), ("6", "C234-1234-1234"), ("8", "D234-1234-1234")] {
            if let Some(event) = sample(&format!("cloudevents_json_{name}.json")) {
                let sent = structured(event).unwrap();
                assert_eq!((sent.id.as_deref(), sent.source.as_deref()), (Some(id), Some("/mycontext")));
                assert_eq!(sent.time.as_deref(), Some("2018-04-05T17:31:00Z"));
                assert_eq!(sent.attributes["comexampleothervalue"], 5);
            }
        }
        if let Some(batch) = sample("cloudevents_json_13.json") {
            assert_eq!(batch, json!([]), "a list without events is one too");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(value: Vec<u8>, text in "\\PC*") {
            header_value(&value);
            let _ = structured(json!({"specversion": "1.0", "id": text, "source": text, "type": text, "data_base64": text}));
        }
    }
}
