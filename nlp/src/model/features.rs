//! From tokens to hashed features: words, word pairs, letter runs, and what negation and contrast make of them.

use super::{
    roles::{self, Role},
    tokens::{Kind, Token, Tokens},
};

/// How many tokens a negation reaches.
const REACH: usize = 4;
/// How many tokens after a negation a word of blame is denied by it: "not bad", "not too bad".
const DENIED: usize = 2;
/// How often what denied blame says counts: it stands against the letters of two words that are mostly used to blame.
const DENIED_WEIGHT: usize = 6;
/// Lengths of the letter runs that are features.
const SHORTEST: usize = 3;
const LONGEST: usize = 5;
/// Longest run of glyphs that is a feature.
const GLYPHS: usize = 4;

/// A hash that grows by one character at a time.
#[derive(Clone, Copy)]
pub(crate) struct Hash(pub(crate) u64);

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hash {
    const EMPTY: Self = Self(0x51_7cc1_b727_220a);

    pub(crate) fn of(chars: &[char]) -> Self {
        chars.iter().fold(Self::EMPTY, |hash, c| hash.and(u64::from(u32::from(*c))))
    }

    #[inline]
    fn and(self, value: u64) -> Self {
        Self((self.0.rotate_left(5) ^ value).wrapping_mul(MULTIPLIER))
    }

    /// All bits depend on all that was put in.
    #[inline]
    fn finish(self) -> u64 {
        (self.0 ^ (self.0 >> 32)).wrapping_mul(MULTIPLIER)
    }
}

/// What tells the words of one language from the same letters in another.
#[derive(Clone, Copy)]
pub(crate) struct LanguageKey {
    key: u64,
    /// An apostrophe ends a word.
    pub(crate) elides: bool,
}

impl LanguageKey {
    pub(crate) fn new(code: &str) -> Self {
        let key = code.bytes().fold(Hash::EMPTY, |hash, byte| hash.and(u64::from(byte)));
        Self { key: key.0, elides: matches!(code, "fr" | "it" | "ca") }
    }

    /// The key of a word in this language.
    pub(crate) fn word(self, word: Hash) -> u64 {
        Hash(self.key).and(word.0).finish()
    }
}

/// The features of one text, in the order of its tokens. Kept between texts.
#[derive(Debug, Default)]
pub(crate) struct Features {
    /// Hashes of all features.
    pub(crate) hashes: Vec<u32>,
    /// For each token, where its features end in `hashes`. What describes the text as a whole follows the last one.
    pub(crate) ends: Vec<u32>,
    /// The token from which on the text says what weighs more; 0 without a contrast.
    pub(crate) turn: usize,
    /// The words of contrast.
    pub(crate) turns: Vec<u32>,
    /// It starts with a handle and has no other: said to somebody who is asked to act more often than not. Talk among
    /// several people has more handles.
    pub(crate) addressed: bool,
    /// It has what talk has and a headline has not: a handle, a question, a shout, emoji, a full stop.
    pub(crate) talk: bool,
}

/// Kinds of features, so that the same letters count apart.
#[derive(Clone, Copy)]
enum Name {
    Pair = 1,
    Skip,
    Negated,
    Letters,
    Glyphs,
    Link,
    Handle,
    Number,
    Rating,
    Stars,
    Shouted,
    DrawnOut,
    Hashtag,
    First,
    Last,
    Length,
    Shared,
    Shape,
    Denied,
}

