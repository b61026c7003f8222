//! Cutting agrees with the standard's own implementation, and takes any text.

use hark_query::{Document, Matcher, Query, Scratch, Segmenter, Words};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

/// Words by the standard. A mark that combines with a space is a word to it, but the space is not one here.
fn standard(text: &str) -> Vec<(usize, &str)> {
    text.unicode_word_indices().map(|(at, word)| trimmed(at, word)).collect()
}

fn trimmed(at: usize, word: &str) -> (usize, &str) {
    (at + word.len() - word.trim_start().len(), word.trim_start())
}

fn cut<'t>(text: &'t str, words: &mut Words) -> Vec<(usize, &'t str)> {
    Segmenter::default().cut(text, words);
    words.iter().map(|word| trimmed(word.at.start, text.get(word.at).unwrap())).collect()
}

/// Jieba cuts Chinese, and a zero-width space does not part a word.
fn is_cut_otherwise(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{3007}' | '々' | '〆' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[test]
fn every_character_is_classed_as_the_standard_does() {
    let mut words = Words::default();
    for c in ('\0'..=char::MAX).filter(|c| !is_cut_otherwise(*c)) {
        for text in
            [format!("a{c}b 1{c}2"), format!("{c}a{c}"), format!("1{c}a{c}_{c}é. {c}b"), format!("a.{c}b'{c}1,{c}2")]
        {
            assert_eq!(cut(&text, &mut words), standard(&text), "{c:?} in {text:?}");
        }
    }
}

/// Text made of what the rules of words are about.
fn awkward() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "é",
        "ß",
        "я",
        "ω",
        "1",
        "2",
        "_",
        "'",
        "’",
        ".",
        ",",
        ":",
        ";",
        "-",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\u{301}",
        "\u{200d}",
        "\u{ad}",
        "\u{feff}",
        "ア",
        "ー",
        "の",
        "한",
        "글",
        "ไ",
        "ท",
        "ย",
        "ा",
        "क",
        "א",
        "\"",
        "ش",
        "🎉",
        "👩\u{200d}👩",
        "🇳🇱",
        "#",
        "@",
        "…",
        "–",
        "½",
        "\u{345}",
        "·",
        "\u{2028}",
        "\u{a0}",
        "\u{1680}",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_are_those_of_the_standard(text in awkward()) {
        prop_assert_eq!(cut(&text, &mut Words::default()), standard(&text));
    }

    #[test]
    fn any_text_can_be_cut(title in ".*", text in "(?s).*") {
        let mut words = Words::default();
        let document = Document { title: Some(&title), ..Document::new(&text) };
        Segmenter::default().cut_document(&document, &mut words);
        let full = format!("{title}\n{text}");
        let mut end = 0;
        for (index, word) in words.iter().enumerate() {
            prop_assert!(word.at.start >= end && full.get(word.at.clone()).is_some());
            prop_assert_eq!(index < words.in_title(), word.at.end <= title.len());
            end = word.at.end;
        }
    }
}

#[test]
fn each_word_has_its_forms_and_mark() {
    let text = "Hé @Jan, de STRAẞE l’Été #ＦＰ５ 🎉 fair\u{200b}pho\u{200d}ne";
    let mut words = Words::default();
    Segmenter::default().cut(text, &mut words);
    let found: Vec<_> = words.iter().map(|word| (word.mark, word.lower, word.bare)).collect();
    let expected = [
        (None, "hé", "he"),
        (Some('@'), "jan", "jan"),
        (None, "de", "de"),
        (None, "straße", "strasse"),
        (None, "l'été", "l'ete"),
        (Some('#'), "ｆｐ５", "fp5"),
        (None, "fairphone", "fairphone"),
    ];
    assert_eq!(found, expected);
    assert_eq!(text.get(words.get(6).unwrap().at), Some("fair\u{200b}pho\u{200d}ne"));
}

#[test]
fn chinese_words_come_from_a_dictionary() {
    let mut words = Words::default();
    Segmenter::default().cut("我买的手机电池坏了，客服不理我", &mut words);
    let found: Vec<_> = words.iter().map(|word| word.bare).collect();
    assert!(found.contains(&"手机") && found.contains(&"电池") && found.contains(&"客服"), "{found:?}");
}

/// Whether a dictionary is there depends on the machine; without one these words are found letter by letter.
#[test]
fn japanese_words_come_from_a_dictionary_if_there_is_one() {
    let home = std::env::var_os("HOME").map(std::path::PathBuf::from).unwrap_or_default();
    let segmenter = Segmenter::with_japanese(&home.join(".local/share/hark/dictionary")).unwrap_or_default();
    let mut words = Words::default();
    let text = "京都ではなく東京都の電池を交換したい。";
    let document = Document::new(text);
    segmenter.cut_document(&document, &mut words);
    let queries = ["電池", "交換", "電池 NEAR/1 交換", "電池交換"].map(|query| query.parse::<Query>().unwrap());
    let (matcher, mut scratch) = (Matcher::new(&queries), Scratch::default());
    assert_eq!(matcher.find(&document, &words, &mut scratch).queries(), [0, 1, 2]);
    let kyoto = ["京都".parse::<Query>().unwrap()];
    let places = Matcher::new(&kyoto).find(&document, &words, &mut scratch).places(0).len();
    assert_eq!(places, if segmenter.knows_japanese() { 1 } else { 2 }, "東京都 is not 京都 to a dictionary");
}

#[test]
fn hostile_texts_are_cut_and_searched() {
    let queries =
        ["brand", "bra*", "?rand", "brand NEAR/3 brand", "{Brand}", "電池", "電池交換", "a NEAR/9 b NEAR/9 c"];
    let queries = queries.map(|query| query.parse::<Query>().unwrap());
    let (matcher, segmenter) = (Matcher::new(&queries), Segmenter::default());
    let (mut words, mut scratch) = (Words::default(), Scratch::default());
    let zalgo = format!("b{}rand", "\u{301}".repeat(200_000));
    let texts = [
        ("🎉👩\u{200d}👩\u{200d}👧".repeat(40_000), 0),
        ("brand".repeat(200_000), 1),
        (zalgo, 3),
        (format!("B{}rand", "\u{200d}".repeat(300_000)), 4),
        ("a\u{200b}".repeat(250_000), 0),
        ("é.".repeat(300_000), 0),
        ("#@".repeat(400_000), 0),
        ("電".repeat(300_000), 0),
        ("電池".repeat(100_000), 1),
        ("ア".repeat(300_000), 0),
        ("한".repeat(300_000), 0),
        ("ไทย".repeat(100_000), 0),
        ("\u{fdfa}".repeat(200_000), 0),
        ("a b ".repeat(200_000), 0),
        ("a\u{301}\u{302}'".repeat(100_000), 0),
        ("brand я電ไa\u{64b}👍 ".repeat(30_000), 3),
    ];
    for (text, matching) in texts {
        let document = Document { title: Some(&text), ..Document::new(&text) };
        segmenter.cut_document(&document, &mut words);
        let found = matcher.find(&document, &words, &mut scratch).queries().len();
        let start: String = text.chars().take(8).collect();
        assert_eq!(found, matching, "{start:?}");
    }
}
