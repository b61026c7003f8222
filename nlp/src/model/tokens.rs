//! What a text consists of: words, numbers, links, handles, emoticons, emoji, marks.
//!
//! The model's features are made from these and from nothing else, so that weights stay right whichever way the rest
//! of the pipeline cuts its words.

use super::fold::{Class, class, is_capital, push_folded};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    /// One character of a script without spaces; the next one of the same run follows it directly.
    Glyph,
    Number,
    Link,
    Handle,
    /// Emoticons and punctuation.
    Marks,
    Sign,
}

/// A piece of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Where it stands in the text, in bytes.
    pub(crate) at: (u32, u32),
    /// Its characters in [`Tokens::chars`].
    pub(crate) chars: (u32, u32),
    /// Written in capitals, and long enough for that to be meant.
    pub(crate) shouted: bool,
    /// A letter was repeated for emphasis ("sooo"), or a mark or sign.
    pub(crate) drawn_out: bool,
    pub(crate) hashtag: bool,
}

/// The tokens of one text. Kept between texts, so that reading one allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) list: Vec<Token>,
    /// The folded characters of all tokens, one after the other.
    pub(crate) chars: Vec<char>,
}

/// Longest run of marks that is one token.
const MAX_MARKS: usize = 8;
/// Longest word that is one token; a longer one is cut.
pub(crate) const MAX_WORD: usize = 64;

impl Tokens {
    /// The characters of `token`.
    pub(crate) fn chars_of(&self, token: &Token) -> &[char] {
        self.chars.get(token.chars.0 as usize..token.chars.1 as usize).unwrap_or_default()
    }

    /// Cuts `text`. `elided`: an apostrophe ends a word, as in French and Italian.
    pub(crate) fn cut(&mut self, text: &str, elided: bool) {
        self.list.clear();
        self.chars.clear();
        // Offsets are 32 bits; what follows 4 GB of text is not read.
        let mut rest = Cursor { text, at: 0 };
        while let Some(c) = rest.peek() {
            match class(c) {
                Class::Space | Class::Nothing => rest.skip(c),
                Class::Letter if rest.starts_link() => self.link(&mut rest),
                Class::Letter => self.word(&mut rest, elided, false),
                Class::Digit => self.number(&mut rest),
                Class::Glyph => self.single(&mut rest, c, Kind::Glyph),
                Class::Sign => self.single(&mut rest, c, Kind::Sign),
                Class::Mark => match (c, rest.second().map(class)) {
                    ('@', Some(Class::Letter | Class::Digit | Class::Glyph)) => self.handle(&mut rest),
                    ('#', Some(Class::Letter)) => {
                        rest.skip(c);
                        self.word(&mut rest, elided, true);
                    }
                    _ => self.marks(&mut rest, c),
                },
            }
        }
    }

    /// Appends `c` folded to the token that starts at `from`, unless that has it twice at its end already. Whether it had.
    #[inline]
    fn push_at_most_twice(&mut self, from: usize, c: char) -> bool {
        if c.is_ascii() {
            let c = c.to_ascii_lowercase();
            let drawn_out = matches!(self.chars.get(from..).unwrap_or_default(), [.., a, b] if *a == c && *b == c);
            if !drawn_out {
                self.chars.push(c);
            }
            return drawn_out;
        }
        push_folded(&mut self.chars, c);
        let drawn_out = matches!(self.chars.get(from..).unwrap_or_default(), [.., a, b, c] if a == b && b == c);
        if drawn_out {
            self.chars.pop();
        }
        drawn_out
    }

    #[expect(clippy::cast_possible_truncation, reason = "a text is far below 4 GB")]
    fn push(&mut self, kind: Kind, at: (usize, usize), chars_from: usize) {
        let token = Token {
            kind,
            at: (at.0 as u32, at.1 as u32),
            chars: (chars_from as u32, self.chars.len() as u32),
            shouted: false,
            drawn_out: false,
            hashtag: false,
        };
        self.list.push(token);
    }

    fn link(&mut self, rest: &mut Cursor) {
        let (start, from) = (rest.at, self.chars.len());
        while let Some(c) = rest.peek().filter(|c| class(*c) != Class::Space) {
            rest.skip(c);
        }
        self.push(Kind::Link, (start, rest.at), from);
    }

    fn handle(&mut self, rest: &mut Cursor) {
        let (start, from) = (rest.at, self.chars.len());
        rest.skip('@');
        while let Some(c) = rest.peek() {
            if !(matches!(class(c), Class::Letter | Class::Digit | Class::Glyph) || matches!(c, '_')) {
                break;
            }
            rest.skip(c);
        }
        self.push(Kind::Handle, (start, rest.at), from);
    }

