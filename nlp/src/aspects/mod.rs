//! What a text says about each of the things it speaks of: "prachtig scherm, maar de klantenservice is waardeloos" is
//! good for the screen and bad for the service.
//!
//! Opinion words are weighed by how far they stand from the place that speaks of the topic, in words and in clause
//! boundaries. An opinion that stands nearer to another topic belongs to that one and hardly counts here. A topic
//! with no opinion near it takes the tone of its clause.

use std::ops::Range;

use crate::{
    clauses::{self, Clauses, Mark, WORD},
    model::weights::checksum,
    reading::{Cue, Reading, is_unspaced},
};

pub(crate) const OPINIONS: &str = include_str!("opinions.tsv");

/// How many opinions on each side of a place are looked at: beyond them, none has weight left.
const WINDOW: usize = 16;
/// The weight of an opinion falls to a third at this distance, in words.
const FADE: f32 = 7.0;
/// What is left of an opinion that stands nearer to another topic.
const OTHERS_SHARE: f32 = 0.15;
/// How much nearer another topic must stand to claim an opinion, in words.
const NEARER: f32 = 1.0;
/// Opinions that weigh less than this say nothing.
const FAINT: f32 = 0.04;
/// How much opinions count that are too far away to be about the topic.
const FAR_SHARE: f32 = 0.3;
/// Keeps a single faint opinion from giving a full score.
const DAMPING: f32 = 0.1;

/// Fingerprint of the opinion words and cues that decide.
pub fn digest() -> u64 {
    checksum([OPINIONS, clauses::CUES].concat().as_bytes())
}

/// Works out the scores of one text. Its buffers are reused from text to text.
#[derive(Default)]
pub struct Aspects {
    clauses: Clauses,
    opinions: Vec<Opinion>,
    /// Where the topics are spoken of, in the folded text, ascending.
    places: Vec<Range<usize>>,
}

#[derive(Clone)]
struct Opinion {
    at: Range<usize>,
    value: f32,
    /// Stands right before a comparison: what is compared with gets the opposite.
    compared: bool,
}

impl Aspects {
    /// Prepares for the text in `reading`, which speaks of something at each of `evidence` (bytes of the text).
    pub fn fill(&mut self, reading: &Reading, evidence: impl Iterator<Item = Range<usize>>) {
        self.places.clear();
        self.places.extend(evidence.map(|at| reading.folded(at)));
        self.opinions.clear();
        if self.places.is_empty() {
            return;
        }
        self.places.sort_unstable_by_key(|place| (place.start, place.end));
        self.clauses.fill(reading);
        self.read_opinions(reading);
    }

    /// What is said about the topic at `evidence`, from -1 (bad) to 1 (good).
    ///
    /// `tone` gives the tone of a part of the text (bytes), from -1 to 1.
    pub fn score(&self, reading: &Reading, evidence: Range<usize>, tone: impl FnOnce(Range<usize>) -> f32) -> f32 {
        let place = reading.folded(evidence);
        let (mut sum, mut total) = (0.0_f32, 0.0_f32);
        for (opinion, weight) in self.near(&place) {
            sum += weight * opinion.value;
            total += weight * opinion.value.abs();
        }
        if total >= FAINT {
            return (sum / (total + DAMPING)).clamp(-1.0, 1.0);
        }
        // Nothing is said near it: the tone of the clause counts, and what is said further away is a hint.
        let hint = if total > 0.0 { sum / total * FAR_SHARE } else { 0.0 };
        (tone(reading.original(self.clauses.around(&place))) + hint).clamp(-1.0, 1.0)
    }

    /// The words that weigh most for the topic at `evidence` (bytes of the text); none when the tone decides.
    pub fn because(&self, reading: &Reading, evidence: Range<usize>) -> Option<Range<usize>> {
        let place = reading.folded(evidence);
        let weight = |(opinion, weight): &(&Opinion, f32)| weight * opinion.value.abs();
        let most = self.near(&place).max_by(|a, b| weight(a).total_cmp(&weight(b)));
        most.filter(|most| weight(most) >= FAINT).map(|(opinion, _)| reading.original(opinion.at.clone()))
    }

    /// The opinions around `place` with their weights.
    fn near<'a>(&'a self, place: &'a Range<usize>) -> impl Iterator<Item = (&'a Opinion, f32)> {
        let here = self.opinions.partition_point(|opinion| opinion.at.start < place.start);
        let window = here.saturating_sub(WINDOW)..(here + WINDOW).min(self.opinions.len());
        self.opinions[window].iter().map(move |opinion| {
            let distance = self.clauses.distance(place, &opinion.at);
            let mine = distance <= self.nearest_other(place, &opinion.at) + NEARER;
            let share = if mine { 1.0 } else { OTHERS_SHARE };
            let turn = if opinion.compared && place.start > opinion.at.end { -0.5 } else { 1.0 };
            (opinion, (-distance / FADE).exp() * share * turn)
        })
    }

    /// How far the next place of another topic is from an opinion.
    fn nearest_other(&self, place: &Range<usize>, at: &Range<usize>) -> f32 {
        let here = self.places.partition_point(|other| other.start <= at.start);
        let (before, after) = self.places.split_at(here);
        let apart = |other: &&Range<usize>| other.end <= place.start || other.start >= place.end;
        let neighbours = before.iter().rev().take(3).chain(after.iter().take(3)).filter(apart);
        neighbours.map(|other| self.clauses.distance(other, at)).fold(f32::INFINITY, f32::min)
    }

    /// The opinions of the text, turned by negations and strengthened by their neighbours.
    fn read_opinions(&mut self, reading: &Reading) {
        let mut last: [Option<Range<usize>>; 3] = [None, None, None];
        let [not, very, hardly] = &mut last;
        for hit in reading.hits() {
            let at = hit.start..hit.end;
            let before = |mark: &Option<Range<usize>>, reach: f32| {
                mark.as_ref().is_some_and(|mark| mark.end <= at.start && self.clauses.distance(mark, &at) <= reach)
            };
            match hit.cue {
                Cue::Clause(Mark::Not) => *not = Some(at),
                Cue::Clause(Mark::Very) => *very = Some(at),
                Cue::Clause(Mark::Hardly) => *hardly = Some(at),
                Cue::Clause(Mark::NotAfter) => turn_back(&mut self.opinions, &self.clauses, &at),
                Cue::Clause(Mark::Than) => {
                    if let Some(opinion) = self.opinions.last_mut() {
                        opinion.compared = self.clauses.distance(&opinion.at, &at) <= 5.0;
                    }
                }
                Cue::Opinion(value) => {
                    let text = reading.text();
                    let unspaced = text.get(at.clone()).is_some_and(|word| word.chars().any(is_unspaced));
                    let mut value = value;
                    if before(not, if unspaced { 1.6 } else { 3.6 }) {
                        value *= -0.75;
                    }
                    if before(very, 1.6) {
                        value *= 1.3;
                    }
                    if before(hardly, 1.6) {
                        value *= 0.6;
                    }
                    self.opinions.push(Opinion { at, value, compared: false });
                }
                _ => {}
            }
        }
    }
}

