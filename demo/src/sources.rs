//! What each source adds to the words: ids, addresses, reactions, stars.
//!
//! The one rule: every address lies under `.example` (RFC 2606), and no id can be one of the real source.

use hark_mention::{Author, Kind, Mention, Timestamp};
use serde_json::{Value, json};

use crate::clock::{HOUR, MINUTE};
use crate::random::Random;
use crate::story::{Scene, Tone};
use crate::texts::Language;
use crate::voice::Words;

const TOKENS: u64 = 6;

/// Where a mention is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Bluesky,
    Mastodon,
    Rss,
    HackerNews,
    Reddit,
    AppStore,
    GooglePlay,
    Trustpilot,
    YouTube,
    Discourse,
    Survey,
}

impl Source {
    /// Type name, as in [`Mention::source`].
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bluesky => "bluesky",
            Self::Mastodon => "mastodon",
            Self::Rss => "rss",
            Self::HackerNews => "hackernews",
            Self::Reddit => "reddit",
            Self::AppStore => "appstore",
            Self::GooglePlay => "googleplay",
            Self::Trustpilot => "trustpilot",
            Self::YouTube => "youtube",
            Self::Discourse => "discourse",
            Self::Survey => "survey",
        }
    }

    /// How long it takes until Hark has read a mention: seconds from a stream, hours from a shop's interface.
    pub(crate) fn delay(self) -> i64 {
        match self {
            Self::Bluesky | Self::Mastodon => MINUTE / 12,
            Self::HackerNews | Self::Reddit | Self::Discourse => 2 * MINUTE,
            Self::Rss | Self::YouTube => 8 * MINUTE,
            Self::AppStore | Self::GooglePlay | Self::Trustpilot => 2 * HOUR,
            Self::Survey => 6 * HOUR,
        }
    }
}

/// Where a mention stands: what makes its id, address and site.
struct Place {
    id: String,
    url: Option<String>,
    site: Option<String>,
    kind: Kind,
    extra: Value,
}

/// Puts the words where they were published. `number` is the mention's own; the times come later.
pub(crate) fn publish(
    scene: &Scene,
    words: Words,
    author: Author,
    country: &'static str,
    parent: Option<&Mention>,
    number: u64,
    random: &mut Random,
) -> Mention {
    let token = Random::new(TOKENS, number).next();
    let stars = stars(scene.tone(), random);
    let place = place(scene, &words, &author, parent, token, stars, random);

    let source = scene.source.name();
    let mut mention = Mention::new(format!("{source}:{}", place.id), source, words.text, Timestamp::EPOCH);
    mention.kind = place.kind;
    mention.url = place.url;
    mention.site = place.site;
    mention.title = words.title;
    mention.author = author;
    mention.parent_id = parent.map(|parent| parent.id.clone());
    mention.thread_id = parent.map(|parent| parent.thread_id.clone().unwrap_or_else(|| parent.id.clone()));
    if let Value::Object(extra) = place.extra {
        mention.extra = extra;
    }
    match scene.source {
        Source::AppStore | Source::GooglePlay | Source::Trustpilot => mention.rating = Some((stars - 1) as f32 / 4.0),
        Source::Survey => {
            mention.rating = mention.extra.get("nps").and_then(Value::as_u64).map(|nps| nps as f32 / 10.0)
        }
        _ => {}
    }
    mention.product_hint = match scene.source {
        Source::AppStore | Source::GooglePlay => Some(format!("{} app", scene.product.brand)),
        Source::Survey => Some(scene.product.name.to_owned()),
        _ => None,
    };
    let tells_country = matches!(
        scene.source,
        Source::AppStore | Source::GooglePlay | Source::Trustpilot | Source::Survey | Source::Rss
    );
    mention.country = tells_country.then(|| country.to_owned());
    mention.lang_hint = language_hint(scene, random);
    react(&mut mention, scene, random);
    mention
}

