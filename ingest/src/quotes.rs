//! HTML without what its author quotes: those are somebody else's words.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::borrow::Cow;

const OPEN: &str = "<blockquote";
const CLOSE: &str = "</blockquote>";

/// Leaves every `<blockquote>` out, nested ones too; one that is never closed ends with the text.
pub(crate) fn without_quotes(html: &str) -> Cow<'_, str> {
    if !html.contains(OPEN) {
        return html.into();
    }
    let (mut kept, mut rest, mut depth) = (String::with_capacity(html.len()), html, 0_usize);
    loop {
        let (open, close) = (rest.find(OPEN), rest.find(CLOSE));
        let opens = open.is_some_and(|open| close.is_none_or(|close| open < close));
        let (at, tag) = match (open, close) {
            (Some(open), _) if opens => (open, OPEN),
            (_, Some(close)) => (close, CLOSE),
            _ => break,
        };
        if depth == 0 {
            kept.push_str(rest.get(..at).unwrap_or_default());
        }
        depth = if opens { depth + 1 } else { depth.saturating_sub(1) };
        rest = rest.get(at + tag.len()..).unwrap_or_default();
    }
    if depth == 0 {
        kept.push_str(rest);
    }
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_go_and_answers_stay() {
        assert_eq!(without_quotes("<p>a</p>"), "<p>a</p>");
        assert_eq!(without_quotes("<blockquote class=x><p>q</p></blockquote><p>a</p>"), "<p>a</p>");
        let nested = "a<blockquote>1<blockquote>2</blockquote>3</blockquote>b<blockquote>4</blockquote>c";
        assert_eq!(without_quotes(nested), "abc");
        assert_eq!(without_quotes("a<blockquote>never closed"), "a");
        assert_eq!(without_quotes("a</blockquote>b<blockquote>c</blockquote>"), "ab");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(html in "(</?blockquote>?|é|[a-z ]){0,40}") {
            without_quotes(&html);
        }
    }
}
