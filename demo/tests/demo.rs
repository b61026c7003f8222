//! What somebody who loads the demo sees.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hark_demo::{CONFIG, events};
use hark_mention::{Event, Mention, Timestamp, config, deletion_version, row_version};
use hark_query::{Document, Matcher, Query, Scratch, Segmenter, Words};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T14:30:00Z")
}

/// What is left when edits and deletions are applied, whichever order they come in.
fn live(events: &[Event]) -> HashMap<String, Mention> {
    let mut newest: HashMap<String, (u64, Option<Mention>)> = HashMap::new();
    let mut forgotten = Vec::new();
    for event in events {
        let (id, version, state) = match event {
            Event::Upsert(mention) => (&mention.id, row_version(mention.revision), Some((**mention).clone())),
            Event::Delete(delete) => (&delete.id, deletion_version(delete.at.as_millis() as u64), None),
            Event::ForgetAuthor(forget) => {
                forgotten.push(forget);
                continue;
            }
        };
        let entry = newest.entry(id.clone()).or_insert((version, state.clone()));
        if version > entry.0 {
            *entry = (version, state);
        }
    }
    let mentions = newest.into_iter().filter_map(|(id, (_, mention))| Some((id, mention?)));
    let forgets = |mention: &Mention| {
        forgotten
            .iter()
            .any(|forget| mention.author.id.as_deref() == Some(&forget.author_id) && mention.published_at <= forget.at)
    };
    mentions.filter(|(_, mention)| !forgets(mention)).collect()
}

fn upserts(events: &[Event]) -> impl Iterator<Item = &Mention> {
    events.iter().filter_map(|event| match event {
        Event::Upsert(mention) => Some(&**mention),
        _ => None,
    })
}

fn days_ago(mention: &Mention) -> i64 {
    let midnight = now().as_millis() / DAY * DAY;
    (midnight - mention.published_at.as_millis()).div_euclid(DAY) + 1
}

#[test]
fn there_is_enough_of_everything() {
    let live = live(&events(now()));
    assert!(live.len() >= 1500, "{}", live.len());
    let hints: BTreeSet<_> = live.values().filter_map(|mention| mention.lang_hint.as_deref()).collect();
    assert_eq!(hints, BTreeSet::from(["de", "en", "es", "fr", "ja", "nl"]));
    let sources: BTreeSet<_> = live.values().map(|mention| &*mention.source).collect();
    assert!(sources.len() >= 8, "{sources:?}");
    assert!(live.values().filter(|mention| mention.parent_id.is_some()).count() > 200);
    assert!(live.values().filter(|mention| mention.rating.is_some()).count() > 300);
}

#[test]
fn some_mentions_are_edited_deleted_repeated_and_forgotten() {
    let events = events(now());
    let live = live(&events);
    let mut states: HashMap<&str, Vec<&Mention>> = HashMap::new();
    for mention in upserts(&events) {
        states.entry(&mention.id).or_default().push(mention);
    }
    assert!(states.values().any(|states| states.iter().any(|state| state.revision > 0)), "no edit");
    assert!(states.values().any(|states| states.len() > 1 && states[0] == states[1]), "no repeat");
    assert!(events.iter().any(|event| matches!(event, Event::ForgetAuthor(_))), "no author left");
    assert!(states.len() - live.len() > 15, "{} of {} are left", live.len(), states.len());
    let mut deleted = BTreeSet::new();
    let early = events.iter().any(|event| match event {
        Event::Delete(delete) => !deleted.insert(&delete.id),
        Event::Upsert(mention) => mention.revision == 0 && deleted.contains(&mention.id),
        Event::ForgetAuthor(_) => false,
    });
    assert!(early, "no deletion comes before its mention");
}