fn place(
    scene: &Scene,
    words: &Words,
    author: &Author,
    parent: Option<&Mention>,
    token: u64,
    stars: u64,
    random: &mut Random,
) -> Place {
    let handle = author.handle.clone().unwrap_or_default();
    let brand = scene.product.brand.to_lowercase();
    let answer = if parent.is_some() { Kind::Comment } else { Kind::Post };
    let asks = scene.section.ends_with("_ask") && parent.is_none();
    let made = |id: String, url: String, kind, extra| {
        let site = url.split('/').nth(2).map(str::to_owned);
        Place { id, url: Some(url), site, kind, extra }
    };
    match scene.source {
        Source::Bluesky => {
            let (did, key) = (author.id.clone().unwrap_or_default(), format!("3demo{token:016x}"));
            let extra = json!({"cid": format!("bafydemo{token:016x}"), "langs": [scene.language.code()]});
            let url = format!("https://sky.example/profile/{handle}/post/{key}");
            made(format!("at://{did}/app.bsky.feed.post/{key}"), url, answer, extra)
        }
        Source::Mastodon => {
            let (name, host) = handle.split_once('@').unwrap_or((&handle, "social.example"));
            let status = 900_000_000_000_000_000 + (token >> 12);
            let id = format!("https://{host}/users/{name}/statuses/{status}");
            let extra = json!({"visibility": "public", "sensitive": false, "tags": tags(&words.text)});
            made(id, format!("https://{host}/@{name}/{status}"), answer, extra)
        }
        Source::Rss => {
            let host = news_site(scene);
            let slug = slug(words.title.as_deref().unwrap_or_default());
            let url = format!("https://{host}/{}/{:06}-{slug}", section_of(scene), token % 1_000_000);
            let feed = format!("https://{host}/rss.xml");
            made(url.clone(), url, Kind::Article, json!({"feed": feed, "categories": [section_of(scene)]}))
        }
        Source::HackerNews => {
            let id = 9_000_000_000 + token % 1_000_000_000;
            let story = parent.is_none() && asks;
            let kind = if story { Kind::Post } else { Kind::Comment };
            let extra = json!({"type": if story { "story" } else { "comment" }});
            made(id.to_string(), format!("https://hn.example/item?id={id}"), kind, extra)
        }
        Source::Reddit => {
            let community = community(scene);
            let id = format!("{}_demo{:08x}", if parent.is_some() { "t1" } else { "t3" }, token >> 32);
            let kind = if asks { Kind::Question } else { answer };
            let extra = json!({"subreddit": community, "upvote_ratio": random.between(55, 99) as f64 / 100.0});
            let url = format!("https://forum.example/r/{community}/comments/{id}/");
            made(id, url, kind, extra)
        }
        Source::AppStore => {
            let id = 9_000_000_000 + token % 1_000_000_000;
            let version = format!("4.{}.{}", random.between(8, 12), random.below(4));
            let url = format!("https://appwinkel.example/app/{brand}?review={id}");
            made(id.to_string(), url, Kind::Review, json!({"stars": stars, "version": version}))
        }
        Source::GooglePlay => {
            let version = format!("4.{}.{}", random.between(8, 12), random.below(4));
            let device = ["Noordvonk Kern 2", "moto-g54", "galaxy-a35", "pixel-7a"];
            let extra = json!({"starRating": stars, "appVersionName": version, "device": random.pick(&device)});
            let url = format!("https://play.example/store/apps/details?id=example.{brand}&reviewId={token:016x}");
            made(format!("gp:demo{token:016x}"), url, Kind::Review, extra)
        }
        Source::Trustpilot => {
            let url = format!("https://beoordelingen.example/reviews/{token:016x}");
            let extra =
                json!({"stars": stars, "businessUnit": format!("{brand}.example"), "isVerified": random.chance(60)});
            made(format!("demo{token:016x}"), url, Kind::Review, extra)
        }
        Source::YouTube => {
            let video = format!("demo{brand}{}", random.below(4));
            let id = format!("Ugdemo{token:016x}");
            let url = format!("https://video.example/watch?v={video}&lc={id}");
            made(id, url, Kind::Comment, json!({"videoId": video}))
        }
        Source::Discourse => {
            let host = format!("community.{brand}.example");
            let post = 900_000 + token % 100_000_000;
            // `https://{host}/t/{topic}/{post}`: answers stay in the topic.
            let topic = parent.and_then(|parent| parent.url.as_deref()?.split('/').nth(4)).map(str::to_owned);
            let topic = topic.unwrap_or_else(|| (post / 7).to_string());
            let kind = match (asks, parent) {
                (true, _) => Kind::Question,
                (_, Some(parent)) if parent.kind == Kind::Question => Kind::Answer,
                _ => answer,
            };
            let extra = json!({"category": scene.product.short, "trust_level": random.below(4)});
            made(format!("{host}/posts/{post}"), format!("https://{host}/t/{topic}/{post}"), kind, extra)
        }
        Source::Survey => {
            let nps = match scene.tone() {
                Tone::Good => random.between(8, 10),
                Tone::Bad => random.between(1, 5),
                Tone::Asking | Tone::Plain => random.between(5, 8),
            };
            let extra = json!({"nps": nps, "questionnaire": format!("{brand}-klanten")});
            Place { id: format!("{brand}-{token:016x}"), url: None, site: None, kind: Kind::Survey, extra }
        }
    }
}

