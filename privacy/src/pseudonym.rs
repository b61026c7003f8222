//! Names that stand for authors: the same author always gets the same one, and without the key nobody finds the way back.

use hark_mention::{Event, Mention};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Letters of a name for an author: 80 bits, so that no two of a billion authors share one.
const AUTHOR_LETTERS: usize = 20;
/// Letters of the hash in the id of a mention: 128 bits.
const ID_LETTERS: usize = 32;

/// Replaces authors by keyed hashes (HMAC-SHA-256).
#[derive(Clone)]
pub struct Pseudonyms {
    keyed: Hmac<Sha256>,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms")
    }
}

impl Pseudonyms {
    /// Names under this key; another key gives other names.
    pub fn new(key: &[u8]) -> Self {
        Self { keyed: Hmac::new_from_slice(key).expect("HMAC takes keys of any length") }
    }

    /// Replaces the author in an event, and the ids of mentions, for at many sources these name the author.
    ///
    /// Display names go, and so does an address that names the author. What other people wrote about them stays.
    pub fn event(&self, event: &mut Event) {
        match event {
            Event::Upsert(mention) => self.mention(mention),
            Event::Delete(delete) => delete.id = self.id(&delete.id),
            Event::ForgetAuthor(forget) => forget.author_id = self.author(&forget.source, &forget.author_id),
        }
    }

    /// The name that stands for the author with this id at a source.
    pub fn author(&self, source: &str, author: &str) -> String {
        self.letters("author", &[source, author], AUTHOR_LETTERS)
    }

    /// What stands for the id of a mention: its source, a colon and a hash.
    pub fn id(&self, id: &str) -> String {
        let hash = self.letters("mention", &[id], ID_LETTERS);
        id.split_once(':').map_or(hash.clone(), |(source, _)| format!("{source}:{hash}"))
    }

    fn mention(&self, mention: &mut Mention) {
        mention.id = self.id(&mention.id);
        for id in [&mut mention.parent_id, &mut mention.thread_id].into_iter().flatten() {
            *id = self.id(id);
        }
        let author = &mut mention.author;
        let names: Vec<String> =
            [&author.id, &author.handle].into_iter().flatten().map(|name| name.to_lowercase()).collect();
        if let Some(name) = author.id.as_ref().or(author.handle.as_ref()) {
            let pseudonym = self.author(&mention.source, name);
            author.handle = author.handle.is_some().then(|| pseudonym.clone());
            author.id = author.id.is_some().then_some(pseudonym);
        }
        author.name = None;
        mention.url.take_if(|url| tells(url, &names));
        mention.site.take_if(|site| names.contains(&site.to_lowercase()));
        for fields in [&mut mention.extra, &mut mention.unknown] {
            self.fields(&mention.source, fields, &names);
        }
    }

    /// Replaces ids of mentions in what else a source told, and takes out what tells one of `names`.
    fn fields(&self, source: &str, fields: &mut Map<String, Value>, names: &[String]) {
        fields.retain(|_, value| self.keep(source, value, names));
    }

    fn keep(&self, source: &str, value: &mut Value, names: &[String]) -> bool {
        match value {
            Value::String(text) => {
                if text.strip_prefix(source).is_some_and(|rest| rest.starts_with(':')) {
                    *text = self.id(text);
                    return true;
                }
                !tells(text, names)
            }
            Value::Array(values) => {
                values.retain_mut(|value| self.keep(source, value, names));
                true
            }
            Value::Object(fields) => {
                self.fields(source, fields, names);
                true
            }
            Value::Number(number) => !names.contains(&number.to_string()),
            Value::Null | Value::Bool(_) => true,
        }
    }

    fn letters(&self, what: &str, parts: &[&str], length: usize) -> String {
        let mut keyed = self.keyed.clone();
        keyed.update(what.as_bytes());
        for part in parts {
            keyed.update(&(part.len() as u64).to_be_bytes());
            keyed.update(part.as_bytes());
        }
        letters(&keyed.finalize().into_bytes(), length)
    }
}

/// A name for what must not be shown, without a key: whoever guesses the original can tell that it is the one.
pub(crate) fn unkeyed(original: &str) -> String {
    format!("masked:{}", letters(&Sha256::digest(original.as_bytes()), AUTHOR_LETTERS))
}

/// Four bits a letter, `a` to `p`: there is no digit that could be taken for a number.
fn letters(hash: &[u8], length: usize) -> String {
    let halves = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.take(length).map(|half| char::from(b'a' + half)).collect()
}

/// Whether a text holds one of `names`, also where it is written with `%`.
fn tells(text: &str, names: &[String]) -> bool {
    let text = text.to_lowercase();
    let decoded = decoded(&text);
    names.iter().any(|name| !name.is_empty() && (text.contains(name.as_str()) || decoded.contains(name.as_str())))
}

/// The text with `%3a` and its like written out.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = |index: usize| char::from(*bytes.get(index)?).to_digit(16).and_then(|value| u8::try_from(value).ok());
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
