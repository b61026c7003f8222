//! What the author of a mention wants: to complain, to ask, to have something changed, to praise, to leave.
//!
//! Cues of the main languages, the form of the text and its tone are weighed by a small linear model; the highest intent
//! wins, and [`because`] shows the words that spoke for it.

mod evaluate;

use std::{ops::Range, sync::LazyLock};

pub use evaluate::{Found, IntentScores, evaluate};
use hark_mention::Intent;

use crate::{
    clauses::Mark,
    model::weights::checksum,
    reading::{Cue, Reading, is_alphanumeric},
};

pub(crate) const CUES: &str = include_str!("cues.tsv");
const WEIGHTS: &str = include_str!("../../models/intent.tsv");

/// What a cue of intent says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Asks something.
    Asks,
    /// Wants something to be done or changed.
    Wants,
    /// Complains.
    Complains,
    /// Says that something does not work.
    Faulty,
    /// Praises.
    Praises,
    /// Thanks.
    Thanks,
    /// Leaves, or threatens to.
    Leaves,
    /// Says that it goes on or happens again: still, for weeks, the third time.
    Nags,
}

impl Sign {
    const ALL: [(&'static str, Self); 8] = [
        ("asks", Self::Asks),
        ("wants", Self::Wants),
        ("complains", Self::Complains),
        ("faulty", Self::Faulty),
        ("praises", Self::Praises),
        ("thanks", Self::Thanks),
        ("leaves", Self::Leaves),
        ("nags", Self::Nags),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, sign)| *sign)
    }
}

/// The intents, in the order of the model's columns.
const INTENTS: [Intent; 6] =
    [Intent::Complaint, Intent::Question, Intent::Request, Intent::Praise, Intent::Churn, Intent::Other];

/// What the form of a text says. The model's rows are the signs, then these.
#[derive(Clone, Copy)]
enum Form {
    /// A question word opens the text.
    AsksFirst,
    QuestionMark,
    Exclamation,
    /// How negative the tone is.
    Displeased,
    /// How positive the tone is.
    Pleased,
    Link,
    Long,
    /// Is written to an account that helps customers.
    HelpDesk,
    /// Negations.
    Denies,
    /// Words of blame.
    Blames,
    /// Words of praise.
    Lauds,
    /// Always 1.
    Bias,
}

/// Names of the forms in the model, in their order.
const FORM: [&str; Form::Bias as usize + 1] = [
    "asks_first",
    "question_mark",
    "exclamation",
    "displeased",
    "pleased",
    "link",
    "long",
    "help_desk",
    "denies",
    "blames",
    "lauds",
    "bias",
];
const FEATURES: usize = Sign::ALL.len() + FORM.len();

/// What the model weighs, in the order of its rows.
pub type Features = [f32; FEATURES];

static MODEL: LazyLock<[[f32; INTENTS.len()]; FEATURES]> = LazyLock::new(|| {
    let mut model = [[0.0; INTENTS.len()]; FEATURES];
    for line in WEIGHTS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, values) = line.split_once('\t').expect("the intent model has fields");
        let names = Sign::ALL.iter().map(|(name, _)| *name).chain(FORM);
        let row = names.enumerate().find(|(_, known)| *known == name).expect("the intent model has known rows").0;
        for (weight, value) in model[row].iter_mut().zip(values.split('\t')) {
            *weight = value.parse().expect("the intent model has numbers");
        }
    }
    model
});

/// Fingerprint of the weights and cues that decide.
pub fn digest() -> u64 {
    checksum([WEIGHTS, CUES].concat().as_bytes())
}

/// The intent of the text in `reading`, whose tone is `tone` (-1 to 1).
pub fn detect(reading: &Reading, tone: f32) -> Intent {
    let features = features(reading, tone);
    let score = |column: usize| -> f32 { MODEL.iter().zip(features).map(|(row, value)| row[column] * value).sum() };
    let best = (0..INTENTS.len()).max_by(|a, b| score(*a).total_cmp(&score(*b)));
    best.map_or(Intent::Other, |column| INTENTS[column])
}

/// The words that speak most for `intent` (bytes of the text); none when its form or tone decided.
pub fn because(reading: &Reading, intent: Intent) -> Option<Range<usize>> {
    let column = INTENTS.iter().position(|known| *known == intent)?;
    let weight = |sign: Sign| MODEL[sign as usize][column];
    let signs = reading.hits().iter().filter_map(|hit| match hit.cue {
        Cue::Intent(sign) if weight(sign) > 0.0 => Some((hit, weight(sign))),
        _ => None,
    });
    let (hit, _) = signs.reduce(|most, next| if next.1 > most.1 { next } else { most })?;
    Some(reading.original(hit.start..hit.end))
}

/// Cues of one kind beyond this many add nothing.
const MOST: f32 = 2.0;
/// A question word this close to the beginning asks; later it may only join clauses.
const FIRST: usize = 24;

