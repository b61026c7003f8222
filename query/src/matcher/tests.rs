#![expect(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::Segmenter;

fn with<T>(queries: &[&str], document: &Document, ask: impl FnOnce(Found) -> T) -> T {
    let queries: Vec<crate::Query> = queries.iter().map(|query| query.parse().unwrap()).collect();
    let (matcher, mut words) = (Matcher::new(&queries), Words::default());
    Segmenter::default().cut_document(document, &mut words);
    ask(matcher.find(document, &words, &mut Scratch::default()))
}

fn matching(queries: &[&str], text: &str) -> Vec<usize> {
    with(queries, &Document::new(text), |found| found.queries().to_vec())
}

fn places<'t>(query: &str, text: &'t str) -> Vec<&'t str> {
    with(&[query], &Document::new(text), |found| found.places(0).into_iter().map(|at| text.get(at).unwrap()).collect())
}

#[test]
fn each_query_is_answered_by_itself() {
    let queries = ["fairphone OR \"fair phone\"", "phone NOT fairphone", "batter* OR accu", "#fairphone", "電池"];
    assert_eq!(matching(&queries, "Mijn Fair Phone: de accu's zijn leeg"), [0, 1, 2]);
    assert_eq!(matching(&queries, "my fairphone phone has two batteries"), [0, 2]);
    assert_eq!(matching(&queries, "fair trade phone"), [1]);
    assert_eq!(matching(&queries, "#FairPhone"), [0, 3]);
    assert_eq!(matching(&queries, "新电池 電池很好"), [4]);
    assert_eq!(matching(&queries, "nothing of it"), [0_usize; 0]);
}

#[test]
fn places_are_those_that_speak_for_it() {
    assert_eq!(places("accu* AND leeg", "Hé, leeg is mijn accuutje"), ["leeg", "accuutje"]);
    assert_eq!(places("a NEAR/1 b", "a b … c d a c d c b a"), ["a", "b", "b", "a"]);
    assert_eq!(places("(a b) OR c", "a c"), ["c"]);
    assert_eq!(places("c NOT a", "c b"), ["c"]);
    assert_eq!(places("電池交換", "古い電池交換した"), ["電池交換"]);
}

#[test]
fn a_scratch_serves_any_matcher() {
    let mut scratch = Scratch::default();
    let mut words = Words::default();
    let ask = |query: &str, text: &'static str, scratch: &mut Scratch, words: &mut Words| {
        let query: crate::Query = query.parse().unwrap();
        let document = Document::new(text);
        Segmenter::default().cut_document(&document, words);
        !Matcher::new([&query]).find(&document, words, scratch).is_empty()
    };
    assert!(ask("a OR b OR c", "b", &mut scratch, &mut words));
    assert!(!ask("a", "b", &mut scratch, &mut words));
    assert!(ask("x NEAR/0 y", "y x", &mut scratch, &mut words));
    assert!(!ask("a NEAR/0 b", "a", &mut scratch, &mut words));
}

#[test]
fn title_and_text_are_apart() {
    let document = Document { title: Some("A fair"), ..Document::new("phone of mine") };
    let queries =
        ["\"fair phone\"", "fair NEAR/5 phone", "fair phone", "title:fair", "title:phone", "title:\"a fair\""];
    assert_eq!(with(&queries, &document, |found| found.queries().to_vec()), [2, 3, 5]);
    assert_eq!(with(&["phone"], &document, |found| found.place(0)), Some(7..12));
}

#[test]
fn what_no_word_calls_for_is_answered_too() {
    let queries =
        ["source:trustpilot rating:<=0.4", "rating:<=0.4", "lang:zh", "kind:review NOT bad", "followers:>=10"];
    let mut document =
        Document { source: Some("Trustpilot"), rating: Some(0.4), lang: Some("zh-Hant"), ..Document::new("fine") };
    assert_eq!(with(&queries, &document, |found| found.queries().to_vec()), [0, 1, 2]);
    document.kind = Some(hark_mention::Kind::Review);
    document.followers = Some(10);
    document.source = None;
    assert_eq!(with(&queries, &document, |found| found.queries().to_vec()), [1, 2, 3, 4]);
}

#[test]
fn addresses_match_as_people_mean_them() {
    let is = |query: &str, site: Option<&str>, url: &str| {
        with(&[query], &Document { site, url: Some(url), ..Document::new("") }, |found| !found.is_empty())
    };
    assert!(is("site:nu.nl", Some("nu.nl"), ""));
    assert!(is("site:www.NU.nl", Some("www.nu.nl"), ""));
    assert!(is("site:nu.nl", None, "https://user@tech.nu.nl:80/a?b"));
    assert!(!is("site:nu.nl", Some("menu.nl"), ""));
    assert!(!is("site:nu.nl", None, "https://example.org/nu.nl"));
    assert!(is("url:https://www.nu.nl/tech", None, "http://nu.nl/Tech/1"));
    assert!(!is("url:nu.nl/tech", None, "https://nu.nl/sport"));
}
