//! What happens when. Days are counted back from today.
//!
//! Forty days ago Noordvonk sends out a bad update of the Kern 2, says sorry three days later and mends it four days
//! after that. Twenty days ago Zijwind raises the price of its subscription by half, and Trapwijs gains. All the time
//! Noordvonk's repairs are praised, more and more. Under that lies the everyday talk about all three, and noise.

use crate::brands::{BUIDEL, Class, FLEX, FLUKS, GALM, GO, KERN, NOORDVONK, Product, ZIJWIND};
use crate::clock::{DAYS, Habit};
use crate::random::Random;
use crate::sources::Source;
use crate::texts::Language;

const SCENES: u64 = 4;

/// One thing that somebody says, before it is put into words.
#[derive(Clone)]
pub(crate) struct Scene {
    /// Days before today.
    pub(crate) day: u32,
    pub(crate) product: &'static Product,
    pub(crate) language: Language,
    pub(crate) source: Source,
    /// Which sentences fit: a section of the text files.
    pub(crate) section: &'static str,
    pub(crate) habit: Habit,
    /// Of a news article: which one of its section, and on which of the sites; not every language has each.
    pub(crate) article: (usize, usize),
}

/// How somebody feels about it; decides on stars, moods and answers. It never leaves this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Asking,
    Plain,
}

impl Scene {
    /// Whether it says nothing about a brand's products.
    pub(crate) fn is_noise(&self) -> bool {
        ["advert", "offtopic", "emoji", "foreign"].contains(&self.section)
    }

    pub(crate) fn tone(&self) -> Tone {
        match self.section {
            "update_battery" | "update_crash" | "price_angry" | "price_churn" => Tone::Bad,
            "update_fixed" => Tone::Good,
            section if section.ends_with("_good") => Tone::Good,
            section if section.ends_with("_bad") => Tone::Bad,
            section if section.ends_with("_ask") || section.ends_with("_wish") => Tone::Asking,
            _ => Tone::Plain,
        }
    }
}

/// One chain of reactions: how many a day, from its first day on.
struct Wave {
    section: &'static str,
    products: &'static [&'static Product],
    first_day: u32,
    per_day: &'static [u32],
}

const WAVES: [Wave; 7] = [
    Wave {
        section: "update_battery",
        products: &[&KERN],
        first_day: 40,
        per_day: &[9, 24, 22, 16, 13, 10, 8, 5, 3, 2, 1, 1],
    },
    Wave { section: "update_crash", products: &[&KERN], first_day: 40, per_day: &[5, 14, 13, 10, 8, 6, 5, 3, 2, 1, 1] },
    Wave { section: "update_apology", products: &[&KERN], first_day: 37, per_day: &[8, 6, 3, 2] },
    Wave { section: "update_fixed", products: &[&KERN], first_day: 33, per_day: &[7, 9, 6, 5, 3, 2, 1, 1] },
    Wave {
        section: "price_angry",
        products: &[&FLUKS, &FLUKS, &BUIDEL],
        first_day: 20,
        per_day: &[14, 22, 15, 11, 8, 6, 5, 4, 3, 2, 2, 1, 1, 1, 1],
    },
    Wave {
        section: "price_churn",
        products: &[&FLUKS, &FLUKS, &BUIDEL],
        first_day: 20,
        per_day: &[3, 9, 9, 8, 7, 5, 5, 3, 3, 2, 2, 1, 1, 1, 1],
    },
    Wave { section: "price_shrug", products: &[&FLUKS], first_day: 20, per_day: &[1, 4, 3, 3, 2, 2, 1, 1] },
];

/// News: the day, the section, which article of it, and what it is about.
const NEWS: [(u32, &str, usize, &Product); 13] = [
    (83, "news_other", 0, &GO),
    (71, "news_repair", 0, &KERN),
    (62, "news_other", 1, &BUIDEL),
    (52, "news_other", 2, &GO),
    (39, "news_update", 0, &KERN),
    (38, "news_update", 1, &KERN),
    (37, "news_apology", 0, &KERN),
    (33, "news_fix", 0, &KERN),
    (27, "news_other", 3, &GALM),
    (20, "news_price", 0, &FLUKS),
    (18, "news_price", 1, &FLUKS),
    (11, "news_repair", 1, &KERN),
    (6, "news_other", 4, &GO),
];

