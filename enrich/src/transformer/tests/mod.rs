#![expect(clippy::unwrap_used, reason = "tests")]

mod tiny;

use std::{path::Path, time::Duration};

use hark_mention::{Enriched, Fallback, Intent, Labels, Mention, Sentiment, Timestamp};
use hark_nlp::sentiment::Tone;
use hark_query::Segmenter;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use self::tiny::Tiny;
use super::{Transformer, TransformerConfig};
use crate::{EnrichConfig, Labeller, Memory, ModelError, Models, Rules, Workers};

const TEXTS: [&str; 6] =
    ["The phone is good", "the phone is bad", "the phone", "", "a good good good phone is a good phone", "is it bad"];

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of a transformer in a folder, and a configuration that names them.
fn written(model: Tiny, folder: &Path) -> TransformerConfig {
    let (model, tokenizer) = (model.model(), tiny::tokenizer());
    let paths = ["model.onnx", "tokenizer.json"].map(|name| folder.join(name));
    std::fs::write(&paths[0], &model).unwrap();
    std::fs::write(&paths[1], &tokenizer).unwrap();
    let [model_path, tokenizer_path] = paths;
    TransformerConfig {
        model: model_path,
        model_sha256: sha256(&model),
        tokenizer: tokenizer_path,
        tokenizer_sha256: sha256(&tokenizer),
        threads: 1,
        ..TransformerConfig::default()
    }
}

/// A transformer in a folder of its own, which is gone when the test ends.
fn made(model: Tiny, batch_size: usize) -> (Transformer, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = TransformerConfig { batch_size, ..written(model, folder.path()) };
    (Transformer::load(&config).unwrap(), folder)
}

/// Why a transformer is refused, when something about it is changed.
fn refusal(model: Tiny, change: impl FnOnce(&mut TransformerConfig)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut config = written(model, folder.path());
    change(&mut config);
    let error: ModelError = Transformer::load(&config).err().unwrap();
    error.to_string()
}

fn labeller(config: TransformerConfig) -> Labeller {
    let config = EnrichConfig { transformer: Some(config), ..EnrichConfig::default() };
    let rules = Rules::new(&[], &[], &[], Segmenter::default(), &mut Vec::new());
    Labeller::new(rules, Models::load(&config).unwrap())
}

fn mention(text: &str) -> Mention {
    Mention::new("a:1", "a", text, Timestamp::EPOCH)
}

#[test]
fn it_tells_the_tone_of_a_text() {
    let (transformer, _folder) = made(Tiny::default(), 4);
    let tones = transformer.tones(&TEXTS, None);
    let told: Vec<Sentiment> = tones.iter().map(|tone| tone.unwrap().sentiment()).collect();
    use Sentiment::{Negative, Neutral, Positive};
    assert_eq!(told, [Positive, Negative, Neutral, Neutral, Positive, Negative]);
    let Tone { probabilities: [negative, neutral, positive], score, confidence } = tones[0].unwrap();
    assert!((negative + neutral + positive - 1.0).abs() < 1e-5 && score > 0.5 && confidence == positive, "{tones:?}");
}

#[test]
fn a_text_gets_the_same_label_in_any_company() {
    for dynamic in [false, true] {
        let model = Tiny { dynamic, ..Tiny::default() };
        let texts: Vec<&str> = TEXTS.iter().copied().cycle().take(100).collect();
        let alone = made(model, 1).0.tones(&TEXTS, None);
        for batch_size in [1, 2, 3, 7, 64] {
            let together = made(model, batch_size).0.tones(&texts, None);
            for (tone, alone) in together.iter().zip(alone.iter().cycle()) {
                let (tone, alone) = (tone.unwrap(), alone.unwrap());
                assert_eq!(tone.sentiment(), alone.sentiment());
                assert!((tone.score - alone.score).abs() < 1e-5, "{tone:?} in runs of {batch_size}, alone {alone:?}");
            }
        }
    }
}

