//! E-mail addresses: `@`, with a local part before it and a domain after it.

use std::ops::Range;

use crate::{
    address::Place,
    letters::{after, before},
};

/// Most characters of the local part (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Most characters of the domain (RFC 5321, 4.5.3.1.2).
const MAX_DOMAIN: usize = 255;

/// The e-mail address around the sign from byte `at` to byte `end`; nothing before byte `from` belongs to it.
///
/// `@handle`, `@user@server` and `git@server:path` are none. `%40` is the sign as an address of a web page writes it.
pub(crate) fn find(text: &str, at: usize, end: usize, from: usize, place: Place) -> Option<Range<usize>> {
    let start = local(text, at, from, place)?;
    let (domain, colon) = domain(text, end)?;
    let is_git = colon && text.get(start..at).is_some_and(|local| local == "git");
    (!is_git).then_some(start..domain)
}

/// Where the local part begins.
fn local(text: &str, at: usize, from: usize, place: Place) -> Option<usize> {
    let mut start = None;
    for (c, index) in before(text, at).take(MAX_LOCAL + 1).take_while(|(_, index)| *index >= from) {
        match c {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => start = Some(index),
            b'.' | b'_' | b'+' | b'-' | b'\'' => {}
            b'%' if place == Place::Query => {}
            // The handle of a network of servers: `@user@server`.
            b'@' => return None,
            _ => break,
        }
    }
    start
}

/// Where the domain ends, and whether a colon follows.
fn domain(text: &str, at: usize) -> Option<(usize, bool)> {
    let (mut found, mut dots, mut label, mut label_end) = (None, 0, Label::default(), at);
    let mut letters = after(text, at).take(MAX_DOMAIN);
    loop {
        let next = letters.next();
        match next {
            // `jan@example.org.Then` is the end of one sentence and the beginning of another.
            Some((b'A'..=b'Z', _)) if label.length == 0 && found.is_some() => return found.map(|end| (end, false)),
            Some((c, end)) if c.is_ascii_alphanumeric() || (c == b'-' && label.length > 0) => {
                label.push(c);
                label_end = end;
            }
            _ => {
                if dots > 0 && label.is_top() {
                    found = Some(label_end);
                }
                if !matches!(next, Some((b'.', _))) || label.length == 0 {
                    return found.map(|end| (end, matches!(next, Some((b':', _)))));
                }
                dots += 1;
                label = Label::default();
            }
        }
    }
}

/// A part of a domain between two dots.
#[derive(Clone, Copy, Default)]
struct Label {
    head: [u8; 4],
    length: usize,
    others: bool,
}

impl Label {
    fn push(&mut self, c: u8) {
        if let Some(head) = self.head.get_mut(self.length) {
            *head = c;
        }
        self.length += 1;
        self.others |= !c.is_ascii_alphabetic();
    }

    /// Whether a domain can end with it: two letters or more, or letters of another script in their ASCII form.
    fn is_top(self) -> bool {
        self.length >= 2 && (!self.others || &self.head == b"xn--")
    }
}