/// Everything that is said, in an order that does not depend on the calendar.
pub(crate) fn scenes() -> Vec<Scene> {
    let mut random = Random::new(SCENES, 0);
    let mut scenes = Vec::new();
    for day in (0..DAYS).rev() {
        for _ in 0..random.between(11, 14) {
            scenes.push(everyday(day, &mut random));
        }
        repairs(day, &mut scenes, &mut random);
        noise(day, &mut scenes, &mut random);
    }
    for wave in &WAVES {
        for (later, &count) in wave.per_day.iter().enumerate() {
            for _ in 0..count {
                let product = *random.pick(wave.products);
                scenes.push(urgent(wave.first_day - later as u32, product, wave.section, &mut random));
            }
        }
    }
    news(&mut scenes);
    scenes
}

fn urgent(day: u32, product: &'static Product, section: &'static str, random: &mut Random) -> Scene {
    let language = language(product, random);
    let source = source(product, language, random);
    let source = match source {
        // Questionnaires have their own sentences.
        Source::Survey => Source::Mastodon,
        // What the update breaks on the phone, its owners blame on the app too.
        Source::Trustpilot if section.starts_with("update_") && random.chance(60) => Source::GooglePlay,
        source => source,
    };
    Scene { day, product, language, source, section, habit: Habit::Urgent, article: (0, 0) }
}

/// From one every other day up to four a day.
fn repairs(day: u32, scenes: &mut Vec<Scene>, random: &mut Random) {
    let count = (u64::from(DAYS - day) * 40 / u64::from(DAYS) + random.below(10)) / 10;
    for _ in 0..count {
        let (product, section) =
            random.weighted(&[((&KERN, "repair_good"), 85), ((&GALM, "headphones_repair_good"), 15)]);
        scenes.push(Scene { habit: Habit::Leisure, ..urgent(day, product, section, random) });
    }
}

fn everyday(day: u32, random: &mut Random) -> Scene {
    let product = random.weighted(&[(&KERN, 26), (&GALM, 15), (&FLUKS, 22), (&BUIDEL, 12), (&GO, 14), (&FLEX, 11)]);
    let language = language(product, random);
    let source = source(product, language, random);
    let section = section(product, source, random);
    Scene { day, product, language, source, section, habit: Habit::Leisure, article: (0, 0) }
}

fn language(product: &Product, random: &mut Random) -> Language {
    use Language::{Dutch, English, French, German, Japanese, Spanish};
    random.weighted(&match product.brand {
        NOORDVONK => [(Dutch, 49), (English, 18), (German, 11), (French, 8), (Spanish, 7), (Japanese, 7)],
        ZIJWIND => [(Dutch, 58), (English, 16), (German, 12), (French, 6), (Spanish, 5), (Japanese, 3)],
        _ => [(Dutch, 76), (English, 14), (German, 4), (French, 4), (Spanish, 1), (Japanese, 1)],
    })
}

fn source(product: &Product, language: Language, random: &mut Random) -> Source {
    let source = random.weighted(&[
        (Source::Bluesky, 18),
        (Source::Mastodon, 15),
        (Source::Reddit, 9),
        (Source::Discourse, 9),
        (Source::YouTube, 8),
        (Source::Trustpilot, 12),
        (Source::GooglePlay, 9),
        (Source::AppStore, 7),
        (Source::Survey, 8),
        (Source::HackerNews, 5),
    ]);
    let elsewhere = *random.pick(&[Source::Mastodon, Source::YouTube, Source::Trustpilot]);
    let international = matches!(language, Language::Dutch | Language::English | Language::German);
    let source = match source {
        // Only the bicycles have an app.
        Source::AppStore | Source::GooglePlay if product.brand == NOORDVONK => elsewhere,
        Source::HackerNews if language != Language::English => elsewhere,
        Source::Reddit | Source::Discourse if !international => elsewhere,
        source => source,
    };
    if source == Source::Trustpilot && language == Language::Japanese { Source::YouTube } else { source }
}