/// A negation that follows: 美味しくない, iyi değil.
fn turn_back(opinions: &mut [Opinion], clauses: &Clauses, negation: &Range<usize>) {
    if let Some(opinion) = opinions.last_mut()
        && opinion.at.start < negation.start
        && clauses.distance(&opinion.at, negation) <= 3.0
        // Letters that both share: the negation is the end of the word.
        && opinion.at.end <= negation.start + WORD as usize
    {
        opinion.value *= -0.75;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::reading::Reader;

    /// The scores of `words`, each where it first stands.
    fn scores(lang: &str, text: &str, words: &[&str]) -> Vec<f32> {
        let (mut reading, mut aspects) = (Reading::default(), Aspects::default());
        Reader::default().read(text, lang, &mut reading);
        let places: Vec<_> = words.iter().map(|word| text.find(word).map(|at| at..at + word.len()).unwrap()).collect();
        aspects.fill(&reading, places.iter().cloned());
        places.into_iter().map(|place| aspects.score(&reading, place, |_| 0.0)).collect()
    }

    #[test]
    fn each_topic_has_its_own_score_in_every_main_language() {
        let cases = [
            ("nl", "Prachtig scherm, maar de klantenservice is waardeloos", "scherm", "klantenservice"),
            ("en", "The battery is great but the delivery took ages and was terrible", "battery", "delivery"),
            ("de", "Die Kamera ist hervorragend, aber der Akku ist einfach schlecht", "Kamera", "Akku"),
            ("fr", "L'écran est superbe mais le service client est nul", "écran", "service"),
            ("es", "La comida estaba buenísima, pero el servicio fue pésimo", "comida", "servicio"),
            ("it", "Lo schermo è ottimo ma il servizio è pessimo", "schermo", "servizio"),
            ("pt", "A câmera é ótima, mas o atendimento é péssimo", "câmera", "atendimento"),
            ("pl", "Ekran jest świetny, ale obsługa fatalna", "Ekran", "obsługa"),
            ("tr", "Ekranı harika ama kargo berbat", "Ekran", "kargo"),
            ("ja", "画面は綺麗ですが、サポートは最悪です", "画面", "サポート"),
            ("zh", "屏幕很漂亮，但是客服太差了", "屏幕", "客服"),
            ("ko", "화면은 정말 좋지만 서비스는 최악이에요", "화면", "서비스"),
            ("ar", "الشاشة رائعة لكن خدمة العملاء سيئة", "الشاشة", "خدمة"),
        ];
        for (lang, text, good, bad) in cases {
            let found = scores(lang, text, &[good, bad]);
            assert!(found[0] > 0.3 && found[1] < -0.3, "{lang}: {found:?} {text}");
        }
    }

    #[test]
    fn a_negation_turns_what_it_reaches() {
        let cases = [
            ("en", "the service was not good", "service", -1.0),
            ("en", "no problems with the delivery", "delivery", 1.0),
            ("nl", "de bezorging is niet snel", "bezorging", -1.0),
            ("de", "der Akku ist nicht gut", "Akku", -1.0),
            ("fr", "la livraison n'est pas rapide", "livraison", -1.0),
            ("ja", "料理は美味しくない", "料理", -1.0),
            ("tr", "yemekler hiç iyi değil", "yemekler", -1.0),
            ("zh", "服务不好", "服务", -1.0),
            ("en", "not only great food", "food", 1.0),
        ];
        for (lang, text, word, sign) in cases {
            let found = scores(lang, text, &[word])[0];
            assert!(found * sign > 0.2, "{lang}: {found} {text}");
        }
    }

    #[test]
    fn what_is_compared_with_gets_the_opposite() {
        let found = scores("en", "The camera is much better than the battery", &["camera", "battery"]);
        assert!(found[0] > 0.2 && found[1] <= 0.0, "{found:?}");
    }

    #[test]
    fn the_words_that_decide_can_be_shown() {
        let text = "Bezorging was súper snel 🎉";
        let (mut reading, mut aspects) = (Reading::default(), Aspects::default());
        Reader::default().read(text, "nl", &mut reading);
        aspects.fill(&reading, std::iter::once(0..9));
        assert_eq!(aspects.because(&reading, 0..9).and_then(|at| text.get(at)), Some("súper"));
    }
}
