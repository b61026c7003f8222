//! Tone by counting words that praise and words that complain, with negation and intensity around them.

use std::collections::HashMap;

use hark_mention::Sentiment;
use hark_query::Words;

/// Words with a tone, by language.
pub(crate) struct Lexicon {
    words: HashMap<&'static str, HashMap<&'static str, Tint>>,
}

/// What a word does to the tone.
#[derive(Clone, Copy)]
enum Tint {
    /// Adds to it; negative complains.
    Adds(f32),
    /// Turns the words after it around.
    Negates,
    /// Makes the words after it stronger.
    Intensifies,
}

/// The tone of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tone {
    /// From -1 to 1.
    pub(crate) score: f32,
    /// How sure, 0 to 1.
    pub(crate) confidence: f32,
}

impl Tone {
    /// The tone as a class.
    pub(crate) fn sentiment(self) -> Sentiment {
        match self.score {
            score if score <= -NEUTRAL => Sentiment::Negative,
            score if score >= NEUTRAL => Sentiment::Positive,
            _ => Sentiment::Neutral,
        }
    }
}

/// Scores closer to zero than this are neutral.
const NEUTRAL: f32 = 0.15;
/// How many words a negation or an intensifier reaches.
const REACH: usize = 3;
/// Keeps one word in a long text from deciding alone.
const DAMPING: f32 = 2.0;

/// One line: language, tab, what the words do, tab, the words.
const BUILT_IN: &str = include_str!("lexicon.tsv");

const GLAD: &str = "😀😃😄😁😊😍🥰😘🤩👍❤💚💙🧡💛🎉🙌👏💪😎🥳✨⭐🙏";
const SAD: &str = "😡🤬😠👎😢😭😞😤🤮💩😩😫🙄😒💔😣😖😑";

impl Lexicon {
    /// The lexicon that Hark comes with.
    pub(crate) fn built_in() -> Self {
        let mut words: HashMap<_, HashMap<_, _>> = HashMap::new();
        for line in BUILT_IN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let mut fields = line.split('\t');
            let (Some(lang), Some(does), Some(list)) = (fields.next(), fields.next(), fields.next()) else {
                unreachable!("the built-in lexicon has three fields a line: {line}")
            };
            let tint = match does {
                "negates" => Tint::Negates,
                "intensifies" => Tint::Intensifies,
                score => Tint::Adds(score.parse().expect("the built-in lexicon has numbers")),
            };
            words.entry(lang).or_default().extend(list.split_whitespace().map(|word| (word, tint)));
        }
        Self { words }
    }

    /// The tone of `text`, cut into `words`, in `lang`. A language without a list is read as English.
    pub(crate) fn tone(&self, text: &str, words: &Words, lang: &str) -> Tone {
        let Some(list) = self.words.get(lang).or_else(|| self.words.get("en")) else { return Tone::default() };
        let (mut sum, mut weight) = (0.0_f32, 0.0_f32);
        let (mut negated_until, mut stronger_until) = (0, 0);
        for (index, (_, word)) in words.iter().enumerate() {
            match list.get(word) {
                None => {}
                Some(Tint::Negates) => negated_until = index + 1 + REACH,
                Some(Tint::Intensifies) => stronger_until = index + 1 + REACH,
                Some(Tint::Adds(score)) => {
                    let strength = if index < stronger_until { 1.5 } else { 1.0 };
                    let turn = if index < negated_until { -0.75 } else { 1.0 };
                    sum += score * strength * turn;
                    weight += score.abs() * strength;
                }
            }
        }
        for c in text.chars().filter(|c| !c.is_ascii()) {
            let tint = match c {
                c if GLAD.contains(c) => 1.0,
                c if SAD.contains(c) => -1.0,
                _ => continue,
            };
            sum += tint;
            weight += 1.0;
        }
        let score = (sum / (sum.abs() + DAMPING)).clamp(-1.0, 1.0);
        // Words that contradict each other make the answer less sure, and so does a lack of them.
        let agreement = if weight > 0.0 { sum.abs() / weight } else { 0.0 };
        Tone { score, confidence: 0.5 + 0.5 * agreement.min(1.0) * score.abs() }
    }
}
