//! What a text looks like, whatever it says: links, tags, capitals, numbers.

use super::{Features, REASONS, Reason};

/// Services that shorten links.
const SHORTENERS: [&str; 22] = [
    "bit.ly/",
    "tinyurl.com/",
    "goo.gl/",
    "ow.ly/",
    "is.gd/",
    "buff.ly/",
    "t.cn/",
    "cutt.ly/",
    "rb.gy/",
    "shorturl.at/",
    "tiny.cc/",
    "bl.ink/",
    "rebrand.ly/",
    "t.me/",
    "wa.me/",
    "linktr.ee/",
    "adf.ly/",
    "shope.ee/",
    "s.id/",
    "lnkd.in/",
    "amzn.to/",
    "beacons.ai/",
];

/// Digits of the shortest number to call.
const FEWEST_DIGITS: usize = 5;

/// Words are told apart by this many bits; a text of more different words than that repeats little anyway.
const SEEN: usize = 256;

/// Counts of one text. Nothing here is allocated.
#[derive(Default)]
pub(crate) struct Shape {
    words: u32,
    links: u32,
    short_links: u32,
    hashtags: u32,
    handles: u32,
    capitals: u32,
    lower: u32,
    phones: u32,
    sums: u32,
    repeated: u32,
    symbols: u32,
}

impl Shape {
    /// Looks at `text` as written.
    pub(crate) fn of(text: &str) -> Self {
        let mut shape = Self::default();
        let mut seen = [0_u64; SEEN / 64];
        for word in text.split_whitespace() {
            shape.words += 1;
            if !shape.is_link(word) {
                shape.look_at(word);
            }
            let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x100_0000_01b3)
            });
            let bit = ((hash >> 32) % SEEN as u64) as usize;
            let known = &mut seen[bit / 64];
            shape.repeated += u32::from(word.len() > 3 && *known >> (bit % 64) & 1 == 1);
            *known |= 1 << (bit % 64);
        }
        shape.count_phones(text);
        shape
    }

    /// Counts `word` if it is a link.
    fn is_link(&mut self, word: &str) -> bool {
        let slash = word.contains('/');
        let link = (slash && word.contains("://")) || word.starts_with("www.");
        let bare = !link && slash && word.contains('.');
        let shortened = (link || bare) && SHORTENERS.iter().any(|service| word.contains(service));
        let link = link || shortened;
        self.links += u32::from(link);
        self.short_links += u32::from(shortened);
        link
    }

    fn look_at(&mut self, word: &str) {
        self.hashtags += u32::from(word.starts_with(['#', '＃']));
        self.handles += u32::from(word.starts_with(['@', '＠']) && word.len() > 1);
        if word.starts_with(['@', '#']) {
            return;
        }
        let (mut digits, mut currency) = (false, false);
        for c in word.chars() {
            match c {
                'a'..='z' => self.lower += 1,
                'A'..='Z' => self.capitals += 1,
                '0'..='9' => digits = true,
                '€' | '$' | '£' | '¥' | '₽' | '₺' | '￥' | '円' | '元' => currency = true,
                '→' | '➡' | '👉' | '👇' | '💰' | '💵' | '💸' | '🔥' | '🚀' | '✅' | '🎁' | '★' | '☆' | '▶' | '🤑'
                | '💯' | '⚡' | '❗' | '‼' | '📲' | '📞' | '■' | '◆' | '●' | '*' | '=' | '~' => {
                    self.symbols += 1
                }
                _ if is_uncased(c) => {}
                c if c.is_uppercase() => self.capitals += 1,
                c if c.is_lowercase() => self.lower += 1,
                _ => {}
            }
        }
        self.sums += u32::from(digits && currency);
    }

    /// Numbers of nine to fourteen digits that begin with 0 or +, as people write them to be called, and short codes.
    fn count_phones(&mut self, text: &str) {
        if text.bytes().filter(u8::is_ascii_digit).count() < FEWEST_DIGITS {
            return;
        }
        let (mut number, mut before) = (Number::default(), ' ');
        for c in text.chars() {
            match c {
                '0'..='9' => number.digit(c, before),
                ' ' | '-' | '(' | ')' if number.digits > 0 && number.gap < 2 => number.gap += 1,
                _ => {
                    self.phones += u32::from(number.is_phone());
                    number = Number::default();
                }
            }
            before = c;
        }
        self.phones += u32::from(number.is_phone());
    }

    /// How strongly the reasons of shape hold.
    pub(crate) fn features(&self, followers: Option<u64>) -> Features {
        let mut features = [0.0; REASONS];
        let words = self.words.max(1) as f32;
        let share = |count: u32| count as f32 / words;
        let mut set = |reason: Reason, value: f32| features[reason as usize] = value.clamp(0.0, 1.0);
        set(Reason::Links, if self.links == 0 { 0.0 } else { share(self.links) * 2.0 + (self.links - 1) as f32 * 0.2 });
        set(Reason::ShortLink, self.short_links as f32);
        set(
            Reason::Hashtags,
            if self.hashtags < 3 { 0.0 } else { share(self.hashtags) + (self.hashtags - 2) as f32 * 0.08 },
        );
        set(
            Reason::Handles,
            if self.handles < 4 { 0.0 } else { share(self.handles) + (self.handles - 3) as f32 * 0.1 },
        );
        let cased = self.capitals + self.lower;
        set(Reason::Shouting, if cased < 12 { 0.0 } else { (self.capitals as f32 / cased as f32 - 0.25) * 2.0 });
        set(Reason::PhoneNumber, self.phones as f32);
        set(Reason::Prices, self.sums.min(4) as f32 * 0.25);
        set(Reason::Repetition, if self.words < 6 { 0.0 } else { (share(self.repeated) - 0.3) * 2.0 });
        set(Reason::Symbols, self.symbols.min(8) as f32 / 8.0);
        let unknown = followers.is_some_and(|count| count < 10) && self.links > 0;
        set(Reason::NoReach, f32::from(u8::from(unknown)));
        features
    }
}

/// Whether `c` is of a block of scripts without capitals: Hebrew to Burmese, Chinese characters, kana, Yi and Hangul.
fn is_uncased(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{109f}' | '\u{3000}'..='\u{a63f}' | '\u{ac00}'..='\u{d7ff}')
}

/// Digits in a row, with single spaces and dashes between them.
#[derive(Default)]
struct Number {
    digits: u32,
    gap: u32,
    first: char,
}

impl Number {
    fn digit(&mut self, c: char, before: char) {
        if self.digits == 0 {
            self.first = match before {
                '+' => '+',
                // The end of an address, a name or an order number.
                _ if before.is_alphanumeric() || matches!(before, '/' | '_' | '#' | '=') => ' ',
                _ => c,
            };
        }
        self.digits += 1;
        self.gap = 0;
    }

    fn is_phone(&self) -> bool {
        match self.first {
            '0' | '+' => (9..=14).contains(&self.digits),
            '8' => self.digits == 5,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_capitals_have_none() {
        for c in ('\0'..=char::MAX).filter(|c| is_uncased(*c)) {
            assert!(!c.is_uppercase() && !c.is_lowercase(), "{c:?}");
        }
    }
}