#[test]
fn nothing_is_in_the_future_or_older_than_ninety_days() {
    for now in ["2026-11-22T00:00:00Z", "2026-11-22T00:00:01Z", "2026-02-28T12:00:00Z", "2028-02-29T23:59:59.999Z"] {
        let now = at(now);
        for mention in upserts(&events(now)) {
            assert!(mention.published_at <= mention.collected_at && mention.collected_at <= now, "{}", mention.id);
            assert!(now.as_millis() - mention.published_at.as_millis() <= 90 * DAY, "{}", mention.id);
            assert!(mention.edited_at.is_none_or(|edited| mention.published_at <= edited && edited <= now));
        }
    }
}

#[test]
fn answers_come_after_what_they_answer() {
    let live = live(&events(now()));
    for mention in live.values() {
        if let Some(parent) = mention.parent_id.as_ref().and_then(|id| live.get(id)) {
            assert!(mention.published_at >= parent.published_at, "{}", mention.id);
            assert!(mention.thread_id.is_some());
        }
    }
}

#[test]
fn ids_and_texts_are_the_same_at_any_hour_and_on_any_day() {
    fn texts(now: &str) -> BTreeMap<String, (u64, String)> {
        let events = events(at(now));
        upserts(&events).map(|m| (m.id.clone(), (u64::from(m.revision > 0), m.text.clone()))).collect()
    }
    assert_eq!(events(now()), events(now()));
    // The order of reading moves with the hour, so compare what there is rather than what comes last.
    let ids = |now| texts(now).into_keys().collect::<BTreeSet<_>>();
    assert_eq!(ids("2026-11-22T00:00:00Z"), ids("2026-11-22T23:00:00Z"));
    assert_eq!(ids("2026-11-22T00:00:00Z"), ids("2027-03-01T12:00:00Z"));
    let (first, second) = (live(&events(at("2026-11-22T08:00:00Z"))), live(&events(at("2027-03-01T12:00:00Z"))));
    assert_eq!(first.len(), second.len());
    assert!(first.iter().all(|(id, mention)| second[id].text == mention.text));
}

#[test]
fn loading_again_on_a_later_day_doubles_nothing() {
    let once = events(at("2026-11-22T08:00:00Z"));
    let mut twice = once.clone();
    twice.extend(events(at("2026-11-29T20:00:00Z")));
    let ids = |events: &[Event]| live(events).into_keys().collect::<BTreeSet<_>>();
    assert_eq!(ids(&once), ids(&twice));
}

#[test]
fn every_event_survives_the_wire() {
    for event in events(now()) {
        assert_eq!(Event::decode(&event.encode()).unwrap(), event);
    }
}

#[test]
fn texts_are_finished_and_rarely_equal() {
    let live = live(&events(now()));
    let mut texts: HashMap<&str, u32> = HashMap::new();
    for mention in live.values() {
        let words = format!("{} {}", mention.title.as_deref().unwrap_or_default(), mention.text);
        assert!(!words.contains(['{', '}', '<', '>', '|', '\\']), "{words}");
        assert!(!mention.text.trim().is_empty(), "{}", mention.id);
        *texts.entry(&mention.text).or_default() += 1;
    }
    let equal: u32 =
        texts.iter().filter(|(text, count)| text.chars().count() > 60 && **count > 1).map(|(_, n)| n).sum();
    assert!(equal * 30 < live.len() as u32, "{equal} of {} texts are equal to another", live.len());
}

#[test]
fn no_address_leads_to_a_real_site() {
    for mention in upserts(&events(now())) {
        let site = mention.url.as_deref().map(|url| url.split('/').nth(2).unwrap());
        assert!(site.is_none_or(|site| site.ends_with(".example")), "{:?}", mention.url);
        assert_eq!(mention.site.as_deref(), site);
    }
}

