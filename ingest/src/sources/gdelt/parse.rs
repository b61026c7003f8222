//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{DropReason, Kind, Mention, RejectReason, Rejection, Timestamp};
use sha2::{Digest, Sha256};
use url::Url;

use super::api::{Article, Articles};
use crate::{countries, text};

/// The type name of this source.
pub(super) const SOURCE: &str = "gdelt";

/// Longest address that is kept as an id; longer ones are hashed. Unit: bytes.
const MAX_ID_BYTES: usize = 512;

/// Parts of addresses that say where a reader came from, not what is there.
const TRACKING: [&str; 10] =
    ["fbclid", "gclid", "dclid", "msclkid", "igshid", "mc_cid", "mc_eid", "cmpid", "ocid", "ref_src"];

/// The languages of GDELT's articles by their English names → BCP 47.
const LANGUAGES: [(&str, &str); 44] = [
    ("Afrikaans", "af"),
    ("Albanian", "sq"),
    ("Arabic", "ar"),
    ("Armenian", "hy"),
    ("Azerbaijani", "az"),
    ("Bengali", "bn"),
    ("Bosnian", "bs"),
    ("Bulgarian", "bg"),
    ("Catalan", "ca"),
    ("Chinese", "zh"),
    ("Croatian", "hr"),
    ("Czech", "cs"),
    ("Danish", "da"),
    ("Dutch", "nl"),
    ("English", "en"),
    ("Estonian", "et"),
    ("Finnish", "fi"),
    ("French", "fr"),
    ("Georgian", "ka"),
    ("German", "de"),
    ("Greek", "el"),
    ("Hebrew", "he"),
    ("Hindi", "hi"),
    ("Hungarian", "hu"),
    ("Indonesian", "id"),
    ("Italian", "it"),
    ("Japanese", "ja"),
    ("Korean", "ko"),
    ("Latvian", "lv"),
    ("Lithuanian", "lt"),
    ("Macedonian", "mk"),
    ("Malay", "ms"),
    ("Norwegian", "no"),
    ("Persian", "fa"),
    ("Polish", "pl"),
    ("Portuguese", "pt"),
    ("Romanian", "ro"),
    ("Russian", "ru"),
    ("Serbian", "sr"),
    ("Spanish", "es"),
    ("Swedish", "sv"),
    ("Thai", "th"),
    ("Turkish", "tr"),
    ("Ukrainian", "uk"),
];

/// What an answer is.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// The articles found, each as it came but for what JSON does not allow.
    Articles(Vec<String>),
    /// We asked too often.
    Limit,
    /// The question is not understood: what GDELT says about it.
    Wrong(String),
    /// Something else, such as the page of a proxy.
    Nonsense(String),
}

/// What one article is.
#[derive(Debug)]
pub(super) enum Reading {
    Mention { mention: Box<Mention>, seen: Timestamp },
    Nothing(DropReason),
}

/// Reads an answer. GDELT says in plain text what it does not like, with the status 200, and its JSON holds control
/// characters and escapes that are none.
pub(super) fn answer(bytes: &[u8]) -> Answer {
    let said = String::from_utf8_lossy(bytes);
    let said = said.trim();
    if said.starts_with('{') {
        let mended = mend(said);
        let read: Result<Articles, _> = serde_json::from_str(&mended);
        return match read {
            Ok(read) => Answer::Articles(read.articles.iter().map(|article| article.get().to_owned()).collect()),
            Err(error) => Answer::Nonsense(format!("not a list of articles: {error}")),
        };
    }
    let words = text::one_line(&said.chars().take(200).collect::<String>());
    let lower = words.to_lowercase();
    if lower.contains("limit requests") || lower.contains("too many requests") {
        return Answer::Limit;
    }
    let complaints = ["too short", "too long", "too common", "keyword", "parenthes", "invalid", "illegal", "query"];
    if !words.starts_with('<') && complaints.iter().any(|complaint| lower.contains(complaint)) {
        return Answer::Wrong(words);
    }
    Answer::Nonsense(if words.is_empty() { "an empty answer".to_owned() } else { words })
}

