//! RSS 0.9x, 1.0 and 2.0 and Atom 0.3 and 1.0 → [`Feed`], in one pass over the tags.
//!
//! Feeds are written by hand more often than not: missing and unknown things are passed over, a document that breaks
//! off gives the items before the break, and undeclared prefixes and entities mean what they mostly mean.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
    name::ResolveResult,
};
use url::Url;

use super::api::{Body, Deleted, Entry, Feed, MAX_ITEMS};
use crate::text;

/// Reads a feed that came from `url`.
///
/// # Errors
///
/// What the document is instead, for a person.
pub(super) fn read(document: &str, url: &Url) -> Result<Feed, String> {
    let mut reader = NsReader::from_str(document);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let mut parser = Parser::new(url);
    while parser.feed.entries.len() + parser.feed.deleted.len() < MAX_ITEMS {
        match reader.read_resolved_event() {
            Ok((space, Event::Start(tag))) => parser.start(Space::of(&space), &tag)?,
            Ok((_, Event::End(tag))) => parser.end(tag.name().as_ref()),
            Ok((_, Event::Text(piece))) => parser.piece(&piece.xml10_content(), true),
            Ok((_, Event::CData(piece))) => parser.piece(&piece.xml10_content(), true),
            Ok((_, Event::GeneralRef(entity))) => parser.entity(&entity),
            Ok((_, Event::Eof)) => return parser.finish(None),
            Ok(_) => {}
            Err(error) => return parser.finish(Some(error.to_string())),
        }
    }
    parser.finish(Some(format!("it has more than {MAX_ITEMS} items")))
}

/// What a namespace is for. RSS has none, and no name means two things in RSS and Atom, so the two are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    Core,
    Content,
    Dublin,
    Media,
    Slash,
    Tombstone,
    Other,
}

