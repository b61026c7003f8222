//! One look at a text that intent, spam, aspects and stories share: the text in a form that can be compared, and the
//! cues that stand in it.
//!
//! All cues of all languages are in one table, so a hundred cue lists cost little more than one. Buffers are reused
//! from mention to mention: nothing is allocated once they have grown.

mod cues;
mod fold;
mod trie;

use std::ops::Range;

pub(crate) use cues::{Cue, CueTable, Hit};
pub(crate) use fold::Folded;
pub(crate) use hark_query::is_alphanumeric;

/// Reads texts: holds the cues of all languages. Shared between threads.
pub struct Reader {
    cues: CueTable,
}

/// A text as read. Made once per thread and filled by [`Reader::read`] again and again.
#[derive(Default)]
pub struct Reading {
    folded: Folded,
    hits: Vec<Hit>,
}

impl Default for Reader {
    fn default() -> Self {
        Self { cues: CueTable::built_in() }
    }
}

impl Reader {
    /// Reads `text`, which is in `lang` (ISO 639-1; `und` when unknown), into `reading`.
    ///
    /// Cues of another language do not count, for the same letters may mean something else there.
    pub fn read(&self, text: &str, lang: &str, reading: &mut Reading) {
        reading.folded.fill(text);
        self.cues.find(reading.folded.as_str(), lang, &mut reading.hits);
    }
}

impl Reading {
    /// The folded text: lower case, no accents, no invisible characters.
    pub(crate) fn text(&self) -> &str {
        self.folded.as_str()
    }

    /// All cues, by where they start; of two cues of one kind at one place, the longer.
    pub(crate) fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// Where a place of the folded text stands in the text as it was written.
    pub(crate) fn original(&self, folded: Range<usize>) -> Range<usize> {
        self.folded.original(folded.start)..self.folded.original(folded.end)
    }

    /// Where a place of the text stands in the folded text.
    pub(crate) fn folded(&self, original: Range<usize>) -> Range<usize> {
        self.folded.folded(original.start)..self.folded.folded(original.end)
    }
}

/// Whether `c` belongs to a script that is written without spaces between words.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_to_the_text_as_written() {
        let text = "Ça ne MARCHE pas\u{301} 🎉 ＡＢＣ — waardeloos";
        let mut reading = Reading::default();
        Reader::default().read(text, "nl", &mut reading);
        let at = reading.text().find("waardeloos").unwrap_or_default();
        assert_eq!(text.get(reading.original(at..at + 10)), Some("waardeloos"));
        assert_eq!(reading.folded(reading.original(at..at + 10)), at..at + 10);
        assert!(reading.text().starts_with("ca ne marche pas 🎉 abc"));
    }

    #[test]
    fn hostile_texts_are_no_trouble() {
        use hark_mention::{Mention, Timestamp};

        use crate::{aspects::Aspects, intent, spam, story};

        let (reader, mut reading, mut aspects) = (Reader::default(), Reading::default(), Aspects::default());
        let parts = [
            "🎉",
            "a",
            "e\u{301}\u{302}\u{303}",
            "not good but bad, ",
            "free win $9 +31 6 ",
            "不好，但是",
            "!?",
            "\u{200b}",
            "@help ",
        ];
        for part in parts {
            let text = part.repeat((1 << 20) / part.len());
            let middle = text.floor_char_boundary(text.len() / 2);
            for lang in ["und", "en", "zh", "no such language"] {
                reader.read(&text, lang, &mut reading);
                aspects.fill(&reading, [0..middle, middle..text.len()].into_iter());
                let score = aspects.score(&reading, middle..text.len(), |_| 0.0);
                assert!((-1.0..=1.0).contains(&score), "{part}");
                let mention = Mention::new("a:1", "a", text.as_str(), Timestamp::EPOCH);
                assert!((0.0..=1.0).contains(&spam::score(&reading, &text, &mention)), "{part}");
                intent::detect(&reading, 0.0);
                story::signature(&reading);
            }
        }
    }
}