/// Makes JSON of what nearly is: control characters become blanks, and a backslash that begins no escape goes.
fn mend(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.peek() {
                Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {
                    mended.push(c);
                    mended.extend(chars.next());
                }
                Some('u') => {
                    let digits: Vec<char> = chars.clone().skip(1).take(4).collect();
                    if digits.len() == 4 && digits.iter().all(char::is_ascii_hexdigit) {
                        mended.push(c);
                    }
                }
                _ => {}
            },
            c if c.is_control() => mended.push(' '),
            c => mended.push(c),
        }
    }
    mended
}

/// Reads an article that was found by `question`.
///
/// # Errors
///
/// A [`Rejection`] when the text is no article.
pub(super) fn article(json: &str, question: &str, now: Timestamp) -> Result<Reading, Rejection> {
    let wrong = |error: String| Rejection::new(RejectReason::WrongShape, format!("not an article: {error}"));
    let article: Article = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
    let url = Url::parse(&article.url).map_err(|error| wrong(format!("`{}`: {error}", article.url)))?;
    let Some(seen) = time(&article.seendate) else {
        return Err(Rejection::new(RejectReason::BadTime, format!("`{}` of {url}", article.seendate)));
    };
    let title = headline(&article.title);
    if title.is_empty() {
        return Ok(Reading::Nothing(DropReason::Empty));
    }
    let mut mention = Mention::new(mention_id(&url), SOURCE, "", seen);
    mention.kind = Kind::Article;
    mention.title = Some(title);
    mention.url = Some(article.url);
    mention.site =
        Some(article.domain).filter(|domain| !domain.is_empty()).or_else(|| url.host_str().map(str::to_owned));
    let language = LANGUAGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&article.language));
    mention.lang_hint = language.map(|(_, code)| (*code).to_owned());
    mention.country = countries::named(&article.sourcecountry).map(str::to_owned);
    mention.extra.insert("found_by".to_owned(), question.into());
    Ok(Reading::Mention { mention: Box::new(mention.collected(now)), seen })
}

