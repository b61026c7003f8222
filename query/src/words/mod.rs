//! Cutting a text into words, the same way for texts and for queries.
//!
//! A word is a Unicode word (UAX #29). Where a script has no spaces, a dictionary cuts: lindera for Japanese, jieba for
//! Chinese; without one, and in Thai, Lao, Khmer and Burmese, each letter is a word. [`Words`] is a buffer to use again:
//! once it has grown, cutting a text in a script with spaces allocates nothing.

mod alias;
mod chinese;
mod cut;
mod form;
mod japanese;
mod korean;
mod latin;
mod script;

use std::ops::Range;

pub use cut::Segmenter;
pub use japanese::{DictionaryError, build_dictionary};
pub use script::is_alphanumeric;

pub(crate) use self::{
    alias::aliases,
    form::{cased, push_bare},
    script::{is_continuous, is_han, is_hangul},
};

/// The words of one text, in order. A buffer for [`Segmenter::cut`].
#[derive(Clone, Debug, Default)]
pub struct Words {
    tokens: Vec<Token>,
    /// Lower-cased and bare forms of all words, one after the other.
    forms: String,
    /// How many words stand in the title.
    in_title: usize,
}

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'w> {
    /// Where it stands in the text, in bytes.
    pub at: Range<usize>,
    /// `#` or `@` right before it.
    pub mark: Option<char>,
    /// Its lower-cased form, composed (NFC), with straight apostrophes and without invisible characters.
    pub lower: &'w str,
    /// Its lower-cased form without accents, in compatible letters (NFKC): `straße` is `strasse`, `Ｃafé` is `cafe`.
    pub bare: &'w str,
}

/// One word as kept. Offsets are 32 bits wide: texts are cut off at 4 GiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    lower: u32,
    bare: u32,
    forms_end: u32,
    pub(crate) traits: Traits,
}

/// What matching must know of a word besides its letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) mark: Option<Mark>,
    /// Has an apostrophe, dot or the like inside: `l'orange`, `nu.nl`.
    pub(crate) joined: bool,
    /// Has Hangul, so that a particle may end it.
    pub(crate) hangul: bool,
    /// Of a script without spaces.
    pub(crate) continuous: bool,
}

/// What makes a word a tag or a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// `#`
    Tag,
    /// `@`
    Handle,
}

impl Mark {
    /// The mark that a character is, of either width.
    pub(crate) fn of(c: char) -> Option<Self> {
        match c {
            '#' | '＃' => Some(Self::Tag),
            '@' | '＠' => Some(Self::Handle),
            _ => None,
        }
    }

    /// The mark as written.
    pub fn as_char(self) -> char {
        match self {
            Self::Tag => '#',
            Self::Handle => '@',
        }
    }
}

impl Words {
    /// Each word, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Word<'_>> + Clone {
        self.tokens.iter().map(|token| self.word(token))
    }

    /// The word at `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<Word<'_>> {
        self.tokens.get(index).map(|token| self.word(token))
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// How many of the words, from the first, stand in the title.
    pub fn in_title(&self) -> usize {
        self.in_title
    }

    fn clear(&mut self) {
        self.tokens.clear();
        self.forms.clear();
        self.in_title = 0;
    }

    fn word(&self, token: &Token) -> Word<'_> {
        Word {
            at: token.start as usize..token.end as usize,
            mark: token.traits.mark.map(Mark::as_char),
            lower: self.forms.get(token.lower as usize..token.lower_end()).unwrap_or_default(),
            bare: self.bare(token),
        }
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    pub(crate) fn bare(&self, token: &Token) -> &str {
        self.forms.get(token.bare as usize..token.forms_end as usize).unwrap_or_default()
    }
}

impl Token {
    /// The bare form follows the lower-cased one, unless they are the same.
    fn lower_end(&self) -> usize {
        (if self.lower == self.bare { self.forms_end } else { self.bare }) as usize
    }
}
