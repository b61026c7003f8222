//! Where one thought ends and the next begins, and what turns a word around.
//!
//! A boundary has a cost in words: a comma is easier to cross than a contrast, and that easier than the end of a
//! sentence. How far an opinion is from what it is about is the words between them plus the boundaries between them.

use std::ops::Range;

use crate::reading::{Cue, Reading, is_alphanumeric};

pub(crate) const CUES: &str = include_str!("cues.tsv");

/// What a joining or turning word does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Opens a clause that may say the opposite.
    Contrast,
    /// Closes a clause that the next may say the opposite of.
    ContrastAfter,
    /// Adds something alike.
    Joint,
    /// Turns what follows.
    Not,
    /// Turns what went before.
    NotAfter,
    /// Looks like a negation and is none.
    Plain,
    /// Strengthens what follows.
    Very,
    /// Weakens what follows.
    Hardly,
    /// What follows is compared with what went before.
    Than,
}

impl Mark {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "contrast" => Self::Contrast,
            "contrast_after" => Self::ContrastAfter,
            "joint" => Self::Joint,
            "not" => Self::Not,
            "not_after" => Self::NotAfter,
            "plain" => Self::Plain,
            "very" => Self::Very,
            "hardly" => Self::Hardly,
            "than" => Self::Than,
            _ => return None,
        })
    }
}

/// Bytes of folded text that count as one word: five letters and a space, or two characters of Chinese.
pub(crate) const WORD: f32 = 6.0;

/// From this cost on a boundary ends the clause.
const HARD: f32 = 6.0;

/// The boundaries of one text, ascending. Its buffer is reused.
#[derive(Default)]
pub(crate) struct Clauses {
    boundaries: Vec<Boundary>,
    length: usize,
}

#[derive(Clone, Copy)]
struct Boundary {
    at: usize,
    /// Costs of this and all before it, in words.
    sum: f32,
    cost: f32,
}

impl Clauses {
    /// Finds the boundaries of the text in `reading`.
    pub(crate) fn fill(&mut self, reading: &Reading) {
        self.boundaries.clear();
        self.length = reading.text().len();
        let mut add = |at, cost| self.boundaries.push(Boundary { at, sum: 0.0, cost });
        let mut chars = reading.text().char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            if let Some(cost) = punctuation(c, next) {
                add(at, cost);
            }
        }
        for hit in reading.hits() {
            match hit.cue {
                Cue::Clause(Mark::Contrast) => add(hit.start, 8.0),
                Cue::Clause(Mark::ContrastAfter) => add(hit.end, 8.0),
                Cue::Clause(Mark::Than) => add(hit.start, 3.0),
                Cue::Clause(Mark::Joint) => add(hit.start, 1.5),
                _ => {}
            }
        }
        self.boundaries.sort_by_key(|boundary| boundary.at);
        let mut sum = 0.0;
        for boundary in &mut self.boundaries {
            sum += boundary.cost;
            boundary.sum = sum;
        }
    }

    /// How far two places are apart, in words.
    pub(crate) fn distance(&self, a: &Range<usize>, b: &Range<usize>) -> f32 {
        let (first, second) = if a.start <= b.start { (a, b) } else { (b, a) };
        let between = second.start.saturating_sub(first.end);
        let words = between as f32 / WORD;
        words + self.crossed(first.end.min(second.start), second.start)
    }

    /// The clause that holds `at`: between the contrasts and sentence ends around it.
    pub(crate) fn around(&self, at: &Range<usize>) -> Range<usize> {
        let here = self.boundaries.partition_point(|boundary| boundary.at <= at.start);
        let (before, after) = self.boundaries.split_at(here);
        let start = before.iter().rev().find(|boundary| boundary.cost >= HARD).map_or(0, |boundary| boundary.at);
        let mut ends = after.iter().filter(|boundary| boundary.at >= at.end && boundary.cost >= HARD);
        start..ends.next().map_or(self.length, |boundary| boundary.at)
    }

    fn crossed(&self, from: usize, to: usize) -> f32 {
        let sum = |at: usize| {
            let before = self.boundaries.partition_point(|boundary| boundary.at < at);
            before.checked_sub(1).map_or(0.0, |last| self.boundaries[last].sum)
        };
        // A boundary stands before its place: one that opens a clause at `to` lies between.
        sum(to + 1) - sum(from)
    }
}

/// What it costs to cross `c`, in words.
fn punctuation(c: char, next: Option<char>) -> Option<f32> {
    let apart = next.is_none_or(|next| !is_alphanumeric(next));
    Some(match c {
        '.' | '!' | '?' if apart => 10.0,
        '。' | '！' | '？' | '؟' | '।' | '\n' => 10.0,
        '…' | ';' | '；' | '؛' | '|' | '•' => 7.0,
        ',' if apart => 2.5,
        '、' | '，' | '،' => 2.5,
        '(' | ')' | '（' | '）' => 2.5,
        '-' | '–' | '—' if next == Some(' ') => 2.5,
        ':' | '：' if apart => 1.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::reading::Reader;

    /// The clause around `word`.
    fn clause(lang: &str, text: &str, word: &str) -> String {
        let (mut reading, mut clauses) = (Reading::default(), Clauses::default());
        Reader::default().read(text, lang, &mut reading);
        clauses.fill(&reading);
        let start = text.find(word).unwrap();
        let folded = reading.folded(start..start + word.len());
        let around = reading.original(clauses.around(&folded));
        text.get(around).unwrap().trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
    }

    #[test]
    fn a_contrast_ends_a_clause_in_every_main_language() {
        let cases = [
            ("nl", "Prachtig scherm, maar de klantenservice is waardeloos", "scherm", "klantenservice"),
            ("en", "Great screen but the support is useless", "screen", "support"),
            ("de", "Toller Bildschirm, aber der Kundenservice ist mies", "Bildschirm", "Kundenservice"),
            ("fr", "Bel écran mais le service client est nul", "écran", "service"),
            ("es", "Buena pantalla pero el servicio es pésimo", "pantalla", "servicio"),
            ("it", "Bello schermo ma il servizio è pessimo", "schermo", "servizio"),
            ("pt", "Ótima tela, mas o atendimento é péssimo", "tela", "atendimento"),
            ("pl", "Świetny ekran, ale obsługa jest fatalna", "ekran", "obsługa"),
            ("tr", "Ekran harika ama müşteri hizmetleri berbat", "Ekran", "müşteri"),
            ("ja", "画面は綺麗ですが、サポートは最悪です", "画面", "サポート"),
            ("zh", "屏幕很漂亮，但是客服很差", "屏幕", "客服"),
            ("ko", "화면은 좋지만 서비스는 최악이에요", "화면", "서비스"),
            ("ar", "الشاشة رائعة لكن خدمة العملاء سيئة", "الشاشة", "خدمة"),
        ];
        for (lang, text, first, second) in cases {
            let (one, other) = (clause(lang, text, first), clause(lang, text, second));
            assert!(one.contains(first) && !one.contains(second), "{lang}: {one}");
            assert!(other.contains(second) && !other.contains(first), "{lang}: {other}");
        }
    }

    #[test]
    fn a_number_or_an_address_is_no_sentence_end() {
        assert_eq!(
            clause("en", "Price was 3.5 at shop.example.com today. Nice", "Price"),
            "Price was 3.5 at shop.example.com today"
        );
    }
}