/// The headline as it was printed: GDELT puts blanks around punctuation.
fn headline(title: &str) -> String {
    let words = text::line_from_html(title);
    let mut out = String::with_capacity(words.len());
    for word in words.split(' ') {
        let mut letters = word.chars();
        // `:)` and `.NET` are words.
        let is_mark = matches!(
            (letters.next(), letters.next()),
            (Some(',' | '.' | ';' | ':' | '!' | '?' | ')' | ']' | '%' | '…'), None)
        );
        let is_ending = word.starts_with(['’', '\'']);
        let is_opened = out.ends_with(['(', '[', '¿', '¡']);
        if !(out.is_empty() || is_mark || is_ending || is_opened) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// `20260519T120000Z`, or without its letters, in UTC.
fn time(text: &str) -> Option<Timestamp> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |range: std::ops::Range<usize>| digits.get(range);
    let date = format!("{}-{}-{}", part(0..4)?, part(4..6)?, part(6..8)?);
    Timestamp::parse(&format!("{date}T{}:{}:{}Z", part(8..10)?, part(10..12)?, part(12..14)?)).ok()
}

/// A time as GDELT takes it: `20260519120000`.
pub(super) fn stamp(at: Timestamp) -> String {
    at.to_string().chars().filter(char::is_ascii_digit).take(14).collect()
}

/// The same article at the same place has one id, whoever sent the reader there.
fn mention_id(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    let is_tracking = |key: &str| key.starts_with("utm_") || TRACKING.contains(&key);
    let kept: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(key, _)| !is_tracking(&key.to_ascii_lowercase())).collect();
    match kept.is_empty() {
        true => url.set_query(None),
        false => drop(url.query_pairs_mut().clear().extend_pairs(kept)),
    }
    if url.scheme() == "http" {
        // It cannot fail: both are schemes of the web.
        let _ = url.set_scheme("https");
    }
    let id = url.as_str().trim_end_matches('/');
    if id.len() > MAX_ID_BYTES {
        let digest = Sha256::digest(id);
        return format!("{SOURCE}:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
    format!("{SOURCE}:{id}")
}

/// 48 bits that tell articles apart.
pub(super) fn print(mention_id: &str) -> u64 {
    Sha256::digest(mention_id).iter().take(6).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use std::{fs, path::Path};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn read(json: &str) -> Mention {
        match article(json, "fairphone", now()).unwrap() {
            Reading::Mention { mention, .. } => *mention,
            Reading::Nothing(reason) => panic!("{reason:?}"),
        }
    }

    #[test]
    fn an_article_is_read() {
        let json = r#"{"url":"http://www.example.org/a?id=3&utm_source=x#top","url_mobile":"","title":"Fairphone , Inc . says &quot;yes&quot; ( again ) : it 's 5 %",
            "seendate":"20261122T081500Z","socialimage":"","domain":"example.org","language":"Dutch","sourcecountry":"Netherlands"}"#;
        let mention = read(json);
        assert_eq!(mention.id, "gdelt:https://www.example.org/a?id=3");
        assert_eq!(mention.title.as_deref(), Some("Fairphone, Inc. says \"yes\" (again): it's 5%"));
        assert_eq!((mention.lang_hint.as_deref(), mention.country.as_deref()), (Some("nl"), Some("NL")));
        assert_eq!((mention.site.as_deref(), mention.text.as_str()), (Some("example.org"), ""));
        assert_eq!(mention.published_at.to_string(), "2026-11-22T08:15:00.000Z");
        assert_eq!(stamp(mention.published_at), "20261122081500");
        assert_eq!(mention.extra["found_by"], "fairphone");
        let reason = |json: &str| article(json, "x", now()).unwrap_err().reason;
        assert_eq!(reason(r#"{"title":"x"}"#), RejectReason::WrongShape);
        assert_eq!(reason(r#"{"url":"https://a.example/","title":"x","seendate":"soon"}"#), RejectReason::BadTime);
    }

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(answer(b"{}"), Answer::Articles(Vec::new()));
        assert_eq!(answer(b"Please limit requests to one every 5 seconds or contact us."), Answer::Limit);
        assert!(
            matches!(answer(b"Your query was too short or too long.\n"), Answer::Wrong(said) if said.contains("too short"))
        );
        assert!(matches!(answer(b"<html><body>invalid</body></html>"), Answer::Nonsense(_)));
        assert!(matches!(answer(b""), Answer::Nonsense(_)));
        let broken = b"{\"articles\":[{\"url\":\"https://a.example/\",\"title\":\"a \\'b\\x \\u00e9 \\u12 \x01 c\xff\",\"seendate\":\"20261122T081500Z\"}]}";
        let Answer::Articles(articles) = answer(broken) else { panic!("{:?}", answer(broken)) };
        assert_eq!(read(&articles[0]).title.as_deref(), Some("a'bx é u12 c\u{fffd}"));
    }

    #[test]
    fn real_answers_are_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/18-gdelt/artlist.json");
        if let Ok(bytes) = fs::read(path) {
            let Answer::Articles(articles) = answer(&bytes) else { panic!() };
            let found: Vec<_> = articles.iter().map(|json| read(json)).collect();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].published_at.to_string(), "2026-05-19T12:00:00.000Z");
            assert_eq!((found[0].country.as_deref(), found[0].lang_hint.as_deref()), (Some("US"), Some("en")));
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, title in "\\PC*", json in "[{}\\[\\]\":,\\\\ua-f0-9 ]{0,60}") {
            let _ = answer(&bytes);
            let _ = answer(format!("{{{json}").as_bytes());
            let article_json = serde_json::json!({"url": "https://a.example/", "title": title, "seendate": title});
            let _ = article(&article_json.to_string(), "x", now());
            let _ = (headline(&title), time(&title));
        }
    }
}
