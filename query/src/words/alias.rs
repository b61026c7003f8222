//! Other names of a word: UAX #29 keeps `l'orange`, `fairphone's`, `nu.nl` and `_so_` whole, and Korean writes particles
//! on to the noun. Such a word is found as a whole and by its parts.

use super::{Traits, korean};

/// Fewest letters of a part; fewer are elisions, initials and endings.
const MIN_LETTERS: usize = 2;
/// Fewest letters after an apostrophe: `j'ai` is not found by `ai`.
const MIN_LETTERS_AFTER_APOSTROPHE: usize = 3;

/// Calls `alias` with each other name of `word`, and whether it stands at its beginning with only an ending after it.
pub(crate) fn aliases(word: &str, traits: Traits, mut alias: impl FnMut(&str, bool)) {
    if traits.joined {
        parts(word, &mut alias);
    }
    if traits.hangul {
        korean::stems(word, |stem| alias(stem, true));
    }
}

fn parts(word: &str, alias: &mut impl FnMut(&str, bool)) {
    if is_contraction(word) {
        return;
    }
    let mut after = '\0';
    let mut start = 0;
    for part in word.split_inclusive(is_joint) {
        let separator = part.chars().next_back().filter(|c| is_joint(*c));
        let name = separator.and_then(|c| part.strip_suffix(c)).unwrap_or(part);
        let fewest = if after == '\'' { MIN_LETTERS_AFTER_APOSTROPHE } else { MIN_LETTERS };
        if name.chars().next().is_some_and(char::is_alphabetic) && name.chars().nth(fewest - 1).is_some() {
            alias(name, start == 0 && separator == Some('\''));
        }
        after = separator.unwrap_or('\0');
        start += part.len();
    }
}

/// What UAX #29 lets stand inside a word.
pub(super) fn is_joint(c: char) -> bool {
    matches!(c, '\'' | '.' | ':' | '_' | '·' | '‧' | '․')
}

/// `don't` is not found by `don`, nor `we'll` by `we` and `she'd` by `she`.
fn is_contraction(word: &str) -> bool {
    let ending = word.rsplit_once('\'').map_or("", |(_, ending)| ending);
    ["t", "ll", "re", "ve", "d", "m"].iter().any(|contracted| ending.eq_ignore_ascii_case(contracted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_word_has_the_names_of_its_parts() {
        let of = |word: &str| {
            let mut found = Vec::new();
            aliases(word, Traits { joined: true, ..Traits::default() }, |part, clean| {
                found.push((part.to_owned(), clean))
            });
            found
        };
        let plain = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), false)).collect::<Vec<_>>();
        assert_eq!(of("fairphone's"), [("fairphone".to_owned(), true)]);
        assert_eq!(of("l'orange"), plain(&["orange"]));
        assert_eq!(of("j'ai"), []);
        assert_eq!(of("don't"), []);
        assert_eq!(of("fairphone.com"), plain(&["fairphone", "com"]));
        assert_eq!(of("_fairphone_"), plain(&["fairphone"]));
        assert_eq!(of("3.50"), []);
        assert_eq!(of("u.s.a"), []);
    }
}