fn stars(tone: Tone, random: &mut Random) -> u64 {
    match tone {
        Tone::Good => random.weighted(&[(5, 70), (4, 28), (3, 2)]),
        Tone::Bad => random.weighted(&[(1, 62), (2, 30), (3, 8)]),
        Tone::Asking => random.weighted(&[(4, 60), (3, 30), (5, 10)]),
        Tone::Plain => random.weighted(&[(3, 70), (2, 15), (4, 15)]),
    }
}

/// Some sources tell a language, and some of them a wrong one.
fn language_hint(scene: &Scene, random: &mut Random) -> Option<String> {
    let (wrong, told) = (random.chance(7), random.chance(85));
    match scene.source {
        Source::Bluesky | Source::Mastodon if wrong => Some("en".to_owned()),
        Source::Bluesky | Source::Mastodon if told => Some(scene.language.code().to_owned()),
        Source::GooglePlay | Source::Trustpilot | Source::Rss | Source::Survey => {
            Some(scene.language.code().to_owned())
        }
        _ => None,
    }
}

fn react(mention: &mut Mention, scene: &Scene, random: &mut Random) {
    let loud = matches!(scene.tone(), Tone::Bad | Tone::Good) && mention.parent_id.is_none();
    let likes = random.long_tail(if loud { 6 } else { 2 }).min(5000);
    let (replies, shares, views) = (random.long_tail(1).min(400), likes / random.between(3, 9), random.long_tail(900));
    let engagement = &mut mention.engagement;
    match scene.source {
        Source::Bluesky | Source::Mastodon => {
            (engagement.likes, engagement.replies, engagement.shares) = (Some(likes), Some(replies), Some(shares));
        }
        Source::HackerNews | Source::Reddit | Source::YouTube => {
            (engagement.likes, engagement.replies) = (Some(likes), Some(replies));
        }
        Source::Discourse => {
            (engagement.likes, engagement.replies, engagement.views) = (Some(likes), Some(replies), Some(views));
        }
        Source::AppStore | Source::GooglePlay | Source::Trustpilot => engagement.likes = Some(likes / 4),
        Source::Rss | Source::Survey => {}
    }
}

fn tags(text: &str) -> Vec<&str> {
    text.split_whitespace().filter_map(|word| word.strip_prefix('#')).collect()
}

fn news_site(scene: &Scene) -> &'static str {
    let sites: &[&'static str] = match scene.language {
        Language::Dutch => &[
            "dagblad.example",
            "regiopost.example",
            "deventernieuws.example",
            "techkrant.example",
            "economienu.example",
        ],
        Language::English => &["dailyledger.example", "gadgetpost.example"],
        Language::German => &["tagesbote.example", "technikblatt.example"],
        Language::French => &["lejournal.example"],
        Language::Spanish => &["elcorreo.example"],
        Language::Japanese => &["shimbun.example"],
    };
    sites[scene.article.1 % sites.len()]
}

fn section_of(scene: &Scene) -> &'static str {
    if scene.section == "news_price" || scene.section == "news_repair" { "economy" } else { "tech" }
}

fn community(scene: &Scene) -> &'static str {
    match (scene.language, scene.product.brand) {
        (Language::Dutch, "Noordvonk") => "smartphones_nl",
        (Language::Dutch, _) => "fietsers_nl",
        (Language::German, _) => "technikfragen",
        (_, "Noordvonk") => "fairtech",
        _ => "ebikers",
    }
}

fn slug(title: &str) -> String {
    let words = title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).take(7).collect::<Vec<_>>().join("-")
}
