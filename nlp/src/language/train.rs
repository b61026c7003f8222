//! Makes a model from rows of text whose language is known. The same rows and options give the same bytes.

use std::collections::BTreeMap;

use super::{codes, learner::Learner, model::Table, reader::Letters, scripts::Script, weights};

/// A text whose language is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The text, as posted.
    pub text: String,
    /// Its language, ISO 639; a region may follow (`pt-BR`).
    pub lang: String,
}

/// How to train.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often the rows are gone through. Default: 24.
    pub epochs: usize,
    /// 2 to the power of this many rows of weights for the Latin script, 12 to 20; the tables of the other scripts are
    /// smaller. Default: 17, a model of some 9 MB.
    pub bits: u32,
    /// A language is learned from this many rows on. Default: 150.
    pub min_rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { epochs: 24, bits: 17, min_rows: 150 }
    }
}

/// What training did with its rows.
#[derive(Clone, Debug, Default)]
pub struct Trained {
    /// The model, for [`super::Identifier::load`].
    pub weights: Vec<u8>,
    /// Rows learned from, by language.
    pub rows: BTreeMap<&'static str, usize>,
    /// Rows left out: no letters, an unknown language, or not in its script.
    pub left_out: usize,
}

/// Trains on `rows`. A row that is there twice counts twice: how often people post `okay` in which language is worth
/// knowing.
pub fn train(rows: &[Row], options: &Options) -> Trained {
    let mut trained = Trained::default();
    let mut scripts: BTreeMap<Script, BTreeMap<&'static str, Vec<&str>>> = BTreeMap::new();
    for row in rows {
        let found = codes::language(&row.lang).and_then(|language| {
            let script = Letters::read(&row.text).main_script()?;
            language.scripts.contains(&script).then_some((script, language.code))
        });
        match found {
            Some((script, code)) => {
                scripts.entry(script).or_default().entry(code).or_default().push(&row.text);
            }
            _ => trained.left_out += 1,
        }
    }
    let mut tables = Vec::new();
    for (script, mut languages) in scripts {
        // The other scripts tell their language by themselves.
        if script == Script::Other {
            continue;
        }
        languages.retain(|_, texts| texts.len() >= options.min_rows);
        for (code, texts) in &languages {
            *trained.rows.entry(code).or_default() += texts.len();
        }
        match languages.len() {
            0 => (),
            1 => tables.push(Table::of_one(script, languages.keys().copied().collect())),
            _ => tables.push(Learner::new(script, languages, options.bits).learn(options.epochs)),
        }
    }
    trained.weights = weights::write(&tables);
    trained
}
