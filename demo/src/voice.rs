//! Puts a scene into words, the way people write at that source.

use std::collections::HashSet;

use crate::brands::Product;
use crate::random::Random;
use crate::sources::Source;
use crate::story::{Scene, Tone};
use crate::texts::{Book, Language, Part, Slots};

const ARTICLES: u64 = 5;

/// What somebody wrote.
pub(crate) struct Words {
    pub(crate) title: Option<String>,
    pub(crate) text: String,
}

/// All books, and every text that was written so far.
pub(crate) struct Voice {
    books: Vec<Book>,
    other: Book,
    written: HashSet<String>,
}

impl Voice {
    pub(crate) fn new() -> Self {
        Self { books: Language::ALL.map(Book::of).into(), other: Book::other(), written: HashSet::new() }
    }

    /// The words of a scene; none when its language has none for it.
    pub(crate) fn say(&mut self, scene: &Scene, random: &mut Random) -> Option<Words> {
        if scene.source == Source::Rss {
            return self.article(scene);
        }
        // Very short texts are equal in life too; anything longer is said anew.
        for _ in 0..8 {
            let words = self.once(scene, random)?;
            if self.written.insert(words.text.clone()) {
                return Some(words);
            }
        }
        self.once(scene, random)
    }

    fn book(&mut self, scene: &Scene) -> &mut Book {
        if self.other.has(scene.section) { &mut self.other } else { &mut self.books[scene.language as usize] }
    }

    fn once(&mut self, scene: &Scene, random: &mut Random) -> Option<Words> {
        let full_name = scene.source == Source::Survey || random.chance(55);
        let slots = Slots::draw(scene.product, scene.language, full_name, random);
        let book = self.book(scene);
        let mut line = |section: &str, part, random: &mut Random| {
            book.take(section, part, random).map(|pattern| slots.fill(pattern, random))
        };
        let body = line(scene.section, Part::Body, random)?;
        let mut sentences = vec![body];
        let mut title = None;
        if elaborates(scene) {
            if matches!(
                scene.source,
                Source::Reddit | Source::HackerNews | Source::Discourse | Source::Trustpilot | Source::AppStore
            ) {
                title = line(scene.section, Part::Title, random).filter(|_| random.chance(80));
            }
            let mood = match scene.tone() {
                Tone::Bad => "bad",
                Tone::Good => "good",
                Tone::Asking | Tone::Plain => "",
            };
            if let Some(lead) = line(&format!("lead_{mood}"), Part::Body, random).filter(|_| random.chance(22)) {
                sentences.insert(0, lead);
            }
            for percent in follow_ups(scene.source) {
                let next = line(scene.section, Part::FollowUp, random).filter(|_| random.chance(percent));
                sentences.extend(next.filter(|next| !sentences.contains(next)));
            }
            if let Some(end) = line(&format!("end_{mood}"), Part::Body, random).filter(|_| random.chance(30)) {
                sentences.push(end);
            }
        }
        if scene.section.starts_with("reply_") && random.chance(40) {
            sentences.extend(line(scene.section, Part::FollowUp, random));
        }
        if scene.source == Source::Survey || scene.section == "long" {
            title = line(scene.section, Part::Title, random);
        }
        let mut text = join(&sentences, scene, random);
        if forum(scene) {
            let hello = line("hello", Part::Body, random).filter(|_| random.chance(55));
            let bye = line("bye", Part::Body, random).filter(|_| random.chance(45));
            text = [hello, Some(text), bye].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
        }
        let text = named(text, title.as_deref(), scene, random);
        Some(Words { title, text: styled(text, scene, random) })
    }

    /// The same article on another site: cut short, with another headline or another credit.
    fn article(&mut self, scene: &Scene) -> Option<Words> {
        let (article, site) = scene.article;
        let mut random = Random::new(ARTICLES, u64::from(scene.day) * 10 + scene.language as u64);
        let slots = Slots::draw(scene.product, scene.language, true, &mut random);
        let (title, body) = self.book(scene).article(scene.section, article)?;
        let (mut title, mut text) = (slots.fill(title, &mut random), slots.fill(body, &mut random));
        let agency = match scene.language {
            Language::Dutch => "(Persbureau Lage Landen)",
            Language::German => "(Pressedienst Nord)",
            _ => "(Lowland Wire)",
        };
        match site {
            0 => {}
            1 => text = format!("{text} {agency}"),
            2 => text = format!("Deventer - {text}"),
            3 => {
                let paragraphs: Vec<_> = text.split("\n\n").collect();
                let kept = paragraphs.len().div_ceil(2).max(paragraphs.len().saturating_sub(1));
                text = paragraphs.iter().take(kept).copied().collect::<Vec<_>>().join("\n\n");
            }
            _ => title = format!("Economie: {title}"),
        }
        Some(Words { title: Some(title), text })
    }

