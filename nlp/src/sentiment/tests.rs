#![expect(clippy::unwrap_used, reason = "tests")]

use hark_mention::Sentiment;

use super::*;

fn row(text: &str, label: usize, lang: &str) -> LabelledRow {
    LabelledRow { text: text.into(), label, lang: lang.into() }
}

/// Rows that follow a simple rule, in two languages.
fn rows(count: usize) -> Vec<LabelledRow> {
    let words = ["phone", "train", "shop", "battery", "letter", "queue", "screen", "invoice", "parcel", "seat"];
    let tones = [("horrible", 0), ("grey", 1), ("lovely", 2)];
    (0..count)
        .map(|index| {
            let (tone, label) = tones[index % 3];
            let word = words[index / 3 % words.len()];
            row(&format!("the {word} {} was {tone} today", index / 30), label, "en")
        })
        .collect()
}

fn small(sets: &[LabelledSet]) -> Model {
    train(sets, &[], &Settings { bits: 14, min_count: 1, ..Settings::default() })
}

fn set(rows: Vec<LabelledRow>) -> LabelledSet {
    LabelledSet { name: "made up".into(), weight: 1.0, texts: true, rows }
}

fn tone(text: &str, lang: &str) -> Sentiment {
    thread_local!(static MODEL: Model = Model::built_in());
    MODEL.with(|model| model.tone(text, lang).sentiment())
}

#[test]
fn plain_praise_and_complaints_are_told_apart() {
    let (bad, neutral, good) = (Sentiment::Negative, Sentiment::Neutral, Sentiment::Positive);
    for (text, lang, expected) in [
        ("Wat een waardeloze service, nooit meer!", "nl", bad),
        ("Super blij met mijn nieuwe telefoon, echt een aanrader", "nl", good),
        ("De vergadering is maandag om tien uur", "nl", neutral),
        ("Niet goed, gewoon slecht", "nl", bad),
        ("Worst airline ever, my luggage is lost again", "en", bad),
        ("I love this phone, the camera is amazing 😍", "en", good),
        ("The meeting starts at 10 on Monday", "en", neutral),
        ("Not good at all", "en", bad),
        ("😡😡😡", "en", bad),
        ("❤️❤️", "nl", good),
    ] {
        assert_eq!(tone(text, lang), expected, "{text}");
    }
}

#[test]
fn service_talk_is_told_in_every_main_language() {
    let (bad, neutral, good) = (Sentiment::Negative, Sentiment::Neutral, Sentiment::Positive);
    for (text, lang, expected) in [
        ("Het scharnier van mijn laptop is na twee maanden gebroken 😡", "nl", bad),
        ("Al drie weken wachten op mijn bestelling en niemand reageert", "nl", bad),
        ("Mooi toestel maar de accu is waardeloos", "nl", bad),
        ("@webcare alweer geen internet, wat een slechte provider", "nl", bad),
        ("Mijn nieuwe stofzuiger is geweldig", "nl", good),
        ("De winkel is open van negen tot vijf", "nl", neutral),
        ("@yourairline my flight was cancelled and nobody answers the phone", "en", bad),
        ("Still no refund after 3 weeks", "en", bad),
        ("Thanks for the quick help, great service!", "en", good),
        ("Der Akku ist nach zwei Tagen kaputt", "de", bad),
        ("Sehr freundliches Personal, gerne wieder", "de", good),
        ("Le service client ne répond jamais, quelle honte", "fr", bad),
        ("J'adore ce livre", "fr", good),
        ("La app no funciona y nadie contesta", "es", bad),
        ("Me encanta, muy recomendable", "es", good),
        ("Treno in ritardo di nuovo, che schifo", "it", bad),
        ("O celular quebrou em dois dias, péssimo", "pt", bad),
        ("すぐ壊れました。最悪です", "ja", bad),
        ("とても使いやすくて満足しています", "ja", good),
        ("bahut ghatiya service hai", "hi", bad),
    ] {
        assert_eq!(tone(text, lang), expected, "{text}");
    }
}

