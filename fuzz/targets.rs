//! What is done with foreign bytes: the body of each fuzz target, also run by a test of `hark-enrich` on random bytes.

use std::sync::LazyLock;

use hark_enrich::{Labeller, Memory, Models, Rules};
use hark_mention::{Mention, Timestamp};
use hark_nlp::{language::Identifier, sentiment};
use hark_query::{Document, Matcher, Query, Scratch, Segmenter, Words, bare};

static LABELLER: LazyLock<Labeller> = LazyLock::new(|| {
    let rules = Rules::new(&[], &[], &[], Segmenter::default(), &mut Vec::new());
    Labeller::new(rules, Models::built_in())
});

/// Cutting and folding: words stand in the text, one after the other.
pub(crate) fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    bare(&text);
    let mut words = Words::default();
    Segmenter::default().cut(&text, &mut words);
    let mut end = 0;
    for word in words.iter() {
        assert!(text.get(word.at.clone()).is_some_and(|word| !word.is_empty()), "{word:?} in {text:?}");
        assert!(word.at.start >= end, "{word:?} in {text:?}");
        end = word.at.end;
    }
}

/// The query parser: what it accepts, it prints so that it reads the same again, and it can be asked.
pub(crate) fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(query) = text.parse::<Query>() else { return };
    let printed = query.to_string();
    assert_eq!(printed.parse::<Query>().as_ref(), Ok(&query), "{printed}");
    let (mut words, document) = (Words::default(), Document::new(&text));
    Segmenter::default().cut_document(&document, &mut words);
    Matcher::new(&[query]).find(&document, &words, &mut Scratch::default());
}

/// All models: labels keep their ranges whatever the text is.
pub(crate) fn labels(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let labels =
        LABELLER.label(&Mention::new("fuzz:1", "fuzz", &*text, Timestamp::EPOCH), None, &mut Memory::default());
    assert!((0.0..=1.0).contains(&labels.lang_confidence), "{labels:?}");
    assert!((0.0..=1.0).contains(&labels.sentiment_confidence), "{labels:?}");
    assert!((-1.0..=1.0).contains(&labels.sentiment_score), "{labels:?}");
    assert!((0.0..=1.0).contains(&labels.spam_score), "{labels:?}");
    for topic in &labels.topics {
        let evidence = topic.evidence.0 as usize..topic.evidence.1 as usize;
        assert!(text.get(evidence).is_some(), "{topic:?}");
    }
}

/// Files of models: read or refused.
pub(crate) fn model_files(bytes: &[u8]) {
    for magic in ["HARKLANG\u{1}", "HARKSENT\u{1}\0\0\0", "HARKLAYR\u{1}\0\0\0", ""] {
        let file = [magic.as_bytes(), bytes].concat();
        if let Ok(identifier) = Identifier::load(&file) {
            identifier.identify("een korte tekst", Default::default());
        }
        let _ = sentiment::Model::from_bytes(&file);
        let _ = sentiment::Layer::from_bytes(&file);
    }
}
