//! How much a text looks like spam, an advert or a bot's, from 0 to 1, and why.
//!
//! A linear model over a closed list of reasons, so that each score can be told in words. The weights are in
//! `models/spam.tsv`. They were learned from the SMS Spam Collection (CC BY 4.0) and ordinary posts of openly licensed
//! sets, kept near hand-set values so that what text messages never hold (hashtags, handles, coins) keeps its weight.

mod shape;
mod train;

use std::sync::LazyLock;

use hark_mention::Mention;

use crate::{
    model::weights::checksum,
    reading::{Cue, Reading},
};
use shape::Shape;
pub use train::{SpamScores, evaluate, train};

pub(crate) const CUES: &str = include_str!("cues.tsv");
const WEIGHTS: &str = include_str!("../../models/spam.tsv");

macro_rules! reasons {
    ($($name:ident $written:literal $about:literal,)*) => {
        /// Why a text looks like spam. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $(#[doc = $about] $name,)* }

        impl Reason {
            /// All reasons, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name as shown to people and kept in the model.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $written,)* }
            }
        }
    };
}

reasons! {
    Giveaway "giveaway" "Something to win for following, sharing or entering.",
    Prize "prize" "The reader has won or may claim something.",
    Crypto "crypto" "Coins and trading.",
    Money "money" "Easy earnings.",
    Loan "loan" "Loans.",
    Promo "promo" "Discount codes, offers, calls to buy.",
    Contact "contact" "Asks to write or call by another way.",
    Free "free" "Something for nothing.",
    Urgency "urgency" "Presses the reader to act at once.",
    Adult "adult" "Sex, dating, gambling.",
    Follow "follow" "Followers for followers.",
    Links "links" "Much of the text is links.",
    ShortLink "short_link" "A link that hides where it goes.",
    Hashtags "hashtags" "Much of the text is hashtags.",
    Handles "handles" "A list of handles.",
    Shouting "shouting" "Much of the text is in capitals.",
    PhoneNumber "phone_number" "A number to call.",
    Prices "prices" "Sums of money, or a list of them.",
    Repetition "repetition" "The same words over and over.",
    Symbols "symbols" "Rows of marks, arrows or emoji.",
    NoReach "no_reach" "Next to nobody follows the author, while the text has a link.",
}

/// How many reasons there are.
const REASONS: usize = Reason::ALL.len();

impl Reason {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == name)
    }
}

/// How strongly each reason holds, 0 to 1.
pub type Features = [f32; REASONS];

struct Weights {
    bias: f32,
    by_reason: Features,
}

static MODEL: LazyLock<Weights> = LazyLock::new(|| Weights::read(WEIGHTS));

impl Weights {
    fn read(file: &str) -> Self {
        let mut weights = Self { bias: 0.0, by_reason: [0.0; REASONS] };
        for line in file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (name, value) = line.split_once('\t').expect("the spam model has two fields a line");
            let value = value.parse().expect("the spam model has numbers");
            match Reason::named(name) {
                Some(reason) => weights.by_reason[reason as usize] = value,
                None => weights.bias = value,
            }
        }
        weights
    }

    fn score(&self, features: &Features) -> f32 {
        let sum: f32 = self.by_reason.iter().zip(features).map(|(weight, value)| weight * value).sum();
        1.0 / (1.0 + (-(self.bias + sum)).exp())
    }
}

/// Fingerprint of the weights and cues that decide.
pub fn digest() -> u64 {
    checksum([WEIGHTS, CUES].concat().as_bytes())
}

/// How much the text in `reading`, the text of `mention`, looks like spam: 0 not at all, 1 certainly.
pub fn score(reading: &Reading, text: &str, mention: &Mention) -> f32 {
    MODEL.score(&features(reading, text, mention.author.followers))
}

/// Why it looks like spam, the strongest reason first; for showing, not for the stream.
pub fn reasons(reading: &Reading, text: &str, mention: &Mention) -> Vec<Reason> {
    let features = features(reading, text, mention.author.followers);
    let weight = |reason: &Reason| MODEL.by_reason[*reason as usize] * features[*reason as usize];
    let mut reasons: Vec<_> = Reason::ALL.iter().copied().filter(|reason| weight(reason) > 0.2).collect();
    reasons.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    reasons
}

/// Cues of one kind beyond this many add nothing.
const MOST: f32 = 3.0;