fn section(product: &Product, source: Source, random: &mut Random) -> &'static str {
    let weights: &[(&'static str, u64)] = match source {
        Source::AppStore | Source::GooglePlay => &[
            ("app_good", 28),
            ("app_bad", 28),
            ("app_wish", 15),
            ("short_good", 14),
            ("short_bad", 8),
            ("short_plain", 7),
        ],
        Source::Trustpilot => &[
            ("good", 26),
            ("bad", 12),
            ("delivery_bad", 11),
            ("delivery_good", 11),
            ("payment_bad", 7),
            ("staff_good", 15),
            ("service_bad", 8),
            ("short_good", 5),
            ("short_bad", 2),
            ("long", 3),
        ],
        Source::Survey => &[("survey_good", 45), ("survey_bad", 20), ("survey_plain", 35)],
        Source::Reddit | Source::Discourse => &[
            ("ask", 34),
            ("wish", 15),
            ("good", 22),
            ("bad", 14),
            ("app_bad", 5),
            ("app_wish", 4),
            ("green_doubt", 3),
            ("long", 3),
        ],
        Source::HackerNews => {
            &[("good", 25), ("bad", 15), ("ask", 20), ("wish", 15), ("green_good", 15), ("green_doubt", 10)]
        }
        Source::Bluesky | Source::Mastodon | Source::YouTube | Source::Rss => &[
            ("good", 30),
            ("bad", 11),
            ("ask", 12),
            ("wish", 6),
            ("delivery_bad", 5),
            ("delivery_good", 5),
            ("payment_bad", 3),
            ("staff_good", 7),
            ("service_bad", 4),
            ("green_good", 5),
            ("green_doubt", 3),
            ("app_good", 3),
            ("short_good", 3),
            ("short_bad", 1),
            ("short_plain", 2),
            ("mixed", 2),
        ],
    };
    about(product.class, random.weighted(weights))
}

/// The section for that class of product, or the nearest one that makes sense for it.
fn about(class: Class, section: &'static str) -> &'static str {
    let bicycle = matches!(class, Class::Bike | Class::CargoBike | Class::Subscription);
    let section = match section {
        // The apps are for bicycles.
        "app_good" | "app_wish" if !bicycle => "good",
        "app_bad" if !bicycle => "bad",
        "green_good" | "green_doubt" if !matches!(class, Class::Phone | Class::Headphones) => "good",
        other => other,
    };
    match (section, class) {
        ("good", Class::Phone) => "phone_good",
        ("good", Class::Headphones) => "headphones_good",
        ("good", Class::Bike) => "bike_good",
        ("good" | "ask" | "wish", Class::CargoBike) => "cargo_good",
        ("good" | "ask" | "wish", Class::Subscription) => "flex_good",
        ("bad", Class::Phone) => "phone_bad",
        ("bad", Class::Headphones) => "headphones_bad",
        ("bad", Class::Bike) => "bike_bad",
        ("bad", Class::CargoBike) => "cargo_bad",
        ("bad", Class::Subscription) => "flex_bad",
        ("ask", Class::Phone) => "phone_ask",
        ("ask" | "wish", Class::Headphones) => "headphones_ask",
        ("ask", Class::Bike) => "bike_ask",
        ("wish", Class::Phone) => "phone_wish",
        ("wish", Class::Bike) => "bike_wish",
        (other, _) => other,
    }
}

/// Adverts, other meanings of the names, and texts without words.
fn noise(day: u32, scenes: &mut Vec<Scene>, random: &mut Random) {
    for (section, percent) in [("advert", 50), ("offtopic", 22), ("emoji", 22), ("foreign", 10)] {
        if random.chance(percent) {
            let product = random.weighted(&[(&KERN, 1), (&FLUKS, 1)]);
            let language = language(product, random);
            let source = random.weighted(&[(Source::Bluesky, 5), (Source::Mastodon, 3), (Source::YouTube, 2)]);
            scenes.push(Scene { day, product, language, source, section, habit: Habit::Leisure, article: (0, 0) });
        }
    }
}

/// Each article appears on several sites, on more of them where the brands are at home.
fn news(scenes: &mut Vec<Scene>) {
    for (day, section, article, product) in NEWS {
        for language in Language::ALL {
            let sites = match language {
                Language::Dutch => 5,
                Language::English | Language::German => 2,
                _ => 1,
            };
            let (source, habit) = (Source::Rss, Habit::Office);
            let scene = Scene { day, product, language, source, section, habit, article: (article, 0) };
            scenes.extend((0..sites).map(|site| Scene { article: (article, site), ..scene.clone() }));
        }
    }
}
