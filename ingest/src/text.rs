//! HTML as a person reads it: plain text with its paragraphs, list items, emoji and full link addresses.
//!
//! It reads tokens, not a tree, so that time and memory grow with the input only, however broken or deep it is.
//! The one rule: entities are decoded once.

use std::cell::RefCell;

use html5ever::{
    Attribute,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind::{Rawtext, Rcdata, ScriptData},
    },
};
use url::Url;

/// Most link targets that are kept of one text.
const MAX_LINKS: usize = 50;

/// A text and what it links to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct PlainText {
    /// What a person reads. A link whose text is a shortened address is written out in full.
    pub(crate) text: String,
    /// Where the other links lead, in order; at most 50.
    pub(crate) links: Vec<String>,
}

/// Reads HTML. Relative links are resolved against `base`, or left out without one.
pub(crate) fn from_html(html: &str, base: Option<&Url>) -> PlainText {
    read(html, base, false)
}

/// Reads what an author wrote: without the words of others that they quote or answer, as far as the HTML marks them.
/// The address of a page that is shown as a preview is kept among the links.
pub(crate) fn own_words(html: &str, base: Option<&Url>) -> PlainText {
    read(html, base, true)
}

fn read(html: &str, base: Option<&Url>, skip_quotes: bool) -> PlainText {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(close_last_tag(html).as_ref()));
    let sink = Reader { writer: RefCell::default(), base, skip_quotes };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    // `Script` is the only reason to stop, and the sink never gives it.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut writer = tokenizer.sink.writer.into_inner();
    writer.close_link();
    PlainText { text: tidy(&writer.out), links: writer.links }
}

/// Reads HTML that stands on one line, such as a headline.
pub(crate) fn line_from_html(html: &str) -> String {
    one_line(&from_html(html, None).text)
}

/// What the named entity stands for: `eacute` is `é`. An unknown name stays as it was written.
pub(crate) fn entity(name: &str) -> String {
    let read = from_html(&format!("x&{name};x"), None).text;
    read.strip_prefix('x').and_then(|rest| rest.strip_suffix('x')).unwrap_or_default().to_owned()
}

/// Puts a text on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Plain text without control characters and without empty space at line ends, at most one empty line in a row.
pub(crate) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.split('\n') {
        let line: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(line);
    }
    out.trim().to_owned()
}

/// The full address, when `shown` is that address cut short: `www.example.org/a-long…`.
pub(crate) fn full_address<'a>(shown: &str, target: &'a str) -> Option<&'a str> {
    let bare = |address: &'_ str| {
        let address = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
        address.strip_prefix("www.").unwrap_or(address).trim_end_matches('/').to_owned()
    };
    let shown = shown.trim();
    let cut = shown.strip_suffix('…').or_else(|| shown.strip_suffix("...")).unwrap_or(shown);
    let (start, target_start) = (bare(cut), bare(target));
    let is_address = start.contains('.') && !start.contains(char::is_whitespace);
    let matches = if cut.len() < shown.len() { target_start.starts_with(&start) } else { target_start == start };
    (is_address && matches).then_some(target)
}

/// A tag that is never closed would swallow what follows: `5 <b` is text.
fn close_last_tag(html: &str) -> std::borrow::Cow<'_, str> {
    match html.rsplit_once('<') {
        Some((before, after)) if !after.contains('>') => format!("{before}&lt;{after}").into(),
        _ => html.into(),
    }
}

/// What stands between two pieces of text; the larger one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

#[derive(Default)]
struct Writer {
    out: String,
    gap: Gap,
    /// How many `<pre>` are open.
    pre: usize,
    /// The element whose contents nobody reads, such as a script.
    skipping: Option<String>,
    /// The element that holds somebody else's words, and how many of its name are open.
    quote: Option<(String, usize)>,
    /// Where in `out` the open link began, and where it leads.
    link: Option<(usize, String)>,
    links: Vec<String>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if self.skipping.is_some() || self.quote.is_some() {
            return;
        }
        for c in text.chars() {
            if self.pre == 0 && (c.is_ascii_whitespace() || c == '\u{a0}') {
                self.gap(Gap::Space);
            } else {
                self.fill_gap();
                self.out.push(c);
            }
        }
    }

    fn gap(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn fill_gap(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if self.out.is_empty() || self.out.ends_with('\n') && gap == Gap::Space {
            return;
        }
        self.out.push_str(match gap {
            Gap::None => "",
            Gap::Space => " ",
            Gap::Line => "\n",
            Gap::Paragraph => "\n\n",
        });
    }

    fn open_link(&mut self, target: String) {
        self.close_link();
        // The gap belongs before the link: whatever replaces the link's text must not eat it.
        self.fill_gap();
        self.link = Some((self.out.len(), target));
    }

    fn close_link(&mut self) {
        let Some((start, target)) = self.link.take() else { return };
        let shown = self.out.get(start..).unwrap_or_default();
        if let Some(full) = full_address(shown, &target) {
            self.out.truncate(start);
            self.out.push_str(full);
        } else {
            self.keep_link(target);
        }
    }

    fn keep_link(&mut self, target: String) {
        if self.links.len() < MAX_LINKS && !self.links.contains(&target) {
            self.links.push(target);
        }
    }

    /// Passes over a tag within a quote; says whether it was within one.
    fn is_within_quote(&mut self, name: &str, opens: bool) -> bool {
        let Some((quote, open)) = &mut self.quote else { return false };
        if quote == name {
            *open = if opens { *open + 1 } else { *open - 1 };
            if *open == 0 {
                self.quote = None;
                self.gap(Gap::Paragraph);
            }
        }
        true
    }
}

