//! Conditions on what is known about a mention.

use std::collections::HashMap;

use super::{Matcher, QueryId, Scratch};
use crate::{
    Document, bare,
    syntax::{Condition, Field, Test},
    words::push_bare,
};

/// The fields whose values call for queries: each mention has one value of them, that many share.
const CALLING: [Field; 4] = [Field::Source, Field::Lang, Field::Country, Field::Kind];

/// Queries by the value of a field that they cannot match without.
#[derive(Default)]
pub(super) struct ByValue([HashMap<Box<str>, Vec<QueryId>>; CALLING.len()]);

impl ByValue {
    /// The queries of one value of a calling field.
    pub(super) fn of(&mut self, key: Key) -> &mut Vec<QueryId> {
        let field = CALLING.iter().position(|field| *field == key.field).expect("keys are of calling fields");
        self.0[field].entry(key.value).or_default()
    }
}

/// A value that calls for queries.
pub(super) struct Key {
    field: Field,
    value: Box<str>,
}

/// A compiled condition.
pub(super) struct Fact {
    field: Field,
    test: Test,
}

impl Fact {
    pub(super) fn new(condition: &Condition) -> Self {
        let field = condition.field;
        let plain = |value: &str| match field {
            Field::Url | Field::Site => without_scheme(&value.to_lowercase()).trim_end_matches('/').to_owned(),
            Field::Author => bare(value.strip_prefix('@').unwrap_or(value)),
            _ => bare(value),
        };
        let test = match &condition.test {
            Test::Is(value) => Test::Is(plain(value)),
            Test::Begins(value) => Test::Begins(plain(value)),
            number => number.clone(),
        };
        Self { field, test }
    }

    /// The value that calls for this fact's query.
    pub(super) fn key(&self) -> Option<Key> {
        match &self.test {
            Test::Is(value) if CALLING.contains(&self.field) => {
                Some(Key { field: self.field, value: value.as_str().into() })
            }
            _ => None,
        }
    }

    pub(super) fn holds(&self, document: &Document) -> bool {
        if self.field.is_number() {
            return number(self.field, document).is_some_and(|number| self.is_in_range(number));
        }
        let (value, begins) = match &self.test {
            Test::Is(value) => (value.as_str(), false),
            Test::Begins(value) => (value.as_str(), true),
            _ => return false,
        };
        let is = |known: &str| compare(known, value, begins);
        match self.field {
            Field::Site => document.site.or(document.url.map(host)).is_some_and(|site| is_at(site, value)),
            Field::Url => document.url.is_some_and(|url| contains(url, value)),
            Field::Author => {
                let handle = document.author_handle.map(|handle| handle.strip_prefix('@').unwrap_or(handle));
                // On Mastodon a handle ends with its server: `name@server`.
                let local = handle.and_then(|handle| handle.split_once('@')).map(|(local, _)| local);
                [handle, local, document.author_name, document.author_id].into_iter().flatten().any(is)
            }
            // `zh` holds of `zh-Hant` too.
            Field::Lang => document.lang.is_some_and(|lang| is(lang) || is(primary(lang))),
            field => text(field, document).is_some_and(is),
        }
    }

    fn is_in_range(&self, number: f64) -> bool {
        match self.test {
            Test::Equal(other) => number == other,
            Test::Less(other) => number < other,
            Test::AtMost(other) => number <= other,
            Test::More(other) => number > other,
            Test::AtLeast(other) => number >= other,
            Test::Between(low, high) => (low..=high).contains(&number),
            Test::Is(_) | Test::Begins(_) => false,
        }
    }
}

impl Matcher {
    /// Calls the queries that the document's fields call for, and those that are always called.
    pub(super) fn call_by_fields(&self, document: &Document, scratch: &mut Scratch) {
        scratch.call(&self.always);
        for (field, queries) in CALLING.into_iter().zip(&self.by_value.0) {
            let Some(known) = text(field, document).filter(|_| !queries.is_empty()) else { continue };
            let mut value = std::mem::take(&mut scratch.value);
            value.clear();
            push_bare(&mut value, known);
            for value in [primary(&value), &value] {
                if let Some(queries) = queries.get(value) {
                    scratch.call(queries);
                }
            }
            scratch.value = value;
        }
    }
}

/// What is known about a document's field that is one text.
fn text<'a>(field: Field, document: &Document<'a>) -> Option<&'a str> {
    match field {
        Field::Source => document.source,
        Field::Lang => document.lang,
        Field::Country => document.country,
        Field::Kind => document.kind.map(hark_mention::Kind::as_str),
        _ => None,
    }
}

fn number(field: Field, document: &Document) -> Option<f64> {
    match field {
        // As the decimal number that was written: 0.4 as 32 bits is a little more than 0.4.
        Field::Rating => document.rating.map(|rating| (f64::from(rating) * 1e6).round() / 1e6),
        Field::Followers => document.followers.map(|followers| followers as f64),
        _ => None,
    }
}

/// Whether `known` is `value`, which is bare, or begins with it.
fn compare(known: &str, value: &str, begins: bool) -> bool {
    if !known.is_ascii() {
        let known = bare(known);
        return if begins { known.starts_with(value) } else { known == value };
    }
    let part = if begins { known.get(..value.len()) } else { Some(known) };
    part.is_some_and(|part| part.eq_ignore_ascii_case(value))
}

fn primary(lang: &str) -> &str {
    lang.split_once('-').map_or(lang, |(primary, _)| primary)
}

/// Whether a host is `site`, with or without `www.`, or below it.
fn is_at(host: &str, site: &str) -> bool {
    let host = without_scheme(host);
    let above = host.len().checked_sub(site.len());
    let Some((below, end)) = above.and_then(|at| host.split_at_checked(at)) else { return false };
    end.eq_ignore_ascii_case(site) && (below.is_empty() || below.ends_with('.'))
}

fn host(url: &str) -> &str {
    let url = url.split_once("//").map_or(url, |(_, rest)| rest);
    let host = url.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}

fn without_scheme(url: &str) -> &str {
    let url = url.strip_prefix("https://").or(url.strip_prefix("http://")).unwrap_or(url);
    url.strip_prefix("www.").unwrap_or(url)
}

fn contains(url: &str, part: &str) -> bool {
    url.as_bytes().windows(part.len().max(1)).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
