//! The hand-written sentences of one language, and how their slots are filled.
//!
//! The one rule: a sentence is not used again before every other one of its section was.

use std::collections::HashMap;

use crate::brands::{GO, Product};
use crate::random::Random;

/// A language that the demo's people write in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Language {
    Dutch,
    English,
    German,
    French,
    Spanish,
    Japanese,
}

impl Language {
    pub(crate) const ALL: [Self; 6] =
        [Self::Dutch, Self::English, Self::German, Self::French, Self::Spanish, Self::Japanese];

    /// ISO 639-1 code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Japanese => "ja",
        }
    }

    fn sentences(self) -> &'static str {
        match self {
            Self::Dutch => include_str!("../texts/nl.txt"),
            Self::English => include_str!("../texts/en.txt"),
            Self::German => include_str!("../texts/de.txt"),
            Self::French => include_str!("../texts/fr.txt"),
            Self::Spanish => include_str!("../texts/es.txt"),
            Self::Japanese => include_str!("../texts/ja.txt"),
        }
    }

    fn places(self) -> &'static [&'static str] {
        match self {
            Self::Dutch => &[
                "Utrecht",
                "Zwolle",
                "Deventer",
                "Groningen",
                "Den Bosch",
                "Nijmegen",
                "Leeuwarden",
                "Almere",
                "Breda",
                "Gent",
                "Haarlem",
                "Arnhem",
                "Amersfoort",
                "Delft",
            ],
            Self::English => &["Utrecht", "Rotterdam", "Bristol", "Dublin", "Leeds", "Antwerp", "Glasgow", "The Hague"],
            Self::German => &["Münster", "Aachen", "Bremen", "Leipzig", "Graz", "Freiburg"],
            Self::French => &["Lille", "Nantes", "Bruxelles", "Lyon", "Liège"],
            Self::Spanish => &["Valencia", "Zaragoza", "Sevilla", "Bilbao"],
            Self::Japanese => &["名古屋", "京都", "福岡", "仙台"],
        }
    }

    pub(crate) fn first_names(self) -> &'static [&'static str] {
        match self {
            Self::Dutch => &[
                "Fenna", "Joost", "Marijke", "Bas", "Samira", "Teun", "Lotte", "Ruben", "Wilma", "Yusuf", "Anouk",
                "Henk", "Femke", "Daan", "Ingrid", "Sjoerd", "Nadia", "Pim", "Greetje", "Maarten",
            ],
            Self::English => {
                &["Hannah", "Owen", "Priya", "Callum", "Grace", "Malik", "Siobhan", "Ethan", "Nora", "Dave"]
            }
            Self::German => &["Anke", "Jonas", "Birgit", "Emre", "Katrin", "Uwe", "Lena", "Matthias"],
            Self::French => &["Camille", "Thibault", "Amina", "Sylvie", "Julien", "Margaux"],
            Self::Spanish => &["Lucía", "Javier", "Carmen", "Íñigo", "Marta", "Pablo"],
            Self::Japanese => &["佐藤", "田中", "中村", "小林", "山本"],
        }
    }
}

/// Sentences about one situation.
#[derive(Default)]
struct Section {
    titles: Shelf,
    bodies: Shelf,
    follow_ups: Shelf,
}

/// Sentences of one purpose, and how often each was used.
#[derive(Default)]
struct Shelf {
    patterns: Vec<&'static str>,
    used: Vec<u32>,
}

impl Shelf {
    fn add(&mut self, pattern: &'static str) {
        self.patterns.push(pattern);
        self.used.push(0);
    }

    /// One of the patterns that were used least so far.
    fn take(&mut self, random: &mut Random) -> Option<&'static str> {
        let least = *self.used.iter().min()?;
        let fresh: Vec<usize> = (0..self.used.len()).filter(|&i| self.used[i] == least).collect();
        let index = *random.pick(&fresh);
        self.used[index] += 1;
        Some(self.patterns[index])
    }
}

/// Which sentences of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Title,
    Body,
    FollowUp,
}