struct Reader<'a> {
    writer: RefCell<Writer>,
    base: Option<&'a Url>,
    skip_quotes: bool,
}

impl TokenSink for Reader<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut writer = self.writer.borrow_mut();
        match token {
            Token::CharacterTokens(text) => writer.text(&text),
            Token::TagToken(tag) => return self.tag(&mut writer, &tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Reader<'_> {
    fn tag(&self, writer: &mut Writer, tag: &Tag) -> TokenSinkResult<()> {
        let (name, opens) = (&*tag.name, tag.kind == TagKind::StartTag);
        if let Some(skipped) = &writer.skipping {
            if !opens && skipped == name {
                writer.skipping = None;
            }
            return TokenSinkResult::Continue;
        }
        if opens && let Some(kind) = unread(name) {
            writer.skipping = Some(name.to_owned());
            return TokenSinkResult::RawData(kind);
        }
        if writer.is_within_quote(name, opens) {
            return TokenSinkResult::Continue;
        }
        if self.skip_quotes && opens && !tag.self_closing && is_quote(name, &tag.attrs) {
            writer.close_link();
            writer.gap(Gap::Paragraph);
            writer.quote = Some((name.to_owned(), 1));
            if let Some(page) = attribute(&tag.attrs, "data-onebox-src").filter(|page| page.starts_with("http")) {
                writer.keep_link(page.to_owned());
            }
            return TokenSinkResult::Continue;
        }
        match name {
            "br" => writer.gap(if writer.gap >= Gap::Line { Gap::Paragraph } else { Gap::Line }),
            "a" if opens => match self.target(&tag.attrs) {
                Some(target) => writer.open_link(target),
                None => writer.close_link(),
            },
            "a" => writer.close_link(),
            "img" => self.image(writer, &tag.attrs),
            "li" if opens => {
                writer.gap(Gap::Line);
                writer.fill_gap();
                writer.out.push_str("- ");
            }
            "pre" => {
                writer.gap(Gap::Paragraph);
                writer.pre = if opens { writer.pre + 1 } else { writer.pre.saturating_sub(1) };
            }
            "td" | "th" => writer.gap(Gap::Space),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "ul" | "ol" | "table" | "hr" | "figure" => {
                writer.gap(Gap::Paragraph);
            }
            "div" | "li" | "tr" | "dt" | "dd" | "dl" | "article" | "section" | "header" | "footer" | "aside"
            | "nav" | "main" | "address" | "figcaption" | "details" | "summary" | "form" | "option" => {
                writer.gap(Gap::Line)
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn target(&self, attributes: &[Attribute]) -> Option<String> {
        let href = attribute(attributes, "href")?.trim();
        let url = match self.base {
            Some(base) => base.join(href).ok()?,
            None => Url::parse(href).ok()?,
        };
        matches!(url.scheme(), "http" | "https").then(|| url.into())
    }

    /// Emoji are often pictures whose `alt` is the character; other pictures are not text.
    fn image(&self, writer: &mut Writer, attributes: &[Attribute]) {
        let alt = attribute(attributes, "alt").unwrap_or_default();
        let class = attribute(attributes, "class").unwrap_or_default();
        let is_emoji = class.contains("emoji") || class.contains("smiley");
        if !alt.is_empty() && (is_emoji || alt.chars().count() <= 8 && !alt.chars().any(|c| c.is_alphanumeric())) {
            writer.text(alt);
        }
    }
}

fn attribute<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    attributes.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

/// Elements that hold the words of others: quotations, previews of linked pages, and what an e-mail program put below
/// a reply. The classes are those of Discourse (`quote`, `onebox`, `elided`) and Mastodon (`quote-inline`).
fn is_quote(name: &str, attributes: &[Attribute]) -> bool {
    let has =
        |class: &str| attribute(attributes, "class").unwrap_or_default().split_whitespace().any(|own| own == class);
    match name {
        "blockquote" => true,
        "aside" => has("quote") || has("onebox"),
        "details" => has("elided"),
        "p" | "span" => has("quote-inline"),
        _ => false,
    }
}

/// Elements whose contents are not read, and how the tokenizer has to pass over them.
fn unread(name: &str) -> Option<html5ever::tokenizer::states::RawKind> {
    match name {
        "script" => Some(ScriptData),
        "style" | "iframe" | "noembed" | "noframes" => Some(Rawtext),
        "title" | "textarea" => Some(Rcdata),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        from_html(html, None).text
    }

    #[test]
    fn paragraphs_lists_and_breaks_are_kept_without_wrapping() {
        let long = "word ".repeat(200);
        assert_eq!(text(&format!("<p>{long}</p>")), long.trim());
        assert_eq!(text("First.<p>Second<br>line<p><i>Third</i>"), "First.\n\nSecond\nline\n\nThird");
        assert_eq!(text("<ul><li>één</li><li>twee</li></ul>na"), "- één\n- twee\n\nna");
        assert_eq!(text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "a b\nc");
        assert_eq!(text("a<br><br><br>b"), "a\n\nb");
        assert_eq!(text("x<pre><code>if a:\n    b &lt; c</code></pre>y"), "x\n\nif a:\n    b < c\n\ny");
    }

    #[test]
    fn entities_are_decoded_once() {
        assert_eq!(
            text("I don&#x27;t &amp;amp; &quot;5 &gt; 4&quot; &nbsp;caf&eacute; &#128512;"),
            "I don't &amp; \"5 > 4\" café 😀"
        );
        assert_eq!(line_from_html("AT&T &amp; 1 < 2 and 5 <b"), "AT&T & 1 < 2 and 5 <b");
    }

    #[test]
    fn what_nobody_reads_is_left_out() {
        assert_eq!(text("a<script>if (1 < 2) { '<p>' }</script>b<style>p{}</style>c<!-- d -->"), "abc");
        assert_eq!(text("<p>a<img src=x alt='a long description'><img class=emoji alt='🎉'></p>"), "a🎉");
        assert_eq!(text("wp <img alt='🙂' class='wp-smiley'>"), "wp 🙂");
    }

    #[test]
    fn shortened_addresses_are_written_out_and_other_targets_kept() {
        let read = from_html(
            r#"See <a href="https:&#x2F;&#x2F;example.org&#x2F;a-long&#x2F;path?x=1&amp;y=2">https:&#x2F;&#x2F;example.org&#x2F;a-lo...</a>, <a href="/b">the page</a>."#,
            Url::parse("https://example.net/a").ok().as_ref(),
        );
        assert_eq!(read.text, "See https://example.org/a-long/path?x=1&y=2, the page.");
        assert_eq!(read.links, ["https://example.net/b"]);
        // Mastodon hides parts of an address with styles; joined they are the address.
        let mastodon =
            r#"<a href="https://example.org/x"><span class="invisible">https://</span><span>example.org/x</span></a>"#;
        assert_eq!(text(mastodon), "https://example.org/x");
        assert_eq!(full_address("Node.js", "https://nodejs.org/"), None);
        assert_eq!(full_address("example.org", "https://www.example.org/"), Some("https://www.example.org/"));
    }

    #[test]
    fn words_of_others_are_left_out() {
        let own = |html: &str| own_words(html, None);
        let reply = r#"<aside class="quote no-group" data-username="ann"><div class="title">ann:</div><blockquote><p>It is <b>bad</b>.</p></blockquote></aside><p>I disagree.</p>"#;
        assert_eq!(own(reply).text, "I disagree.");
        assert_eq!(own("<p>a</p><blockquote>b<blockquote>c</blockquote>d</blockquote><p>e</p>").text, "a\n\ne");
        assert_eq!(
            own(r#"<p class="quote-inline">RE: <a href="https://a.example/1">x</a></p><p>Indeed</p>"#).text,
            "Indeed"
        );
        let preview =
            own(r#"see<aside class="onebox" data-onebox-src="https://a.example/p"><h3>Other title</h3></aside>this"#);
        assert_eq!(
            (preview.text.as_str(), &preview.links[..]),
            ("see\n\nthis", &["https://a.example/p".to_owned()][..])
        );
        assert_eq!(own("<details class='elided'><p>On Monday, ann wrote</p></details><p>Thanks</p>").text, "Thanks");
        assert_eq!(own("<aside>a note</aside><details>more</details><p>own</p>").text, "a note\nmore\n\nown");
        // A quotation in another text is part of it.
        assert_eq!(text("<blockquote>b</blockquote>"), "b");
    }

    #[test]
    fn deep_nesting_and_open_tags_do_no_harm() {
        let deep = "<div><b>".repeat(100_000) + "text";
        assert_eq!(text(&deep), "text");
        assert_eq!(text("<a href='https://a.example/'>open"), "open");
        assert_eq!(text("<p>a\u{0}b\u{7}c"), "abc");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(html in "\\PC*", tags in "(<(a href='?|p|blockquote|/blockquote|li|pre|/pre|img alt=x|/a|script|title|br)>?[ &<a-z…]{0,5}){0,30}") {
            from_html(&html, None);
            from_html(&tags, None);
            own_words(&tags, None);
        }
    }
}