/// What the model weighs of the text in `reading`, whose tone is `tone` (-1 to 1).
pub fn features(reading: &Reading, tone: f32) -> Features {
    let mut features: Features = [0.0; FEATURES];
    let text = reading.text();
    let (mut denies, mut blames, mut lauds) = (0.0_f32, 0.0_f32, 0.0_f32);
    let mut first_question = false;
    for hit in reading.hits() {
        match hit.cue {
            Cue::Intent(sign) => {
                first_question |= sign == Sign::Asks && hit.start < FIRST;
                let feature = &mut features[sign as usize];
                *feature = (*feature + 1.0).min(MOST);
            }
            Cue::Clause(Mark::Not | Mark::NotAfter) => denies += 1.0,
            Cue::Opinion(value) if value < 0.0 => blames -= value,
            Cue::Opinion(value) => lauds += value,
            _ => {}
        }
    }
    let mut form = |form: Form, value: f32| features[Sign::ALL.len() + form as usize] = value;
    let holds = |marks: &[char]| f32::from(u8::from(text.contains(marks)));
    form(Form::AsksFirst, f32::from(u8::from(first_question)));
    form(Form::QuestionMark, holds(&['?', '？', '؟']));
    form(Form::Exclamation, holds(&['!', '！']));
    form(Form::Displeased, (-tone).max(0.0));
    form(Form::Pleased, tone.max(0.0));
    form(Form::Link, f32::from(u8::from(text.contains("://"))));
    form(Form::Long, f32::from(u8::from(text.len() > 280)));
    form(Form::HelpDesk, f32::from(u8::from(names_help_desk(text))));
    form(Form::Bias, 1.0);
    form(Form::Denies, denies.min(MOST));
    form(Form::Blames, blames.min(MOST));
    form(Form::Lauds, lauds.min(MOST));
    features
}

/// Whether a handle in a folded text is that of an account which helps customers.
fn names_help_desk(text: &str) -> bool {
    let mut handles =
        text.split('@').skip(1).take(8).map(|rest| rest.split(|c: char| !(is_alphanumeric(c) || c == '_')));
    handles.any(|mut rest| {
        let handle = rest.next().unwrap_or_default();
        handle.starts_with("ask") || HELP_DESKS.iter().any(|part| handle.contains(part))
    })
}

/// Parts of the names of such accounts.
const HELP_DESKS: [&str; 13] = [
    "help", "support", "care", "service", "webcare", "hilft", "aide", "ayuda", "atencion", "sav", "clientes", "assist",
    "custserv",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Reader;

    fn intent(lang: &str, text: &str, tone: f32) -> Intent {
        let mut reading = Reading::default();
        Reader::default().read(text, lang, &mut reading);
        detect(&reading, tone)
    }

    #[test]
    fn intents_in_every_main_language() {
        let cases = [
            ("nl", "Al drie weken geen reactie op mijn klacht, onacceptabel", -0.5, Intent::Complaint),
            ("nl", "Hoe kan ik mijn simkaart activeren?", 0.0, Intent::Question),
            ("nl", "Zou fijn zijn als jullie een donkere modus toevoegen", 0.2, Intent::Request),
            ("nl", "Wat een topservice, bedankt!", 0.7, Intent::Praise),
            ("nl", "Ik stap over naar een andere provider, nooit meer", -0.4, Intent::Churn),
            ("nl", "Vandaag in de trein naar Utrecht", 0.0, Intent::Other),
            ("en", "Still waiting for my refund after six weeks, no response", -0.4, Intent::Complaint),
            ("en", "Does anyone know how to reset it?", 0.0, Intent::Question),
            ("en", "Please add an option to sort by date", 0.0, Intent::Request),
            ("en", "I love this app, great job!", 0.8, Intent::Praise),
            ("en", "Cancelling my subscription today and switching to a competitor", -0.2, Intent::Churn),
            ("de", "Das Gerät funktioniert nicht, keine Antwort vom Kundendienst", -0.4, Intent::Complaint),
            ("de", "Wann kommt das Update?", 0.0, Intent::Question),
            ("de", "Ich kündige und wechsle zu einem anderen Anbieter", -0.2, Intent::Churn),
            ("fr", "Toujours pas livré, aucune réponse du service client", -0.4, Intent::Complaint),
            ("fr", "Comment puis-je changer mon mot de passe ?", 0.0, Intent::Question),
            ("fr", "Je résilie mon abonnement", -0.2, Intent::Churn),
            ("es", "¿Cómo puedo cambiar mi plan?", 0.0, Intent::Question),
            ("es", "Pésimo servicio, nadie responde", -0.7, Intent::Complaint),
            ("it", "Complimenti, ottimo servizio!", 0.7, Intent::Praise),
            ("pt", "O aplicativo não funciona, não consigo entrar", -0.4, Intent::Complaint),
            ("pl", "Rezygnuję z umowy, przechodzę do konkurencji", -0.2, Intent::Churn),
            ("tr", "Uygulama çalışmıyor, günlerdir bekliyorum", -0.4, Intent::Complaint),
            ("ja", "アプリが起動しない。最悪", -0.5, Intent::Complaint),
            ("ja", "解約して他社に乗り換えます", -0.1, Intent::Churn),
            ("ja", "設定はどこで変更できますか？", 0.0, Intent::Question),
            ("zh", "怎么修改密码？", 0.0, Intent::Question),
            ("zh", "客服太差，投诉", -0.6, Intent::Complaint),
            ("ko", "언제 배송되나요?", 0.0, Intent::Question),
            ("ar", "التطبيق لا يعمل وخدمة العملاء لا رد", -0.4, Intent::Complaint),
        ];
        for (lang, text, tone, expected) in cases {
            assert_eq!(intent(lang, text, tone), expected, "{lang}: {text}");
        }
    }

    #[test]
    fn the_cue_can_be_shown() {
        let text = "Genoeg! Ik ga mijn abonnement OPZEGGEN.";
        let mut reading = Reading::default();
        Reader::default().read(text, "nl", &mut reading);
        assert_eq!(because(&reading, Intent::Churn).and_then(|at| text.get(at)), Some("OPZEGGEN"));
        assert_eq!(because(&reading, Intent::Praise), None);
    }
}