impl Features {
    /// Makes the features of `tokens` in the language of `key`.
    pub(crate) fn make(&mut self, tokens: &Tokens, key: LanguageKey) {
        self.hashes.clear();
        self.ends.clear();
        self.turn = 0;
        self.turns.clear();
        (self.addressed, self.talk) = (false, false);
        let (mut before, mut before_that) = (Hash::EMPTY.0, Hash::EMPTY.0);
        let mut negated_until = 0;
        // Tokens that are no numbers, and the last of them.
        let (mut told, mut last) = (0_usize, Hash::EMPTY.0);
        for (index, token) in tokens.list.iter().enumerate() {
            let chars = tokens.chars_of(token);
            let mut this = Hash::of(chars).and(token.kind as u64).0;
            match token.kind {
                Kind::Word => {
                    let shared = Hash::of(chars);
                    this = key.word(shared);
                    let role = roles::role(this);
                    if role == Some(Role::Blames) && index + REACH < negated_until + DENIED {
                        // Told apart from the word itself, of which nothing else counts.
                        this = Hash(this).and(Name::Denied as u64).0;
                        (0..DENIED_WEIGHT).for_each(|_| self.push(Name::Denied, 0));
                    } else {
                        self.push(Name::Shared, shared.0);
                        self.letters(chars);
                    }
                    match role {
                        Some(Role::Negates) => negated_until = index + 1 + REACH,
                        Some(Role::Contrasts) => {
                            negated_until = 0;
                            self.turns.push(u32::try_from(index).unwrap_or(u32::MAX));
                            if index > 2 && index + 3 < tokens.list.len() {
                                self.turn = index;
                            }
                        }
                        _ if index < negated_until => self.push(Name::Negated, this),
                        _ => {}
                    }
                }
                Kind::Glyph => self.glyphs(tokens, index),
                Kind::Number => {
                    // A number has no tone of its own, and any other would do as well: it only tells what the word
                    // after it counts ("3 hours"). A rating has one.
                    self.rating(tokens, index);
                    (before_that, before) = (before, Hash::EMPTY.and(Name::Number as u64).0);
                    self.ends.push(self.len());
                    continue;
                }
                Kind::Link => this = Hash::EMPTY.and(Name::Link as u64).0,
                Kind::Handle => this = Hash::EMPTY.and(Name::Handle as u64).0,
                Kind::Marks => {
                    if ends_clause(chars) {
                        negated_until = 0;
                    }
                }
                Kind::Sign => self.stars(tokens, index),
            }
            self.hashes.push(fold(this));
            if told > 0 || before != Hash::EMPTY.0 {
                self.push(Name::Pair, Hash(before).and(this).0);
            }
            if told > 1 && token.kind == Kind::Word {
                self.push(Name::Skip, Hash(before_that).and(this).0);
            }
            self.manner(token, this);
            (before_that, before) = (before, this);
            last = this;
            self.ends.push(self.len());
            if told == 0 {
                self.push_later(Name::First, this);
            }
            told += 1;
        }
        if told > 0 {
            self.whole(tokens, key, told, last);
        }
    }

    fn len(&self) -> u32 {
        u32::try_from(self.hashes.len()).unwrap_or(u32::MAX)
    }

    #[inline]
    fn push(&mut self, name: Name, value: u64) {
        self.hashes.push(fold(Hash(value).and(name as u64).finish()));
    }

    /// Every run of three to five letters of a word with its edges.
    #[inline]
    fn letters(&mut self, word: &[char]) {
        const EDGE: u64 = 1;
        let mut padded = [EDGE; super::tokens::MAX_WORD + 2];
        let length = word.len().min(super::tokens::MAX_WORD);
        for (to, from) in padded[1..].iter_mut().zip(&word[..length]) {
            *to = u64::from(u32::from(*from));
        }
        let padded = &padded[..length + 2];
        self.hashes.reserve(padded.len() * (LONGEST - SHORTEST + 1));
        for start in padded.windows(SHORTEST).zip(SHORTEST..) {
            let (shortest, end) = start;
            let mut hash = shortest.iter().fold(Hash(Name::Letters as u64), |hash, c| hash.and(*c));
            self.hashes.push(fold(hash.finish()));
            for c in padded[end..].iter().take(LONGEST - SHORTEST) {
                hash = hash.and(*c);
                self.hashes.push(fold(hash.finish()));
            }
        }
    }

    /// Every run of up to four glyphs that ends here.
    fn glyphs(&mut self, tokens: &Tokens, index: usize) {
        let mut hash = Hash(Name::Glyphs as u64);
        let mut start = u32::MAX;
        for token in tokens.list[..=index].iter().rev().take(GLYPHS) {
            if token.kind != Kind::Glyph || (start != u32::MAX && token.at.1 != start) {
                break;
            }
            start = token.at.0;
            for c in tokens.chars_of(token) {
                hash = hash.and(u64::from(u32::from(*c)));
            }
            self.hashes.push(fold(hash.finish()));
        }
    }

