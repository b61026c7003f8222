//! Markdown as Lemmy writes it → plain text as a person reads it.

use pulldown_cmark::{Event, Options, Parser, html::push_html};

use crate::text::{self, PlainText};

/// Reads what an author wrote: without the words of others, which stand behind `>`.
pub(super) fn own_words(markdown: &str) -> PlainText {
    let without_fences = open_spoilers(markdown);
    // Tags are text there, not markup.
    let events =
        Parser::new_ext(&without_fences, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES).map(|event| {
            match event {
                Event::Html(tag) | Event::InlineHtml(tag) => Event::Text(tag),
                // A line break of the author is one for the reader.
                Event::SoftBreak => Event::HardBreak,
                other => other,
            }
        });
    let mut html = String::with_capacity(markdown.len() * 2);
    push_html(&mut html, events);
    text::own_words(&html, None)
}

/// `::: spoiler Title` and `:::` around what is shown after a click; the title is read.
fn open_spoilers(markdown: &str) -> String {
    let line = |line: &str| -> String {
        let Some(rest) = line.trim_start().strip_prefix(":::") else { return line.to_owned() };
        let title = rest.trim().strip_prefix("spoiler").unwrap_or_default().trim();
        format!("\n{title}\n")
    };
    markdown.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(markdown: &str) -> String {
        own_words(markdown).text
    }

    #[test]
    fn markup_goes_and_words_stay() {
        assert_eq!(
            own("**Goed** toestel, _maar_:\n\n* accu\n* [scherm](https://example.org/s)"),
            "Goed toestel, maar:\n\n- accu\n- scherm"
        );
        assert_eq!(own_words("[a page](https://example.org/s)").links, ["https://example.org/s"]);
        assert_eq!(own("een\ntwee"), "een\ntwee");
        assert_eq!(own("I use Vec<T> & <b>that</b> ~~not~~"), "I use Vec<T> & <b>that</b> not");
        assert_eq!(own("`a < b`"), "a < b");
    }

    #[test]
    fn quotes_are_somebody_elses_words_and_spoilers_the_authors() {
        assert_eq!(own("> it is bad\n\nNo, it is good"), "No, it is good");
        assert_eq!(
            own("Eerst\n::: spoiler Het einde\nZij wint\n:::\nklaar"),
            "Eerst\n\nHet einde\n\nZij wint\n\nklaar"
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(markdown in "\\PC*", lines in "([>*#:`\\[\\](<a&\n -]{0,6}){0,30}") {
            own_words(&markdown);
            own_words(&lines);
        }
    }
}
