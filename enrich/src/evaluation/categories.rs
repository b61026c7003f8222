//! How the categories of labelled sets stand for topics.
//!
//! | set, domain | categories | topic |
//! |---|---|---|
//! | restaurants | FOOD and DRINKS, quality and style options | food |
//! | | any PRICES | price |
//! | | SERVICE | service: staff and waiting time are seen as service, for the set does not tell them apart |
//! | | AMBIENCE | ambience: design, sound, comfort and cleanliness are seen as ambience |
//! | | LOCATION | location |
//! | | RESTAURANT general, miscellaneous | none |
//! | hotels | service, food_drinks, location; prices, cleanliness, comfort of anything | of the same name |
//! | food shops | food quality and style options; amazon and shipment prices; shipment delivery; amazon availability | food, price, delivery, availability |
//! | laptops | BATTERY, POWER_SUPPLY; DISPLAY; MULTIMEDIA_DEVICES; SUPPORT, WARRANTY; SHIPPING; any PRICE; any USABILITY; OPERATION_PERFORMANCE of the whole, CPU, software | battery, display, sound, service, delivery, price, usability, performance |
//! | | QUALITY of the whole | quality: reliability is seen as quality |
//! | telephones | Logistics, Price, Camera and Shooting, Packaging, Battery, Screen, Ease of Use, Signal and Smart Connect, After-sales, Seller Service, Performance, Appearance, Audio | delivery, price, camera, packaging, battery, display, usability, connectivity, returns, service, performance, design, sound |
//! | courses, sights | – | the whole domain is left out: nothing in it is a topic of products |

use hark_mention::Sentiment;

/// What the rows of a set are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    Restaurant,
    Hotel,
    Food,
    Laptop,
    Phone,
}

/// The domain of a row, if it has topics of products.
pub(super) fn domain(named: Option<&str>, labels: &str) -> Option<Domain> {
    match named {
        None if labels.is_empty() || labels == "none" || labels.contains('#') => Some(Domain::Restaurant),
        Some("restaurant") => Some(Domain::Restaurant),
        Some("hotel") => Some(Domain::Hotel),
        Some("food") => Some(Domain::Food),
        Some("laptop") => Some(Domain::Laptop),
        Some("phone") => Some(Domain::Phone),
        _ => None,
    }
}

/// The topics that a row is labelled with, each with its tone.
pub(super) fn labels(labels: &str, domain: Domain) -> impl Iterator<Item = (&'static str, Sentiment)> {
    let separator = if labels.contains('|') { ";;" } else { ";" };
    labels.split(separator).filter_map(move |label| {
        let (category, polarity) = match label.split_once('|') {
            Some((_, rest)) => rest.rsplit_once('|')?,
            None => label.rsplit_once(':')?,
        };
        let tone = match polarity.to_ascii_lowercase().get(..3)? {
            "pos" => Sentiment::Positive,
            "neg" => Sentiment::Negative,
            "neu" => Sentiment::Neutral,
            _ => return None,
        };
        Some((topic(&category.to_lowercase(), domain)?, tone))
    })
}

/// The topic that a category stands for.
fn topic(category: &str, domain: Domain) -> Option<&'static str> {
    let (entity, attribute) = category.split_once(['#', ' ']).unwrap_or((category, ""));
    let has = |part: &str| category.contains(part);
    if has("price") {
        return Some("price");
    }
    Some(match domain {
        Domain::Restaurant => match entity {
            "food" | "drinks" => "food",
            "service" => "service",
            "ambience" => "ambience",
            "location" => "location",
            _ => return None,
        },
        Domain::Hotel => match (entity, attribute) {
            ("service", _) => "service",
            ("food_drinks", _) => "food",
            ("location", _) => "location",
            (_, "cleanliness") => "cleanliness",
            (_, "comfort") => "comfort",
            _ => return None,
        },
        Domain::Food => match category {
            "food quality" | "food style_options" => "food",
            "shipment delivery" => "delivery",
            "amazon availability" => "availability",
            _ => return None,
        },
        Domain::Laptop => match (entity, attribute) {
            ("battery" | "power_supply", _) => "battery",
            ("display", _) => "display",
            ("multimedia_devices", _) => "sound",
            ("support" | "warranty", _) => "service",
            ("shipping", _) => "delivery",
            (_, "usability") => "usability",
            ("laptop" | "cpu" | "software" | "os" | "memory" | "graphics", "operation_performance") => "performance",
            ("laptop", "quality") => "quality",
            _ => return None,
        },
        Domain::Phone => match category.split_once('#')?.0 {
            "logistics" => "delivery",
            "camera" | "shooting functions" => "camera",
            "product packaging" => "packaging",
            "battery/longevity" => "battery",
            "screen" => "display",
            "ease of use" => "usability",
            "signal" | "smart connect" => "connectivity",
            "after-sales service" => "returns",
            "seller service" => "service",
            "performance" => "performance",
            "appearance design" => "design",
            "audio/sound" => "sound",
            "product quality" => "quality",
            _ => return None,
        },
    })
}

/// The category that a topic of Hark is compared with; none when the set has no category for it.
pub(super) fn seen_as(topic: &str, domain: Domain) -> Option<&'static str> {
    let (same, others): (&[&'static str], &[(&str, &'static str)]) = match domain {
        Domain::Restaurant => (
            &["price", "food", "service", "ambience", "location"],
            &[
                ("staff", "service"),
                ("waiting time", "service"),
                ("design", "ambience"),
                ("sound", "ambience"),
                ("comfort", "ambience"),
                ("cleanliness", "ambience"),
            ],
        ),
        Domain::Hotel => (
            &["price", "food", "service", "location", "cleanliness", "comfort"],
            &[("staff", "service"), ("waiting time", "service")],
        ),
        Domain::Food => (&["price", "food", "delivery", "availability"], &[]),
        Domain::Laptop => (
            &["price", "battery", "display", "sound", "service", "delivery", "usability", "performance", "quality"],
            &[("staff", "service"), ("reliability", "quality"), ("repair", "service"), ("waiting time", "service")],
        ),
        Domain::Phone => (
            &[
                "price",
                "delivery",
                "camera",
                "packaging",
                "battery",
                "display",
                "usability",
                "connectivity",
                "returns",
                "service",
                "performance",
                "design",
                "sound",
                "quality",
            ],
            &[("staff", "service"), ("repair", "returns"), ("size", "design")],
        ),
    };
    let same = same.iter().copied().find(|known| *known == topic);
    same.or_else(|| others.iter().find(|(other, _)| *other == topic).map(|(_, seen)| *seen))
}
