//! Which language a text is in.
//!
//! The script comes first: Korean, Greek and Thai are told by it alone. Within the Latin, Cyrillic, Arabic and other
//! scripts that languages share, a linear model over hashed letter sequences chooses (see `nlp/models/language.md` for
//! its data and scores). The rest, some twenty scripts, is left to [`whatlang`].
//!
//! What else is known of a mention is added as log odds: the language that its source declares, the languages that its
//! author wrote in before, and those that the operator expects.
//!
//! Defined answers: a text without letters (emoji, digits, links, handles and hashtags only) is `und`. A text in
//! several languages gets that of most of its letters; a second script that makes up a quarter of it is reported as
//! [`Detected::second`].

mod augment;
mod codes;
mod evaluate;
mod evidence;
mod features;
mod learner;
mod model;
mod reader;
mod scripts;
mod train;
mod weights;

use std::sync::{Arc, LazyLock};

pub use self::{
    evaluate::{BANDS, Report, Score, evaluate},
    evidence::{AuthorLanguages, Evidence, History, SURE},
    train::{Options, Row, Trained, train},
    weights::WeightsError,
};
use self::{
    features::Features,
    model::{Scores, Table, softmax},
    reader::Letters,
    scripts::{Script, rare_script},
};
use crate::model::weights::checksum;

/// The model that Hark comes with.
const BUILT_IN: &[u8] = include_bytes!("../../models/language.bin");

/// Confidence below which whatlang is asked too. It takes more than ten times as long, so only few texts are left to it.
const DOUBT: f32 = 0.35;
/// Log odds that its answer gives then.
const SECOND_OPINION: f32 = 1.5;
/// Its own confidence from which on that answer counts.
const RELIABLE: f64 = 0.4;
/// So much of a text is shown to whatlang.
const WHATLANG_BYTES: usize = 1024;

static IDENTIFIER: LazyLock<Identifier> =
    LazyLock::new(|| Identifier::load(BUILT_IN).unwrap_or_else(|error| unreachable!("the built-in model: {error}")));

/// Code of a text whose language cannot be told.
pub const UNKNOWN: &str = "und";

/// A language as found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detected {
    /// ISO 639-1, or ISO 639-3 for the few languages without; `und` when it cannot be told.
    pub code: &'static str,
    /// Chance that it is right, 0 to 1.
    pub confidence: f32,
    /// The language of a good part of the text in another script, if there is one.
    pub second: Option<&'static str>,
}

impl Detected {
    const UNKNOWN: Self = Self { code: UNKNOWN, confidence: 0.0, second: None };
}

/// Tells languages. Pure: what it knows of authors is handed in. Cheap to clone: the tables are shared.
#[derive(Clone)]
pub struct Identifier {
    /// By number of the script.
    tables: Arc<[Option<Table>; Script::COUNT]>,
    digest: u64,
    expected: Vec<&'static str>,
}

impl Identifier {
    /// One with the model that Hark comes with, loaded once.
    pub fn built_in() -> &'static Self {
        &IDENTIFIER
    }

    /// One with the model of a file.
    ///
    /// # Errors
    ///
    /// If the file holds no model of this version: train it again.
    pub fn load(bytes: &[u8]) -> Result<Self, WeightsError> {
        let mut tables = [const { None }; Script::COUNT];
        for table in weights::read(bytes)? {
            let place = table.script as usize;
            tables[place] = Some(table);
        }
        Ok(Self { tables: Arc::new(tables), digest: checksum(bytes), expected: Vec::new() })
    }

    /// Fingerprint of the model's file.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The same, for an operator who expects texts in `languages` (ISO 639); unknown ones are ignored.
    #[must_use]
    pub fn expecting(mut self, languages: &[&str]) -> Self {
        self.expected = languages.iter().filter_map(|code| codes::language(code)).map(|one| one.code).collect();
        self
    }

    /// Tells the language of `text`. Links, handles and hashtags do not count: they are in no language.
    pub fn identify(&self, text: &str, evidence: Evidence<'_>) -> Detected {
        let letters = Letters::read(text);
        let Some(script) = letters.main_script() else { return Detected::UNKNOWN };
        let found = self.within(script, text, &letters, evidence);
        let second = letters.second_script(script);
        let second = second.map(|script| self.within(script, text, &letters, Evidence::default()).code);
        Detected { second: second.filter(|code| *code != found.code && *code != UNKNOWN), ..found }
    }

    /// The language of the words of one script.
    fn within(&self, script: Script, text: &str, letters: &Letters, evidence: Evidence<'_>) -> Detected {
        if let Some(code) = script.only_language() {
            return Detected { code, confidence: 1.0, second: None };
        }
        let Some(table) = &self.tables[script as usize] else { return by_script(text, letters) };
        let mut scores = table.scores(&Features::of(letters, script));
        evidence.weigh(&self.expected, &table.languages, &mut scores);
        let found = best(table, scores);
        if found.confidence >= DOUBT {
            return found;
        }
        if let Some(code) = by_whatlang(text, RELIABLE) {
            evidence::add(code, SECOND_OPINION, &table.languages, &mut scores);
        }
        best(table, scores)
    }
}

/// The likeliest language. Croatian, Serbian and Bosnian stand together against the others first: most short texts are
/// good in all three, and they should not lose to a neighbour because they share what speaks for them.
fn best(table: &Table, mut scores: Scores) -> Detected {
    let scores = &mut scores[..table.languages.len()];
    softmax(scores);
    let shares = || table.languages.iter().copied().zip(scores.iter().copied()).enumerate();
    let is_shared = |place: usize| table.serbo_croatian >> place & 1 == 1;
    let likeliest = |shared: bool| {
        let among = shares().filter(|(place, _)| is_shared(*place) == shared);
        among.map(|(_, share)| share).max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let other = likeliest(false).unwrap_or((UNKNOWN, 0.0));
    if table.serbo_croatian == 0 {
        return Detected { code: other.0, confidence: other.1, second: None };
    }
    let shared = shares().filter(|(place, _)| is_shared(*place)).map(|(_, share)| share.1).sum();
    let (code, confidence) = match likeliest(true) {
        Some((code, _)) if shared > other.1 => (code, shared),
        _ => other,
    };
    Detected { code, confidence, second: None }
}

/// The language of a text in a script that no table is for.
fn by_script(text: &str, letters: &Letters) -> Detected {
    let code = letters.other.and_then(rare_script).or_else(|| by_whatlang(text, 0.0));
    code.map_or(Detected::UNKNOWN, |code| Detected { code, confidence: 1.0, second: None })
}

fn by_whatlang(text: &str, confidence: f64) -> Option<&'static str> {
    let start = text.get(..text.floor_char_boundary(WHATLANG_BYTES))?;
    let found = whatlang::detect(start).filter(|found| found.confidence() >= confidence)?;
    codes::language(found.lang().code()).map(|language| language.code)
}

/// The code by which a language is known here, of any of its codes (ISO 639, BCP 47): `nl` of `nld` or `nl-BE`.
pub fn code(name: &str) -> Option<&'static str> {
    codes::language(name).map(|language| language.code)
}

/// Tells the language of `text` by the built-in model, with nothing else known.
pub fn detect(text: &str) -> Detected {
    Identifier::built_in().identify(text, Evidence::default())
}

#[cfg(test)]
mod tests;
