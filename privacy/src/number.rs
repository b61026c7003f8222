//! A run of digits in groups, as people write telephone and card numbers.

use crate::letters::{OTHER, after, before, is_word};

/// Most digits that a number of interest has, and one more to tell that there are too many.
const MAX_DIGITS: usize = 20;
/// Most groups: a number written digit by digit.
const MAX_GROUPS: usize = 16;

/// Digits, the groups they stand in, and what stands around them.
pub(crate) struct Number {
    digits: [u8; MAX_DIGITS],
    groups: [Group; MAX_GROUPS],
    length: usize,
    /// Whether there are more digits or groups than fit.
    overflows: bool,
    before: Before,
}

/// Digits without anything between them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Group {
    /// How many digits stand before its end, those of earlier groups too.
    pub(crate) digits: usize,
    /// The byte after its last digit.
    pub(crate) end: usize,
    /// What separates it from the next one; 0 when nothing that may stand in a number follows.
    pub(crate) separator: u8,
    /// The first character after it.
    follower: u8,
    /// Whether a parenthesis closes right after it.
    closed: bool,
}

/// What stands before a number.
#[derive(Clone, Copy, Default)]
struct Before {
    /// The two characters before it, the nearest first.
    two: [u8; 2],
    /// The byte at which the first of them begins.
    nearest: usize,
}

impl Number {
    /// Reads the number whose first digit stands at byte `at`; what lies before byte `free` is known to be another.
    pub(crate) fn read(text: &str, at: usize, free: usize) -> Self {
        let mut number = Self {
            digits: [0; MAX_DIGITS],
            groups: [Group::default(); MAX_GROUPS],
            length: 0,
            overflows: false,
            before: Before::read(text, at, free),
        };
        let (mut digits, mut separator, mut signs) = (0, 0, 0);
        for (c, end) in after(text, at) {
            if c.is_ascii_digit() {
                let begins = separator != 0 || number.length == 0;
                if digits == MAX_DIGITS || (begins && number.length == MAX_GROUPS) {
                    number.overflows = true;
                    break;
                }
                if begins {
                    if let Some(last) = number.length.checked_sub(1) {
                        number.groups[last].separator = separator;
                    }
                    number.length += 1;
                }
                number.digits[digits] = c;
                digits += 1;
                (separator, signs) = (0, 0);
                let group = &mut number.groups[number.length - 1];
                (group.digits, group.end) = (digits, end);
            } else {
                let group = &mut number.groups[number.length - 1];
                if signs == 0 {
                    group.follower = c;
                }
                group.closed |= c == b')';
                signs += 1;
                // A parenthesis and what stands beside it are one separator; of others there is one at a time.
                separator = match (separator, c) {
                    (0, b' ' | b'-' | b'.' | b'/' | b'(' | b')') => c,
                    (b' ' | b'-', b'(') => b'(',
                    (b'(' | b')', b' ' | b'-') if signs <= 3 => separator,
                    _ => break,
                };
            }
        }
        number
    }

    /// The groups, from the first on.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups[..self.length]
    }

    /// How many digits there are in all groups.
    pub(crate) fn num_digits(&self) -> usize {
        self.groups().last().map_or(0, |group| group.digits)
    }

    /// The first `digits` digits.
    pub(crate) fn digits(&self, digits: usize) -> &[u8] {
        &self.digits[..digits]
    }

    /// How many digits each of the first groups has.
    pub(crate) fn shape(&self, groups: usize) -> impl Iterator<Item = usize> + '_ {
        let starts = std::iter::once(0).chain(self.groups.iter().map(|group| group.digits));
        self.groups[..groups].iter().zip(starts).map(|(group, start)| group.digits - start)
    }

    /// Whether all separators within the first groups are the same, and which that is.
    pub(crate) fn uniform(&self, groups: usize) -> Option<u8> {
        let within = &self.groups[..groups.saturating_sub(1)];
        let first = within.first().map_or(0, |group| group.separator);
        within.iter().all(|group| group.separator == first).then_some(first)
    }

    /// Whether the number may begin here: not in a word, a decimal, a date, an amount or after `#`.
    pub(crate) fn may_begin(&self) -> bool {
        let [nearest, next] = self.before.two;
        match nearest {
            b'#' | b'$' | b'@' => false,
            b'-' | b'/' => !is_word(next),
            b'.' | b',' | b':' => !next.is_ascii_digit(),
            b' ' => next != b'$',
            b'+' => !next.is_ascii_digit(),
            c => !is_word(c),
        }
    }

    /// Whether the number may end after its first groups.
    pub(crate) fn may_end(&self, groups: usize) -> bool {
        let last = &self.groups[groups - 1];
        if groups < self.length {
            return matches!(last.separator, b' ' | b'/' | b'(');
        }
        !self.overflows && !is_word(last.follower) && !matches!(last.follower, b'@' | b'%' | b'\'')
    }

    /// Whether other digits stand right beside the first groups, with only a space between.
    pub(crate) fn has_neighbours(&self, groups: usize) -> bool {
        let [nearest, next] = self.before.two;
        (nearest == b' ' && next.is_ascii_digit()) || groups < self.length
    }

    /// Whether `+` stands before it.
    pub(crate) fn is_international(&self) -> bool {
        self.before.two[0] == b'+'
    }

    /// Where it begins with the sign or the parenthesis that belongs to it, if it ends after its first groups.
    pub(crate) fn start(&self, at: usize, groups: usize) -> usize {
        let closes = self.groups[..groups - 1].iter().any(|group| group.closed);
        match self.before.two[0] {
            b'+' => self.before.nearest,
            b'(' if closes => self.before.nearest,
            _ => at,
        }
    }

    /// Whether what was read goes on after the last group with a digit that a comma or a colon separates.
    pub(crate) fn is_decimal(&self, text: &str, groups: usize) -> bool {
        let mut next = after(text, self.groups[groups - 1].end);
        let sign = next.next().map_or(OTHER, |(c, _)| c);
        matches!(sign, b',' | b'.' | b':') && next.next().is_some_and(|(c, _)| c.is_ascii_digit())
    }
}

impl Before {
    fn read(text: &str, at: usize, free: usize) -> Self {
        let mut before = before(text, at).take_while(|(_, begin)| *begin >= free);
        let (first, nearest) = before.next().unwrap_or((OTHER, at));
        let (second, _) = before.next().unwrap_or((OTHER, at));
        Self { two: [first, second], nearest }
    }
}
