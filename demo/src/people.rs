//! The people of the demo, all invented. The same number always is the same person.

use hark_mention::Author;

use crate::random::Random;
use crate::sources::Source;
use crate::texts::Language;

const PEOPLE: u64 = 2;

/// Reaches this high in each source and language; the lower the number, the more that person writes.
const POPULATION: u64 = 140;

/// Someone who writes at one source.
pub(crate) struct Person {
    pub(crate) author: Author,
    /// Where they live, ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
}

/// Anybody who writes there in that language.
pub(crate) fn somebody(source: Source, language: Language, random: &mut Random) -> Person {
    let number = random.below(POPULATION).min(random.below(POPULATION));
    person(source, language, number)
}

/// The author who has the account removed in the course of the demo.
pub(crate) fn leaver() -> Author {
    let mut author = account(Source::Bluesky, "achterdedijk", 0);
    author.name = Some("Achter de dijk".to_owned());
    author
}

/// The account with which a brand answers its customers.
pub(crate) fn staff(source: Source, brand: &str) -> Author {
    let handle = brand.to_lowercase();
    let mut author = account(source, &format!("{handle}-helpt"), 90_000 + u64::from(brand.as_bytes()[0]));
    author.name = Some(format!("{brand} Klantenservice"));
    author.followers = author.followers.map(|_| 4200);
    author
}

fn person(source: Source, language: Language, number: u64) -> Person {
    let mut random = Random::new(PEOPLE, number + 1000 * language as u64 + 100_000 * source as u64);
    let first_name = *random.pick(language.first_names());
    let handle = handle(language, first_name, &mut random);
    let mut author = account(source, &handle, 1 + number + 1000 * language as u64);
    if author.name.is_some() {
        author.name = Some(match random.below(4) {
            _ if source == Source::Rss => format!("{first_name} {}.", char::from(b'A' + random.below(23) as u8)),
            0 => first_name.to_owned(),
            1 => handle,
            _ if language == Language::Japanese => first_name.to_owned(),
            _ => format!("{first_name} {}.", char::from(b'A' + random.below(23) as u8)),
        });
    }
    author.followers = author.followers.map(|_| random.long_tail(160).min(60_000));
    Person { author, country: country(language, &mut random) }
}

/// What each source tells about its accounts in public; the name and the followers are placeholders.
fn account(source: Source, handle: &str, number: u64) -> Author {
    let token = Random::new(PEOPLE + 1, number + 100_000 * source as u64).next();
    let (id, handle, followers) = match source {
        Source::Bluesky => {
            let domain = format!("{handle}.sky.example");
            (Some(format!("did:web:{domain}")), Some(domain), None)
        }
        Source::Mastodon => {
            let host = ["social.example", "toet.example", "fedi.example"][(number % 3) as usize];
            (Some(format!("https://{host}/users/{handle}")), Some(format!("{handle}@{host}")), Some(0))
        }
        Source::Reddit => (Some(format!("t2_{:x}", token >> 32)), Some(handle.to_owned()), None),
        Source::HackerNews => (Some(handle.to_owned()), Some(handle.to_owned()), None),
        Source::YouTube => (Some(format!("UCdemo{token:016x}")), Some(handle.to_owned()), None),
        Source::Discourse => (Some((10_000 + number).to_string()), Some(handle.to_owned()), None),
        Source::Trustpilot => (Some(format!("{token:016x}")), None, None),
        Source::AppStore => (Some((9_000_000_000 + (token >> 40)).to_string()), None, None),
        Source::GooglePlay | Source::Rss | Source::Survey => (None, None, None),
    };
    let named = !matches!(source, Source::Reddit | Source::HackerNews | Source::Survey);
    Author { id, handle, name: named.then(String::new), followers }
}

fn handle(language: Language, first_name: &str, random: &mut Random) -> String {
    let words = match language {
        Language::Dutch => {
            "stroopkoek dijkwandelaar regenjas kaasschaaf polderkoe fietspomp hagelslag knikkerbak tochtlat boterham \
             zeehond laatbus klompvoet nachtlampje wasknijper tuinslang bromvlieg eekhoorn oliebol paraplu zolderkamer"
        }
        Language::English => {
            "teapot rainyday badger solder offbyone lastbus crumpet sockdrawer pebble otter toolbox marmalade squeaky \
             nightowl biscuit thimble"
        }
        Language::German => "brotzeit kabelsalat waldgeist feierabend schraube moorhuhn laterne igel",
        Language::French => "pamplemousse pluie moineau tournevis brioche parapluie",
        Language::Spanish => "tortuga bombilla chubasco tornillo aceituna farola",
        Language::Japanese => "neko onigiri amagasa tanuki densha yuzu",
    };
    let words: Vec<&str> = words.split_whitespace().collect();
    let word = *random.pick(&words);
    let others: Vec<&str> = words.iter().copied().filter(|&other| other != word).collect();
    let other = *random.pick(&others);
    let number = random.between(2, 99);
    let name: String = first_name.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    match random.below(4) {
        0 if !name.is_empty() => format!("{name}-{word}"),
        1 if !name.is_empty() => format!("{word}{name}{number}"),
        2 => format!("{word}{number}{other}"),
        _ => format!("{word}-{other}-{number}"),
    }
}

fn country(language: Language, random: &mut Random) -> &'static str {
    match language {
        Language::Dutch => random.weighted(&[("NL", 85), ("BE", 15)]),
        Language::English => random.weighted(&[("GB", 40), ("NL", 25), ("IE", 15), ("US", 20)]),
        Language::German => random.weighted(&[("DE", 80), ("AT", 12), ("CH", 8)]),
        Language::French => random.weighted(&[("FR", 65), ("BE", 35)]),
        Language::Spanish => random.weighted(&[("ES", 90), ("MX", 10)]),
        Language::Japanese => "JP",
    }
}