#[test]
fn what_it_does_not_reach_in_time_falls_back_but_the_first() {
    let (transformer, _folder) = made(Tiny::default(), 16);
    let tones = transformer.tones(&["the phone is good"; 100], Some(Duration::ZERO));
    assert_eq!(tones.iter().filter(|tone| tone.is_ok()).count(), 1);
    assert_eq!(tones.iter().filter(|tone| **tone == Err(Fallback::Late)).count(), 99);
    let patient = transformer.tones(&["the phone is good"; 100], Some(Duration::from_secs(3600)));
    assert!(patient.iter().all(Result::is_ok));
}

#[test]
fn a_run_is_begun_only_if_it_is_likely_to_end_in_time() {
    let (transformer, _folder) = made(Tiny::default(), 16);
    // An hour a token: there is time for the first text, which shows that it is faster, but not fast enough for another.
    (0..64).for_each(|_| transformer.learn_pace(1, Duration::from_secs(3600)));
    let tones = transformer.tones(&["the phone is good"; 3], Some(Duration::from_secs(60)));
    assert_eq!(tones.iter().filter(|tone| tone.is_ok()).count(), 1);
    // Each batch has a first text, so a slow hour is forgotten.
    let recovered = (0..500)
        .any(|_| transformer.tones(&["the phone is good"; 3], Some(Duration::from_secs(60))).iter().all(Result::is_ok));
    assert!(recovered);
}

#[test]
fn long_texts_are_cut_off_and_odd_ones_are_read() {
    let (transformer, _folder) = made(Tiny::default(), 4);
    let long = format!("{} bad", "good ".repeat(300_000));
    let odd = ["\u{200b}\u{200d}", "💩", "e\u{301}\u{301}\u{301}\u{301}", "\0", "[PAD] good", " "];
    assert_eq!(transformer.tones(&[long], None)[0].unwrap().sentiment(), Sentiment::Positive);
    assert!(transformer.tones(&odd, None).iter().all(Result::is_ok));
}

#[test]
fn a_mention_says_which_model_labelled_it() {
    let folder = tempfile::tempdir().unwrap();
    let labeller = labeller(written(Tiny::default(), folder.path()));
    let (mentions, mut memory) = (["phone bad", "the phone is good"].map(mention), Memory::default());
    let mut labels: Vec<Labels> = mentions.iter().map(|mention| labeller.label(mention, None, &mut memory)).collect();
    let built_in = labels.clone();
    let fallbacks = labeller.refine(mentions.iter().zip(&mut labels), Some(Duration::ZERO));
    assert_eq!(fallbacks, [Fallback::Late]);
    let (told, kept) = (&labels[0], &labels[1]);
    assert_eq!((told.sentiment, told.model_version.as_str()), (Sentiment::Negative, labeller.versions().0));
    assert!(told.model_version.starts_with(&format!("{}.t", Models::built_in().version())), "{}", told.model_version);
    assert_eq!(kept, &built_in[1]);
    assert_eq!(kept.model_version, Models::built_in().version());
    assert_eq!(told.topics, built_in[0].topics);
}

#[test]
fn the_intent_follows_the_tone() {
    let folder = tempfile::tempdir().unwrap();
    let labeller = labeller(written(Tiny::default(), folder.path()));
    let mut labels = labeller.label(&mention("phone good bad bad bad"), None, &mut Memory::default());
    assert_eq!(labeller.refine([(&mention("phone good good"), &mut labels)].into_iter(), None), []);
    assert_eq!((labels.sentiment, labels.intent), (Sentiment::Positive, Intent::Praise));
}

#[test]
fn labels_of_history_wait_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let labeller = labeller(written(Tiny::default(), folder.path()));
    let stored = |labels: Labels| {
        TEXTS
            .iter()
            .cycle()
            .take(300)
            .map(move |text| Enriched { mention: mention(text), labels: labels.clone() })
            .collect::<Vec<_>>()
    };
    let labels = Workers::new(0).relabel(&labeller, &stored(Labels::default()), false);
    assert!(labels.iter().all(|labels| labels.model_version == labeller.versions().0));

    // What it told once, it need not tell again.
    let known = Labels { model_version: labeller.versions().0.to_owned(), sentiment_score: 0.125, ..Labels::default() };
    let scores = |all| -> Vec<f32> {
        let labels = Workers::new(0).relabel(&labeller, &stored(known.clone()), all);
        labels.iter().map(|labels| labels.sentiment_score).collect()
    };
    assert!(scores(false).iter().all(|score| *score == 0.125));
    assert!(scores(true).iter().all(|score| *score != 0.125));
}