    /// "4/5", "8.5/10".
    fn rating(&mut self, tokens: &Tokens, index: usize) {
        let [.., of, slash] = &tokens.list[..index] else { return };
        let number = |token: &Token| {
            let digits = tokens.chars_of(token).iter().take(5);
            digits.fold((0.0_f32, 1.0_f32, false), |(value, scale, after), c| match c.to_digit(10) {
                Some(digit) if after => (value + digit as f32 * scale * 0.1, scale * 0.1, after),
                Some(digit) => (value * 10.0 + digit as f32, scale, after),
                None => (value, scale, true),
            })
        };
        if of.kind != Kind::Number || tokens.chars_of(slash) != ['/'] {
            return;
        }
        let (got, _, _) = number(of);
        let (most, _, _) = number(&tokens.list[index]);
        if matches!(most as u32, 5 | 10 | 20 | 100) && got <= most {
            self.push(Name::Rating, (got / most * 10.0).round() as u64);
        }
    }

    /// "★★☆☆☆".
    fn stars(&mut self, tokens: &Tokens, index: usize) {
        let token = &tokens.list[index];
        if let Some('★' | '⭐' | '🌟') = tokens.chars_of(token).first() {
            self.push(Name::Stars, u64::from((token.at.1 - token.at.0) / 3).min(6));
        }
    }

    /// How a word was written.
    fn manner(&mut self, token: &Token, this: u64) {
        if token.shouted {
            self.push(Name::Shouted, 0);
        }
        if token.drawn_out {
            self.push(Name::DrawnOut, token.kind as u64);
        }
        if token.hashtag {
            self.push(Name::Hashtag, this);
        }
    }

    /// What describes the text as a whole: how it ends, how long it is, and what kind of text it is. A headline, a post to
    /// a help desk and a shout differ in how often they are neutral, whatever their words say.
    fn whole(&mut self, tokens: &Tokens, key: LanguageKey, told: usize, last: u64) {
        self.push(Name::Last, last);
        self.push(Name::Length, u64::from(told.ilog2()));
        let handle_first = tokens.list.first().is_some_and(|token| token.kind == Kind::Handle);
        let mut handles = 0;
        let (mut asks, mut shouts, mut signs, mut linked) = (false, false, false, false);
        for token in &tokens.list {
            match token.kind {
                Kind::Link => linked = true,
                Kind::Sign => signs = true,
                Kind::Handle => handles += 1,
                Kind::Marks => {
                    let marks = tokens.chars_of(token);
                    asks |= marks.iter().any(|c| matches!(c, '?' | '？' | '؟'));
                    shouts |= marks.iter().any(|c| matches!(c, '!' | '！'));
                }
                _ => {}
            }
        }
        let ends_open = tokens.list.last().is_some_and(|token| token.kind == Kind::Word);
        self.addressed = handle_first && handles == 1;
        let full_stop = tokens.list.last().is_some_and(|token| token.kind == Kind::Marks);
        self.talk = handles > 0 || asks || shouts || signs || full_stop;
        let kinds = [handle_first, asks, shouts, signs, linked, ends_open];
        let shape = kinds.into_iter().fold(1, |shape, kind| shape << 1 | u64::from(kind));
        self.push(Name::Shape, shape);
        self.push(Name::Shape, key.word(Hash(shape)));
        self.push(Name::Shape, key.word(Hash(shape << 8 | u64::from(told.ilog2()))));
    }

    /// The first token describes the whole text too, but its feature belongs to the token.
    fn push_later(&mut self, name: Name, value: u64) {
        self.push(name, value);
        if let Some(end) = self.ends.last_mut() {
            *end += 1;
        }
    }
}

/// Whether these marks end a clause.
pub(crate) fn ends_clause(marks: &[char]) -> bool {
    matches!(
        marks.first(),
        Some('.' | ',' | ';' | '!' | '?' | '…' | '。' | '，' | '！' | '？' | '、' | '؟' | '،' | '।' | '(')
    )
}

/// The upper half of a finished hash.
#[inline]
fn fold(hash: u64) -> u32 {
    (hash >> 32) as u32
}