/// The sentences of one language.
pub(crate) struct Book(HashMap<&'static str, Section>);

impl Book {
    pub(crate) fn of(language: Language) -> Self {
        Self::read(language.sentences())
    }

    /// The texts that belong to none of the languages.
    pub(crate) fn other() -> Self {
        Self::read(include_str!("../texts/other.txt"))
    }

    fn read(text: &'static str) -> Self {
        let mut sections: HashMap<&'static str, Section> = HashMap::new();
        let mut section = "";
        for line in text.lines() {
            let current = sections.entry(section).or_default();
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name;
            } else if let Some(title) = line.strip_prefix("= ") {
                current.titles.add(title);
            } else if let Some(body) = line.strip_prefix("- ") {
                current.bodies.add(body);
            } else if let Some(follow_up) = line.strip_prefix("+ ") {
                current.follow_ups.add(follow_up);
            }
        }
        Self(sections)
    }

    /// A pattern of the section, if it has any of that part.
    pub(crate) fn take(&mut self, section: &str, part: Part, random: &mut Random) -> Option<&'static str> {
        let section = self.0.get_mut(section)?;
        match part {
            Part::Title => section.titles.take(random),
            Part::Body => section.bodies.take(random),
            Part::FollowUp => section.follow_ups.take(random),
        }
    }

    /// Article number `index` of a news section, if there is one: headline and body.
    pub(crate) fn article(&self, section: &str, index: usize) -> Option<(&'static str, &'static str)> {
        let section = self.0.get(section)?;
        Some((*section.titles.patterns.get(index)?, *section.bodies.patterns.get(index)?))
    }

    /// Whether there are sentences for this situation.
    pub(crate) fn has(&self, section: &str) -> bool {
        self.0.contains_key(section)
    }
}

/// What the slots of one mention stand for.
pub(crate) struct Slots(Vec<(&'static str, String)>);

impl Slots {
    pub(crate) fn draw(product: &Product, language: Language, full_name: bool, random: &mut Random) -> Self {
        let name = if full_name { product.name } else { product.short };
        let mut slots: Vec<(&'static str, String)> = vec![
            ("{product}", name.to_owned()),
            ("{brand}", product.brand.to_owned()),
            ("{rival}", GO.name.to_owned()),
            ("{place}", (*random.pick(language.places())).to_owned()),
            ("{name}", (*random.pick(language.first_names())).to_owned()),
        ];
        let numbers = [
            ("{hours}", 2, 6),
            ("{days}", 3, 12),
            ("{weeks}", 2, 8),
            ("{months}", 2, 18),
            ("{pct}", 28, 64),
            ("{eur}", 29, 149),
            ("{km}", 28, 64),
            ("{min}", 12, 48),
        ];
        slots.extend(numbers.map(|(slot, low, high)| (slot, random.between(low, high).to_string())));
        Self(slots)
    }

    /// The pattern with its slots filled and one of each `<a|b>` picked.
    pub(crate) fn fill(&self, pattern: &str, random: &mut Random) -> String {
        let mut text = String::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some((before, choices, after)) =
            rest.split_once('<').and_then(|(before, tail)| tail.split_once('>').map(|(c, after)| (before, c, after)))
        {
            text.push_str(before);
            let choices: Vec<&str> = choices.split('|').collect();
            let choice: &str = choices[random.below(choices.len() as u64) as usize];
            text.push_str(choice);
            rest = after;
        }
        text.push_str(rest);
        for (slot, value) in &self.0 {
            text = text.replace(slot, value);
        }
        text.replace("\\n", "\n")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::brands::KERN;

    #[test]
    fn slots_are_filled_and_one_alternative_is_picked() {
        let mut random = Random::new(1, 1);
        let slots = Slots::draw(&KERN, Language::Dutch, true, &mut random);
        let text = slots.fill("<Mijn|Onze> {product} van {brand}\\nnu", &mut random);
        assert!(["Mijn", "Onze"].iter().any(|start| text == format!("{start} Noordvonk Kern 2 van Noordvonk\nnu")));
    }

    #[test]
    fn a_sentence_is_used_again_only_after_all_others() {
        let mut book = Book::read("[s]\n- a\n- b\n- c\n");
        let mut random = Random::new(1, 1);
        let mut seen: Vec<_> = (0..3).map(|_| book.take("s", Part::Body, &mut random).unwrap()).collect();
        seen.sort_unstable();
        assert_eq!(seen, ["a", "b", "c"]);
    }

    #[test]
    fn every_language_has_the_sections_of_dutch() {
        let dutch = Book::of(Language::Dutch);
        for language in Language::ALL {
            let book = Book::of(language);
            for section in dutch.0.keys() {
                assert!(book.has(section), "{} has no [{section}]", language.code());
            }
        }
    }
}