#[test]
fn another_file_than_the_checksum_says_is_refused() {
    let model = refusal(Tiny::default(), |config| config.model_sha256 = "0".repeat(64));
    assert!(model.starts_with("enrich.transformer.model: `"), "{model}");
    let found = sha256(&Tiny::default().model());
    assert!(model.contains("is another file than `model_sha256` says") && model.contains(&found), "{model}");
    let tokenizer = refusal(Tiny::default(), |config| config.tokenizer_sha256 = "f".repeat(64));
    assert!(tokenizer.contains("is another file than `tokenizer_sha256` says"), "{tokenizer}");
    let missing = refusal(Tiny::default(), |config| config.model = "no such file".into());
    assert!(missing.contains("`no such file`: cannot be read"), "{missing}");
}

#[test]
fn models_that_do_not_fit_are_refused_with_the_reason() {
    let two = refusal(Tiny { labels: 2, ..Tiny::default() }, |_| ());
    assert!(two.starts_with("enrich.transformer.labels: `"), "{two}");
    assert!(two.contains("gives 2 numbers for a text, but 3 labels are named"), "{two}");
    let input = refusal(Tiny { ids: "pixels", ..Tiny::default() }, |_| ());
    assert!(input.contains("asks for `pixels`"), "{input}");
    let no_number = refusal(Tiny { plain: f32::NAN, ..Tiny::default() }, |_| ());
    assert!(no_number.contains("gives no numbers"), "{no_number}");
    let swapped = refusal(Tiny::default(), |config| {
        std::mem::swap(&mut config.model, &mut config.tokenizer);
        std::mem::swap(&mut config.model_sha256, &mut config.tokenizer_sha256);
    });
    assert!(swapped.starts_with("enrich.transformer.tokenizer: `"), "{swapped}");
    let damaged = refusal(Tiny::default(), |config| {
        let bytes = std::fs::read(&config.model).unwrap();
        let half = bytes.get(..bytes.len() / 2).unwrap();
        std::fs::write(&config.model, half).unwrap();
        config.model_sha256 = sha256(half);
    });
    assert!(damaged.starts_with("enrich.transformer.model: `"), "{damaged}");
}

#[test]
fn two_labels_and_five_will_do() {
    let folder = tempfile::tempdir().unwrap();
    use Sentiment::{Negative, Neutral, Positive};
    for labels in [vec![Negative, Positive], vec![Negative, Negative, Neutral, Positive, Positive]] {
        let config = written(Tiny { labels: labels.len(), ..Tiny::default() }, folder.path());
        let transformer = Transformer::load(&TransformerConfig { labels, ..config }).unwrap();
        let tone = transformer.tones(&["bad"], None)[0].unwrap();
        assert_eq!(tone.sentiment(), Negative);
        assert!((tone.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn the_version_changes_with_everything_that_changes_labels_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let config = written(Tiny::default(), folder.path());
    let version = |config: TransformerConfig| labeller(config).versions().0.to_owned();
    let first = version(config.clone());
    let deadline = hark_mention::config::Span::from_secs(9);
    assert_eq!(version(TransformerConfig { batch_size: 3, deadline, ..config.clone() }), first);
    assert_ne!(version(TransformerConfig { max_tokens: 64, ..config.clone() }), first);
    assert_ne!(version(TransformerConfig { labels: Sentiment::ALL.into_iter().rev().collect(), ..config }), first);
    assert_ne!(version(written(Tiny { plain: 0.5, ..Tiny::default() }, folder.path())), first);
}