#[test]
fn plain_questions_are_neutral() {
    for (text, lang) in [
        ("Past de accu ook op mijn oude fiets?", "nl"),
        ("Past de accu op de X200?", "nl"),
        ("Hoe laat gaan jullie morgen open?", "nl"),
        ("What time does the store open on Sunday?", "en"),
        ("Does the battery fit the older model?", "en"),
        ("Wann kommt mein Paket an?", "de"),
        ("Vous êtes ouverts le dimanche ?", "fr"),
        ("¿A qué hora abre la tienda?", "es"),
        ("いつ届きますか？", "ja"),
    ] {
        assert_eq!(tone(text, lang), Sentiment::Neutral, "{text}");
    }
}

#[test]
fn denied_blame_is_praise() {
    for (text, lang) in [
        ("Niet slecht", "nl"),
        ("De nieuwe koptelefoon is helemaal niet slecht", "nl"),
        ("not bad", "en"),
        ("Not bad at all, the camera is better than I thought", "en"),
        ("Gar nicht schlecht", "de"),
        ("Pas mal du tout", "fr"),
        ("No está mal", "es"),
    ] {
        assert_eq!(tone(text, lang), Sentiment::Positive, "{text}");
    }
    assert_eq!(tone("Slecht", "nl"), Sentiment::Negative);
    assert_eq!(tone("bad", "en"), Sentiment::Negative);
}

#[test]
fn a_number_says_nothing() {
    let model = Model::built_in();
    for (text, lang, with) in [
        ("Waardeloze service", "nl", "Waardeloze service 123"),
        ("Great phone", "en", "Great phone 2024"),
        ("Mein Paket ist kaputt", "de", "4711 Mein Paket ist kaputt"),
    ] {
        let (without, with) = (model.tone(text, lang), model.tone(with, lang));
        assert_eq!(without.sentiment(), with.sentiment(), "{text}");
        assert!((without.score - with.score).abs() < 0.2, "{text}: {} {}", without.score, with.score);
    }
}

#[test]
fn a_rating_still_says_something() {
    let model = Model::built_in();
    assert!(model.tone("9/10", "en").score > model.tone("1/10", "en").score + 0.2);
}

#[test]
fn each_clause_has_its_own_tone() {
    let text = "Love the screen, but the battery is terrible";
    let mut reading = Reading::default();
    Model::built_in().read(text, "en", &mut reading);
    let at = |word: &str| text.find(word).map(|start| start..start + word.len()).unwrap();
    let clause = |word: &str| reading.clause(at(word));
    assert_eq!(text.get(clause("screen")), Some("Love the screen"));
    assert_eq!(text.get(clause("battery")), Some("the battery is terrible"));
    assert!(reading.tone_of(clause("screen")).score > 0.2);
    assert!(reading.tone_of(clause("battery")).score < -0.2);
}

#[test]
fn what_a_text_does_not_say_has_no_tone() {
    let model = Model::built_in();
    for text in ["", "   ", "\u{200b}\u{fe0f}"] {
        assert_eq!(model.tone(text, "nl"), Tone::default(), "{text:?}");
    }
}