/// How strongly each reason holds for the text in `reading`, by its number; what the model weighs.
pub fn features(reading: &Reading, text: &str, followers: Option<u64>) -> Features {
    let mut features = Shape::of(text).features(followers);
    for hit in reading.hits() {
        if let Cue::Spam(reason) = hit.cue {
            features[reason as usize] += 1.0 / MOST;
        }
    }
    // A long text says many things by chance.
    let long = (reading.text().len() as f32 / 400.0).max(1.0).sqrt();
    for reason in Reason::ALL.iter().take(Reason::Links as usize) {
        let feature = &mut features[*reason as usize];
        *feature = (*feature / long).min(1.0);
    }
    features
}

#[cfg(test)]
mod tests {
    use hark_mention::Timestamp;

    use super::*;
    use crate::reading::Reader;

    fn judged(lang: &str, text: &str) -> (f32, Vec<Reason>) {
        let mut reading = Reading::default();
        Reader::default().read(text, lang, &mut reading);
        let mention = Mention::new("a:1", "a", text, Timestamp::EPOCH);
        (score(&reading, text, &mention), reasons(&reading, text, &mention))
    }

    #[test]
    fn spam_is_high_and_says_why() {
        let cases = [
            (
                "en",
                "🎉 GIVEAWAY 🎉 Follow & RT to win an iPhone! Tag 3 friends #giveaway #win #free #iphone https://bit.ly/3xYz",
                Reason::Giveaway,
            ),
            ("en", "Congratulations! You have won a £1000 cash prize. Call 09061701461 to claim now", Reason::Prize),
            (
                "en",
                "Earn money from home, $5000 per week guaranteed profit with bitcoin trading, DM me on telegram",
                Reason::Money,
            ),
            ("nl", "Snel geld lenen zonder BKR? App me op WhatsApp +31612345678, lening binnen 24 uur!", Reason::Loan),
            (
                "nl",
                "KORTINGSCODE: ZOMER20! Bestel nu op https://bit.ly/abc en profiteer van 20% korting, op=op",
                Reason::Promo,
            ),
            (
                "de",
                "Gewinnspiel! Folgen und gewinnen! Jetzt bestellen mit Rabattcode SOMMER https://bit.ly/x #gewinnspiel #rabatt #deal",
                Reason::Giveaway,
            ),
            ("es", "Gana dinero desde casa 💰 ingresos pasivos, escríbeme por whatsapp +34 612 345 678", Reason::Money),
            (
                "tr",
                "Canlı bahis bonus veren siteler, hemen üye ol https://bit.ly/abcd #bahis #casino #bonus",
                Reason::Adult,
            ),
            (
                "ja",
                "【プレゼント企画】フォロー&RTで抽選で10名様に当選！今すぐ https://bit.ly/abcd #懸賞 #プレゼント #キャンペーン",
                Reason::Giveaway,
            ),
            ("zh", "日赚500元 兼职刷单 加微信 abc12345 立即 扫码 https://t.cn/abc", Reason::Money),
        ];
        for (lang, text, reason) in cases {
            let (score, reasons) = judged(lang, text);
            assert!(score > 0.7, "{score} {reasons:?} {text}");
            assert!(reasons.contains(&reason), "{reasons:?} {text}");
        }
    }

    #[test]
    fn customers_are_not_spam() {
        let cases = [
            ("nl", "Mijn accu loopt leeg sinds de update, wat nu @Fairphone?"),
            ("nl", "Gratis verzending beloofd maar toch €4,95 betaald. Waardeloze service!"),
            ("en", "WHY is my phone dead AGAIN?? worst update ever"),
            ("en", "I called your helpdesk on 0800 1234 twice, nobody answers. https://example.org/ticket/12"),
            ("en", "Got a 20% discount, delivery took two days. Happy customer!"),
            ("de", "Der Akku hält keinen Tag, und für 699 € erwarte ich mehr."),
            ("fr", "Livraison rapide, très bon produit, je recommande"),
            ("ja", "電池の減りが早くて困っています。サポートの対応も遅いです。"),
            ("zh", "快递很快，包装也不错，就是有点贵。"),
        ];
        for (lang, text) in cases {
            let (score, reasons) = judged(lang, text);
            assert!(score < 0.4, "{score} {reasons:?} {text}");
        }
    }

    #[test]
    fn who_is_followed_is_trusted_more() {
        let mut mention = Mention::new("a:1", "a", "Best offer, shop now https://bit.ly/abc", Timestamp::EPOCH);
        let text = mention.text.clone();
        let mut reading = Reading::default();
        Reader::default().read(&text, "en", &mut reading);
        let unknown = score(&reading, &text, &mention);
        mention.author.followers = Some(2);
        assert!(score(&reading, &text, &mention) > unknown);
    }
}