    fn word(&mut self, rest: &mut Cursor, elided: bool, hashtag: bool) {
        let (start, from) = (rest.at, self.chars.len());
        let (mut capitals, mut letters, mut drawn_out, mut small) = (0, 0, false, false);
        while let Some(c) = rest.peek() {
            match class(c) {
                // #NotHappy is two words.
                Class::Letter if hashtag && small && is_capital(c) => break,
                Class::Letter if letters < MAX_WORD => {
                    letters += 1;
                    let capital = is_capital(c);
                    capitals += usize::from(capital);
                    small = !capital;
                    drawn_out |= self.push_at_most_twice(from, c);
                }
                Class::Nothing => {}
                _ if is_apostrophe(c) && letters > 0 && rest.second().is_some_and(|c| class(c) == Class::Letter) => {
                    self.chars.push('\'');
                    if elided {
                        rest.skip(c);
                        break;
                    }
                }
                _ => break,
            }
            rest.skip(c);
        }
        self.push(Kind::Word, (start, rest.at), from);
        if let Some(token) = self.list.last_mut() {
            token.shouted = capitals > 2 && capitals == letters;
            token.drawn_out = drawn_out;
            token.hashtag = hashtag;
        }
        if hashtag && rest.peek().is_some_and(|c| class(c) == Class::Letter) {
            self.word(rest, elided, true);
        }
    }

    fn number(&mut self, rest: &mut Cursor) {
        let (start, from) = (rest.at, self.chars.len());
        while let Some(c) = rest.peek() {
            let inside = matches!(c, '.' | ',') && rest.second().is_some_and(|c| class(c) == Class::Digit);
            if class(c) != Class::Digit && !inside {
                break;
            }
            self.chars.push(if inside { '.' } else { c });
            rest.skip(c);
        }
        self.push(Kind::Number, (start, rest.at), from);
    }

    fn single(&mut self, rest: &mut Cursor, c: char, kind: Kind) {
        let (start, from) = (rest.at, self.chars.len());
        push_folded(&mut self.chars, c);
        rest.skip(c);
        let mut drawn_out = false;
        if kind == Kind::Sign {
            while let Some(next) = rest.peek().filter(|next| *next == c || class(*next) == Class::Nothing) {
                drawn_out |= next == c;
                rest.skip(next);
            }
        }
        self.push(kind, (start, rest.at), from);
        if let Some(token) = self.list.last_mut() {
            token.drawn_out = drawn_out;
        }
    }

    fn marks(&mut self, rest: &mut Cursor, first: char) {
        let (start, from) = (rest.at, self.chars.len());
        let (mut drawn_out, mut face) = (false, is_eyes(first));
        while let Some(c) = rest.peek().filter(|c| class(*c) == Class::Mark) {
            let so_far = self.chars.len() - from;
            // Eyes start an emoticon of their own; a handle or hashtag is no part of the marks before it.
            let word_follows = rest.second().is_some_and(|c| class(c) == Class::Letter);
            if so_far >= MAX_MARKS || (so_far > 0 && (is_eyes(c) || (matches!(c, '@' | '#') && word_follows))) {
                break;
            }
            face |= is_eyes(c);
            match c {
                '-' | '\'' | '^' | 'o' if face && so_far > 0 => {}
                '=' if face => self.chars.push(':'),
                c => {
                    drawn_out |= self.push_at_most_twice(from, c);
                }
            }
            rest.skip(c);
        }
        // The mouth may be a letter (":D", ":p", "<3"), if no word goes on with it.
        if let Some(c) = rest.peek()
            && (self.chars.get(from..).is_some_and(|marks| marks.len() == 1 && (is_eyes(first) || first == '<')))
            && matches!(c, 'D' | 'P' | 'p' | 'O' | 'o' | 'S' | 's' | 'X' | 'x' | '3')
            && !rest.second().is_some_and(|c| matches!(class(c), Class::Letter | Class::Digit))
        {
            push_folded(&mut self.chars, c);
            rest.skip(c);
        }
        self.push(Kind::Marks, (start, rest.at), from);
        if let Some(token) = self.list.last_mut() {
            token.drawn_out = drawn_out;
        }
    }
}

fn is_eyes(c: char) -> bool {
    matches!(c, ':' | ';' | '=')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '´')
}

/// A place in a text.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        match self.text.as_bytes().get(self.at) {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            Some(_) => self.rest().chars().next(),
            None => None,
        }
    }

    fn second(&self) -> Option<char> {
        match self.text.as_bytes().get(self.at..) {
            Some([first, second, ..]) if first.is_ascii() && second.is_ascii() => Some(char::from(*second)),
            _ => self.rest().chars().nth(1),
        }
    }

    fn skip(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    fn starts_link(&self) -> bool {
        let bytes = self.text.as_bytes().get(self.at..).unwrap_or_default();
        match bytes.first() {
            Some(b'h' | b'H') => bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"http")),
            Some(b'w' | b'W') => bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"www.")),
            _ => false,
        }
    }
}