    /// What is added to a text when it is edited later.
    pub(crate) fn afterthought(&mut self, scene: &Scene, random: &mut Random) -> String {
        let section = if scene.section.starts_with("update_") { "edit_fixed" } else { "edit" };
        let slots = Slots::draw(scene.product, scene.language, true, random);
        let pattern = self.books[scene.language as usize].take(section, Part::Body, random).unwrap_or_default();
        slots.fill(pattern, random)
    }
}

/// Whether people say more than one sentence: not in one-liners, nor in texts that are complete as they are.
fn elaborates(scene: &Scene) -> bool {
    const COMPLETE: [&str; 9] =
        ["short_", "survey_", "reply_", "long", "mixed", "advert", "offtopic", "emoji", "foreign"];
    !COMPLETE.iter().any(|start| scene.section.starts_with(start))
}

/// How likely a second and a third sentence are, in percent.
fn follow_ups(source: Source) -> [u64; 2] {
    match source {
        Source::Bluesky | Source::Mastodon => [55, 15],
        Source::YouTube => [35, 5],
        Source::AppStore | Source::GooglePlay => [60, 25],
        Source::Trustpilot | Source::Reddit | Source::Discourse | Source::HackerNews => [90, 60],
        Source::Rss | Source::Survey => [0, 0],
    }
}

fn forum(scene: &Scene) -> bool {
    matches!(scene.source, Source::Discourse | Source::Reddit) && elaborates(scene)
}

fn join(sentences: &[String], scene: &Scene, random: &mut Random) -> String {
    let social = matches!(scene.source, Source::Bluesky | Source::Mastodon);
    let separator = match scene.language {
        _ if social && random.chance(15) => "\n\n",
        _ if scene.source == Source::Trustpilot && random.chance(15) => "\n",
        Language::Japanese => "",
        _ => " ",
    };
    sentences.join(separator)
}

/// Sees to it that most texts name what they are about, as people do where nothing else tells.
fn named(text: String, title: Option<&str>, scene: &Scene, random: &mut Random) -> String {
    let Product { brand, name, short, .. } = *scene.product;
    if scene.is_noise() || text.contains(brand) || title.is_some_and(|title| title.contains(brand)) {
        return text;
    }
    let social = matches!(scene.source, Source::Bluesky | Source::Mastodon | Source::YouTube);
    let (answer, staff) = (scene.section.starts_with("reply_"), scene.section.starts_with("reply_staff"));
    if text.contains(short) {
        text.replacen(short, name, 1)
    } else if social && !answer {
        format!("{text} #{}", if random.chance(50) { brand.to_owned() } else { brand.to_lowercase() })
    } else if answer && !staff && social && random.chance(30) {
        format!("@{} {text}", brand.to_lowercase())
    } else {
        text
    }
}

/// Haste, anger and habit.
fn styled(text: String, scene: &Scene, random: &mut Random) -> String {
    let (lower, shouting, typing, tags) = (random.chance(9), random.chance(4), random.chance(6), random.chance(14));
    let social = matches!(scene.source, Source::Bluesky | Source::Mastodon | Source::YouTube);
    let careful = matches!(scene.section, "advert" | "long" | "foreign") || scene.section.starts_with("reply_staff");
    if careful || scene.source == Source::Survey {
        return text;
    }
    let hasty = social || matches!(scene.source, Source::GooglePlay | Source::AppStore | Source::Reddit);
    let mut text = match scene.tone() {
        Tone::Bad if shouting => text.to_uppercase(),
        _ if lower && hasty => text.to_lowercase(),
        _ if typing => mistyped(&text, random),
        _ => text,
    };
    let hashtags: &[&str] = match scene.section {
        section if section.starts_with("update_") => &["#kern2", "#KernOS", "#noordvonk"],
        section if section.starts_with("price_") => &["#zijwind", "#zijwindplus", "#ebike"],
        "repair_good" => &["#righttorepair", "#noordvonk", "#repair"],
        section if section.starts_with("bike_") || section.starts_with("cargo_") => &["#ebike"],
        section if section.starts_with("headphones_") => &["#audio"],
        _ => &[],
    };
    if tags && social && !hashtags.is_empty() {
        text = format!("{text} {}", random.pick(hashtags));
    }
    text
}

/// Swaps two neighbouring letters inside one longer word, or drops one of a double letter.
pub(crate) fn mistyped(text: &str, random: &mut Random) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let plain = |word: &str| word.len() > 5 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let candidates: Vec<usize> = (0..words.len()).filter(|&index| plain(words[index])).collect();
    if candidates.is_empty() {
        return text.to_owned();
    }
    let chosen = *random.pick(&candidates);
    let mut letters: Vec<char> = words[chosen].chars().collect();
    let at = random.between(1, letters.len() as u64 - 3) as usize;
    if letters[at] == letters[at + 1] {
        letters.remove(at);
    } else {
        letters.swap(at, at + 1);
    }
    let wrong: String = letters.into_iter().collect();
    let replaced = words.iter().enumerate().map(|(index, word)| if index == chosen { &*wrong } else { word });
    replaced.collect::<Vec<_>>().join(" ")
}