#[test]
fn hostile_texts_are_read() {
    let model = Model::built_in();
    let zalgo: String = "complaint".chars().flat_map(|c| [c, '\u{301}', '\u{489}', '\u{200d}']).collect();
    for text in [
        "😀".repeat(50_000),
        "a".repeat(300_000),
        ":".repeat(10_000),
        "@#@#:-=;'\u{202e}".repeat(3_000),
        "不".repeat(50_000),
        "ﷺ".repeat(1_000),
        zalgo,
        "1/5 10/10 99999999999999999999/5 //// 5/".into(),
        "#ÀÉÎnotCamelİ #1 @ # www. http".into(),
    ] {
        let tone = model.tone(&text, "xx");
        assert!((tone.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{tone:?}");
    }
}

#[test]
fn a_model_learns_its_rows_and_survives_its_file() {
    let model = small(&[set(rows(600))]);
    let unseen = [row("a horrible day", 0, "en"), row("a lovely day", 2, "en"), row("a grey day", 1, "en")];
    let scores = evaluate(&model, &[set(unseen.to_vec())]);
    assert_eq!(scores[0].scores.confusion, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
    let bytes = model.to_bytes();
    let again = Model::from_bytes(&bytes).unwrap();
    assert_eq!(again.version(), model.version());
    assert_eq!(again.tone("a horrible, lovely day", "en"), model.tone("a horrible, lovely day", "en"));
    assert_eq!(small(&[set(rows(600))]).to_bytes(), bytes, "the same rows give the same file");
}

#[test]
fn a_broken_weights_file_is_refused() {
    let mut bytes = small(&[set(rows(60))]).to_bytes();
    assert!(matches!(Model::from_bytes(b"something else"), Err(WeightsError::Foreign | WeightsError::Damaged)));
    assert!(matches!(Model::from_bytes(&bytes[..bytes.len() / 2]), Err(WeightsError::Damaged)));
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    assert!(matches!(Model::from_bytes(&bytes), Err(WeightsError::Damaged)));
}

#[test]
fn rows_that_are_scored_on_are_not_learnt_from() {
    let mut learnt = rows(600);
    learnt.extend((0..50).map(|index| row(&format!("@user{index} The ZORK is here!"), 2, "en")));
    let unseen = set(vec![row("the zork is here", 0, "en")]);
    let settings = Settings { bits: 14, min_count: 1, ..Settings::default() };
    let with = train(&[set(learnt.clone())], &[], &settings).tone("zork", "en").score;
    let without = train(&[set(learnt)], &[unseen], &settings).tone("zork", "en").score;
    assert!(with > without + 0.1, "{with} {without}");
}

#[test]
fn a_set_without_neutral_teaches_nothing_about_neutral() {
    let two: Vec<_> = rows(3000).into_iter().filter(|row| row.label != 1).collect();
    let model = small(&[set(rows(600)), set(two)]);
    assert_eq!(model.tone("the letter was grey today", "en").sentiment(), Sentiment::Neutral);
}

#[test]
fn corrections_teach_a_deployment_its_own_words() {
    let model = small(&[set(rows(600))]);
    let praise = ["sick", "insane"];
    let corrections: Vec<_> = (0..60)
        .map(|index| match index % 3 {
            0 => row(&format!("those shoes number {index} are {}", praise[index / 3 % 2]), 2, "en"),
            1 => row(&format!("the queue {index} was horrible"), 0, "en"),
            _ => row(&format!("the seat {index} was grey"), 1, "en"),
        })
        .collect();
    let adapted = adapt(&model, &corrections).unwrap();
    assert!(adapted.after > adapted.before, "{adapted:?}");
    assert_ne!(model.tone("sick shoes", "en").sentiment(), Sentiment::Positive);
    let layer = Layer::from_bytes(&adapted.layer.to_bytes()).unwrap();
    assert!(Layer::from_bytes(b"HARKLAYR").is_err());
    let model = model.with_layer(layer);
    assert_eq!(model.tone("sick shoes", "en").sentiment(), Sentiment::Positive);
    assert_eq!(model.tone("a horrible shop", "en").sentiment(), Sentiment::Negative);
}

#[test]
fn corrections_that_do_not_help_are_refused() {
    let model = small(&[set(rows(600))]);
    assert!(matches!(adapt(&model, &rows(9)), Err(NotBetter::TooFew { rows: 9 })));
    assert!(matches!(adapt(&model, &rows(60)), Err(NotBetter::NoGain { .. })), "nothing to learn");
    let noise: Vec<_> = (0..60_usize)
        .map(|index| row(&format!("blah {}", index * 7919 % 61), (index * index * 31 + index / 4) % 3, "en"))
        .collect();
    assert!(adapt(&model, &noise).is_err(), "nothing that carries over");
}