impl Space {
    fn of(resolved: &ResolveResult<'_>) -> Self {
        match resolved {
            ResolveResult::Unbound => Self::Core,
            ResolveResult::Bound(namespace) => match namespace.as_ref() {
                "http://www.w3.org/2005/Atom"
                | "http://purl.org/atom/ns#"
                | "http://purl.org/rss/1.0/"
                | "http://my.netscape.com/rdf/simple/0.9/"
                | "http://channel.netscape.com/rdf/simple/0.9/"
                | "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Self::Core,
                uri if uri.starts_with("http://backend.userland.com/") => Self::Core,
                uri if uri.starts_with("http://purl.org/rss/1.0/modules/content") => Self::Content,
                uri if uri.starts_with("http://purl.org/rss/1.0/modules/slash") => Self::Slash,
                uri if uri.starts_with("http://purl.org/dc/") => Self::Dublin,
                uri if uri.starts_with("http://search.yahoo.com/mrss") => Self::Media,
                "http://purl.org/atompub/tombstones/1.0" => Self::Tombstone,
                _ => Self::Other,
            },
            ResolveResult::Unknown(prefix) => match prefix.as_ref() {
                "atom" | "rss" | "rdf" => Self::Core,
                "content" => Self::Content,
                "dc" | "dcterms" => Self::Dublin,
                "media" => Self::Media,
                "slash" => Self::Slash,
                "at" => Self::Tombstone,
                _ => Self::Other,
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Title,
    Link,
    Id,
    Summary,
    MediaSummary,
    Content,
    Published,
    DublinDate,
    Updated,
    Author,
    Tag,
    Language,
    Ttl,
    Comments,
}

/// How the text of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Html,
    /// Tags stand among the text as XML.
    Xhtml,
    /// Not for reading: a picture, a base64 document.
    Other,
}

/// The field whose text is being collected.
struct Open {
    field: Field,
    form: Form,
    name: String,
    /// How many elements of the same name are open inside it.
    nested: usize,
    text: String,
}

struct Parser {
    feed: Feed,
    /// Authors of the feed as a whole: those of every item that names none.
    authors: Vec<String>,
    root: Option<String>,
    base: Url,
    entry: Option<Entry>,
    open: Option<Open>,
    /// An element whose contents mean something else, and how many of the same name are open inside it.
    skipped: Option<(String, usize)>,
}

impl Parser {
    fn new(url: &Url) -> Self {
        Self {
            feed: Feed::default(),
            authors: Vec::new(),
            root: None,
            base: url.clone(),
            entry: None,
            open: None,
            skipped: None,
        }
    }

    fn is_atom(&self) -> bool {
        self.root.as_deref().is_some_and(|root| root == "feed" || root == "entry")
    }

    fn start(&mut self, space: Space, tag: &BytesStart<'_>) -> Result<(), String> {
        let (name, local) = (tag.name(), tag.local_name());
        let (name, local): (&str, &str) = (name.as_ref(), local.as_ref());
        if self.root.is_none() {
            if !matches!(local, "rss" | "RDF" | "feed" | "entry" | "channel") {
                let page = if local.eq_ignore_ascii_case("html") { "a web page" } else { "no feed" };
                return Err(format!("{page}: the document begins with <{local}>"));
            }
            self.root = Some(local.to_owned());
        }
        let begins_item = space == Space::Core && matches!(local, "item" | "entry");
        if begins_item || space == Space::Core && matches!(local, "rss" | "RDF" | "feed" | "channel") {
            self.close_field();
            self.close_entry(begins_item);
            self.begin(begins_item, tag);
        } else if let Some((skipped, nested)) = &mut self.skipped {
            *nested += usize::from(skipped == name);
        } else if let Some(open) = &mut self.open {
            open.nested += usize::from(open.name == name);
            open.markup(tag);
        } else {
            self.field(space, local, tag);
        }
        Ok(())
    }

    /// Begins an item, or the feed itself.
    fn begin(&mut self, item: bool, tag: &BytesStart<'_>) {
        self.skipped = None;
        let base = attribute(tag, "xml:base").and_then(|base| self.base.join(&base).ok());
        if item {
            let id = attribute(tag, "rdf:about");
            let language = attribute(tag, "xml:lang");
            let base = Some(base.unwrap_or_else(|| self.base.clone()));
            self.entry = Some(Entry { id, language, base, ..Entry::default() });
        } else {
            self.base = base.unwrap_or_else(|| self.base.clone());
            self.feed.language = attribute(tag, "xml:lang").or(self.feed.language.take());
        }
    }

    fn field(&mut self, space: Space, local: &str, tag: &BytesStart<'_>) {
        let field = match (space, local) {
            (Space::Core, "image" | "textInput" | "textinput" | "source" | "contributor") => {
                self.skipped = Some((tag.name().as_ref().to_owned(), 0));
                return;
            }
            (Space::Tombstone, "deleted-entry") => {
                if let Some(id) = attribute(tag, "ref") {
                    self.feed.deleted.push(Deleted { id, when: attribute(tag, "when") });
                }
                self.skipped = Some((tag.name().as_ref().to_owned(), 0));
                return;
            }
            (Space::Core, "link") if attribute(tag, "href").is_some() => return self.atom_link(tag),
            (Space::Core, "category") if attribute(tag, "term").is_some() => {
                let tags = self.entry.as_mut().map(|entry| &mut entry.tags);
                return tags
                    .into_iter()
                    .for_each(|tags| tags.extend(attribute(tag, "label").or(attribute(tag, "term"))));
            }
            (Space::Core, "title") => Field::Title,
            (Space::Core, "link") => Field::Link,
            (Space::Core, "guid" | "id") => Field::Id,
            (Space::Core, "description" | "summary") => Field::Summary,
            (Space::Media, "description") => Field::MediaSummary,
            (Space::Core, "content") | (Space::Content, "encoded") => Field::Content,
            (Space::Core, "pubDate" | "pubdate" | "published" | "issued") => Field::Published,
            (Space::Dublin, "date" | "created" | "issued") => Field::DublinDate,
            (Space::Core, "updated" | "modified") | (Space::Dublin, "modified") => Field::Updated,
            (Space::Core, "name") if self.is_atom() => Field::Author,
            (Space::Core, "author") if !self.is_atom() => Field::Author,
            (Space::Dublin, "creator") => Field::Author,
            (Space::Core, "category") | (Space::Dublin, "subject") => Field::Tag,
            (Space::Core | Space::Dublin, "language") => Field::Language,
            (Space::Core, "ttl") => Field::Ttl,
            (Space::Slash, "comments") => Field::Comments,
            _ => return,
        };
        if field == Field::Content
            && let (Some(entry), Some(base)) = (&mut self.entry, attribute(tag, "xml:base"))
        {
            entry.base = entry.base.as_ref().and_then(|outer| outer.join(&base).ok());
        }
        let form = self.form(field, attribute(tag, "type"), attribute(tag, "src"));
        let name = tag.name().as_ref().to_owned();
        self.open = Some(Open { field, form, name, nested: 0, text: String::new() });
    }

    /// In RSS every text may be HTML; Atom says it, and means plain text when it does not.
    fn form(&self, field: Field, kind: Option<String>, source: Option<String>) -> Form {
        if field == Field::MediaSummary {
            return if kind.as_deref() == Some("html") { Form::Html } else { Form::Plain };
        }
        if !self.is_atom() {
            return Form::Html;
        }
        match kind.as_deref().unwrap_or("text") {
            _ if source.is_some() => Form::Other,
            "html" | "text/html" => Form::Html,
            "xhtml" | "application/xhtml+xml" => Form::Xhtml,
            kind if kind == "text" || kind.starts_with("text/") => Form::Plain,
            _ => Form::Other,
        }
    }

    fn atom_link(&mut self, tag: &BytesStart<'_>) {
        let Some(entry) = &mut self.entry else { return };
        let relation = attribute(tag, "rel").unwrap_or_else(|| "alternate".to_owned());
        if relation == "alternate" && entry.link.is_none() {
            let base = entry.base.as_ref().unwrap_or(&self.base);
            entry.link = attribute(tag, "href").and_then(|href| base.join(href.trim()).ok());
        }
    }

    fn piece(&mut self, text: &str, escape: bool) {
        let Some(open) = &mut self.open else { return };
        if open.form == Form::Xhtml && escape {
            open.text.push_str(&quick_xml::escape::escape(text));
        } else {
            open.text.push_str(text);
        }
    }

    fn entity(&mut self, entity: &BytesRef<'_>) {
        let name = entity.xml10_content();
        if self.open.as_ref().is_some_and(|open| open.form == Form::Xhtml) {
            return self.piece(&format!("&{name};"), false);
        }
        match (entity.resolve_char_ref(), quick_xml::escape::resolve_predefined_entity(&name)) {
            (Ok(Some(c)), _) => self.piece(c.encode_utf8(&mut [0; 4]), false),
            (_, Some(text)) => self.piece(text, false),
            _ => self.piece(&text::entity(&name), false),
        }
    }

    fn end(&mut self, name: &str) {
        let local = name.rsplit(':').next().unwrap_or(name);
        if matches!(local, "item" | "entry") {
            self.close_field();
            self.close_entry(true);
            self.skipped = None;
        } else if let Some((skipped, nested)) = &mut self.skipped {
            match (skipped == name, *nested) {
                (true, 0) => self.skipped = None,
                (true, _) => *nested -= 1,
                _ => {}
            }
        } else if let Some(open) = &mut self.open {
            match (open.name == name, open.nested) {
                (true, 0) => self.close_field(),
                (same, _) => {
                    open.nested -= usize::from(same);
                    open.text.push_str(&format!("</{local}>"));
                }
            }
        }
    }

    fn close_field(&mut self) {
        let Some(open) = self.open.take() else { return };
        let text = open.text.trim();
        if text.is_empty() || open.form == Form::Other {
            return;
        }
        let plain = || Some(text.to_owned());
        let body = || Some(if open.form == Form::Plain { Body::Plain(text.into()) } else { Body::Html(text.into()) });
        let Some(entry) = &mut self.entry else {
            match open.field {
                Field::Title => self.feed.title = self.feed.title.take().or_else(body),
                Field::Language => self.feed.language = plain(),
                Field::Ttl => self.feed.ttl_minutes = text.parse().ok(),
                Field::Author => self.authors.push(text.to_owned()),
                _ => {}
            }
            return;
        };
        match open.field {
            Field::Title => entry.title = entry.title.take().or_else(body),
            Field::Link => {
                let base = entry.base.as_ref().unwrap_or(&self.base);
                entry.link = entry.link.take().or_else(|| base.join(text).ok());
            }
            Field::Id => entry.id = plain(),
            Field::Summary => entry.summary = body(),
            Field::MediaSummary => entry.summary = entry.summary.take().or_else(body),
            Field::Content => entry.content = body(),
            Field::Published => entry.published = plain(),
            Field::DublinDate => entry.published = entry.published.take().or_else(plain),
            Field::Updated => entry.updated = plain(),
            Field::Author => entry.authors.push(text.to_owned()),
            Field::Tag => entry.tags.push(text.to_owned()),
            Field::Language => entry.language = plain(),
            Field::Comments => entry.comments = text.parse().ok(),
            Field::Ttl => {}
        }
    }

    /// `complete` items are kept; one in the midst of which the document ends is not.
    fn close_entry(&mut self, complete: bool) {
        if let Some(entry) = self.entry.take()
            && complete
        {
            self.feed.entries.push(entry);
        }
    }

    fn finish(mut self, error: Option<String>) -> Result<Feed, String> {
        if self.root.is_none() {
            return Err(error.unwrap_or_else(|| "no feed: the document has no element".to_owned()));
        }
        let cut = (self.entry.is_some() || self.open.is_some()).then(|| "it ends in the midst of an item".to_owned());
        self.feed.broken = error.or(cut);
        for entry in &mut self.feed.entries {
            if entry.authors.is_empty() {
                entry.authors.clone_from(&self.authors);
            }
        }
        Ok(self.feed)
    }
}

impl Open {
    /// Writes a tag that stands in the midst of a text back as it came, as far as a reader sees it.
    fn markup(&mut self, tag: &BytesStart<'_>) {
        let local = tag.local_name();
        let local: &str = local.as_ref();
        self.text.push('<');
        self.text.push_str(local);
        for name in ["href", "alt", "class"] {
            if let Some(value) = attribute(tag, name) {
                self.text.push_str(&format!(" {name}=\"{}\"", quick_xml::escape::escape(value.as_str())));
            }
        }
        self.text.push('>');
        // A text with tags in it is HTML, whatever was said.
        if self.form == Form::Plain {
            self.form = Form::Html;
        }
    }
}

/// An attribute's value, with a bare `&` taken as it stands.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.html_attributes().with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(match found.normalized_value(XmlVersion::Implicit1_0) {
        Ok(value) => value.into_owned(),
        Err(_) => found.value.replace("&amp;", "&"),
    })
}
