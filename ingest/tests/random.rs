//! The parsers of all sources on random bytes and random JSON, the same in every run: whatever comes, they come back.

#[path = "../../fuzz/sources.rs"]
mod sources;

use std::{collections::BTreeSet, fmt::Write as _};

/// Inputs for each source, of each form.
const INPUTS: usize = 3_000;

/// Texts that have been trouble somewhere.
const TEXTS: [&str; 24] = [
    "",
    "een gewone tekst",
    "<p>a &amp;amp; b<br>c</p>",
    "<a href=\\\"https://example.org/?a=1&b=2\\\">x</a",
    "&#x110000;&#0;&bogus;",
    "2026-11-22T08:00:00.123456Z",
    "2026-11-22T08:00:00+99:99",
    "Sun, 22 Nov 2026 08:00:00 GMT",
    "-292277026596-12-04T15:30:08Z",
    "1795334400",
    "99999999999999999999",
    "NaN",
    "https://example.org/p/1?x=y#z",
    "https://[::1",
    "at://did:plc:a/app.bsky.feed.post/3k",
    "\u{202e}\u{200b}\u{feff}e\u{301}",
    "😀🏽👩‍👩‍👧",
    "電池がすぐ切れる",
    "\\u0000\\ud83d\\ude00",
    "create",
    "delete",
    "comment",
    "text/html",
    "a\\nb\\n> c\\n-- \\nd",
];

/// Xorshift: the same numbers every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(60)).map(|_| self.below(256) as u8).collect()
    }

    /// A JSON value whose objects have these keys.
    fn json(&mut self, keys: &[&str], depth: usize) -> String {
        match self.below(if depth == 0 { 6 } else { 12 }) {
            0 => "null".to_owned(),
            1 => self.of(&["true", "false"]).to_owned(),
            2 => self.of(&["0", "-1", "1795334400", "1795334400000000", "9223372036854775807", "1e308"]).to_owned(),
            3 => self.below(100_000).to_string(),
            4 | 5 => format!("\"{}\"", self.of(&TEXTS)),
            6 | 7 => {
                let items: Vec<_> = (0..self.below(4)).map(|_| self.json(keys, depth - 1)).collect();
                format!("[{}]", items.join(","))
            }
            _ => self.object(keys, depth),
        }
    }

    fn object(&mut self, keys: &[&str], depth: usize) -> String {
        let mut object = String::from("{");
        for index in 0..self.below(keys.len().min(24) + 1) {
            let (comma, key) = (if index > 0 { "," } else { "" }, self.of(keys));
            let value = self.json(keys, depth - 1);
            write!(object, "{comma}\"{key}\":{value}").expect("a text can grow");
        }
        object + "}"
    }

    /// Some bytes of `text` changed, left out or doubled.
    fn broken(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..self.below(4) {
            if bytes.is_empty() {
                break;
            }
            let at = self.below(bytes.len());
            match self.below(3) {
                0 => bytes[at] = self.below(256) as u8,
                1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        bytes
    }
}

/// The names that a source's own code knows, as they stand there and in camel case: of them its payloads are made.
fn names(kind: &str) -> BTreeSet<String> {
    let folder = format!("{}/src/sources", env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    // Two kinds can share a folder of another name.
    for path in [format!("{folder}/{kind}"), format!("{folder}/meta")] {
        for file in std::fs::read_dir(path).into_iter().flatten().flatten() {
            let code = std::fs::read_to_string(file.path()).unwrap_or_default();
            names.extend(code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).flat_map(|name| {
                let mut words = name.split('_');
                let first = words.next().unwrap_or_default().to_owned();
                let camel = words.fold(first, |camel, word| {
                    let mut letters = word.chars();
                    camel
                        + &letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
                });
                [name.to_owned(), camel]
            }));
        }
    }
    names.retain(|name| (1..=30).contains(&name.len()));
    names
}

#[test]
fn every_parser_comes_back_from_random_bytes_and_from_random_json() {
    for (kind, _) in hark_ingest::source_kinds() {
        let names = names(kind);
        let keys: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(keys.len() > 50, "{kind}");
        let mut random = Random(7);
        for _ in 0..INPUTS {
            sources::one(kind, &random.bytes());
            // Few keys make objects that are nearly right; many make every mixture.
            let few: Vec<&str> = (0..12).map(|_| random.of(&keys)).collect();
            let json = random.object(&few, 4);
            sources::one(kind, json.as_bytes());
            let broken = random.broken(&json);
            sources::one(kind, &broken);
        }
    }
}

/// Real payloads, where they are at hand, whole and damaged.
#[test]
fn every_parser_comes_back_from_damaged_samples() {
    let samples = format!("{}/../../shared/sources/samples", env!("CARGO_MANIFEST_DIR"));
    let mut random = Random(11);
    for folder in std::fs::read_dir(samples).into_iter().flatten().flatten() {
        for file in std::fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let sample = std::fs::read(file.path()).unwrap_or_default();
            let sample = String::from_utf8_lossy(&sample[..sample.len().min(200_000)]).into_owned();
            let lines = sample.lines().take(50).map(str::to_owned).chain([sample.clone()]);
            for text in lines {
                sources::all(text.as_bytes());
                let broken = random.broken(&text);
                sources::all(&broken);
            }
        }
    }
}