#[test]
fn the_story_shows_in_the_counts() {
    // Words that come up when a battery or an app fails, in the six languages.
    const BAD: [&str; 24] = [
        "leeg",
        "crash",
        "heet",
        "warm",
        "herstart",
        "drain",
        "dead",
        "reboot",
        "stürzt",
        "leer",
        "plante",
        "chauffe",
        "vide",
        "calienta",
        "reinicia",
        "cierra",
        "落ち",
        "熱い",
        "減っ",
        "onbruikbaar",
        "unusable",
        "unbrauchbar",
        "fond",
        "batería dura",
    ];
    let live = live(&events(now()));
    let about_kern: Vec<_> =
        live.values().filter(|m| m.text.contains("Kern 2") || m.text.contains("Noordvonk")).collect();
    let share = |days: std::ops::Range<i64>| {
        let week: Vec<_> = about_kern.iter().filter(|m| days.contains(&days_ago(m))).collect();
        let bad = week.iter().filter(|m| BAD.iter().any(|word| m.text.to_lowercase().contains(word))).count();
        (bad as f64 / week.len() as f64, week.len())
    };
    let ((update, many), (before, few)) = (share(34..41), share(42..80));
    assert!(update >= 3.0 * before, "{update} against {before}");
    assert!(many as f64 / 7.0 > 2.0 * few as f64 / 38.0, "{many} in a week against {few} in 38 days");

    let price = |days: std::ops::Range<i64>| {
        live.values()
            .filter(|m| m.text.contains("14,95") || m.text.contains("Zijwind Plus"))
            .filter(|m| days.contains(&days_ago(m)))
            .count()
    };
    assert!(price(14..21) > 30 && price(24..60) < 3, "{} {}", price(14..21), price(24..60));

    let repairs = |days: std::ops::Range<i64>| {
        let repaired = |m: &&Mention| ["repar", "repair"].iter().any(|word| m.text.to_lowercase().contains(word));
        live.values().filter(repaired).filter(|m| days.contains(&days_ago(m))).count()
    };
    assert!(repairs(0..30) > 2 * repairs(60..90), "{} {}", repairs(0..30), repairs(60..90));
}

#[test]
fn every_brand_and_product_is_found_by_its_query_and_the_noise_is_not() {
    let fragment: toml::Table = CONFIG.parse().unwrap();
    let entries = |key: &str| fragment[key].as_array().unwrap().clone();
    assert_eq!((entries("brand").len(), entries("product").len()), (3, 6));
    for brand in entries("brand") {
        brand.try_into::<config::Brand>().unwrap();
    }
    for product in entries("product") {
        product.try_into::<config::Product>().unwrap();
    }
    let entries = [entries("brand"), entries("product")].concat();
    let text = |entry: &toml::Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let queries: Vec<Query> = entries.iter().map(|entry| text(entry, "query").parse().unwrap()).collect();
    let (segmenter, matcher) = (Segmenter::default(), Matcher::new(&queries));
    let (mut words, mut scratch) = (Words::default(), Scratch::default());
    let mut matches = |document: Document| {
        segmenter.cut_document(&document, &mut words);
        matcher.find(&document, &words, &mut scratch).queries().to_vec()
    };

    let live = live(&events(now()));
    let mut found = vec![0; queries.len()];
    let (mut unnamed, mut missed) = (0, Vec::new());
    for mention in live.values() {
        let text_here = mention.full_text();
        let found_here = matches(Document::of(mention, mention.lang_hint.as_deref()));
        found_here.iter().for_each(|query| found[*query] += 1);
        unnamed += usize::from(found_here.is_empty() && mention.parent_id.is_none());
        for (number, entry) in entries.iter().enumerate() {
            let named = text_here.contains(&text(entry, "name"));
            if named && !found_here.contains(&number) {
                missed.push(text_here.clone().into_owned());
            }
        }
    }
    assert!(found.iter().all(|&count| count > 80), "{found:?}");
    assert!(unnamed * 15 < live.len(), "{unnamed} mentions that answer nothing name no brand");
    // Only texts about the weather that happen to write the word as a name does.
    assert!(missed.iter().all(|words| words.contains("crosswind") || words.contains("waaiers")), "{missed:?}");

    let weather = "Code geel: op de Afsluitdijk kans op harde zijwind, aanhangers en caravans opgepast.";
    assert_eq!(matches(Document::new(weather)), [0_usize; 0]);
}
