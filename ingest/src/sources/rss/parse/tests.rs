#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{fs, path::Path};

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

/// All mentions of a document from `https://example.org/feed.xml`.
fn read(document: &str) -> Vec<Mention> {
    let url = url("https://example.org/feed.xml");
    let feed = feed(document.as_bytes(), None, &url).unwrap();
    let channel = Channel::of(&url, &feed);
    feed.entries.iter().filter_map(|entry| channel.mention(entry, now())).map(|(mention, _)| mention).collect()
}

fn rss(items: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Nieuws &amp; meer</title><language>nl</language>{items}</channel></rss>"#
    )
}

#[test]
fn an_rss_item_becomes_an_article() {
    let read = read(&rss(r#"<image><title>logo</title><link>https://wrong.example/</link></image>
        <item xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
              xmlns:content="http://purl.org/rss/1.0/modules/content/">
          <title>Tom &amp;amp; Jerry</title><link> /artikel/1 </link><guid isPermaLink="false">abc 1</guid>
          <description>Kort</description>
          <content:encoded><![CDATA[<p>Een <a href="/meer">lang</a> verhaal&nbsp;🎉.</p><p>Tweede</p>]]></content:encoded>
          <pubDate>Sun, 22 Nov 2026 08:00:00 +0100</pubDate><dc:creator>Jan</dc:creator><category>Telefoons</category>
          <slash:comments>7</slash:comments><source url="x"><title>elders</title></source></item>"#));
    let [article] = &read[..] else { panic!("{read:?}") };
    assert_eq!(article.id, "rss:https://example.org/feed.xml#abc 1");
    assert_eq!(article.kind, Kind::Article);
    assert_eq!(article.title.as_deref(), Some("Tom & Jerry"));
    assert_eq!(article.text, "Een lang verhaal 🎉.\n\nTweede");
    assert_eq!(article.url.as_deref(), Some("https://example.org/artikel/1"));
    assert_eq!(article.site.as_deref(), Some("example.org"));
    assert_eq!(article.lang_hint.as_deref(), Some("nl"));
    assert_eq!(article.author.name.as_deref(), Some("Jan"));
    assert_eq!(article.engagement.replies, Some(7));
    assert_eq!(article.published_at.to_string(), "2026-11-22T07:00:00.000Z");
    assert_eq!((article.revision, article.edited_at, article.collected_at), (0, None, now()));
    assert_eq!(article.extra["links"], serde_json::json!(["https://example.org/meer"]));
    assert_eq!(article.extra["feed_title"], "Nieuws & meer");
    assert_eq!(article.extra["tags"], serde_json::json!(["Telefoons"]));
}

#[test]
fn an_atom_entry_keeps_its_markup_rules() {
    let read = read(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://blog.example/a/">
        <title>Blog</title><author><name>Ann</name></author>
        <entry><id>tag:blog.example,2026:1</id><title type="text">1 &lt; 2 &amp;amp; so</title>
          <link rel="self" href="self.xml"/><link href="post"/><title/>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>5 &lt; 6 <b>bold</b></p><p>x</p></div></content>
          <published>2026-11-01T00:00:00Z</published><updated>2026-11-02T00:00:00Z</updated>
          <source><id>wrong</id><title>wrong</title></source></entry>
        <entry><id>tag:blog.example,2026:2</id><title type="html">a &amp;lt;b&amp;gt; &lt;i&gt;c&lt;/i&gt;</title>
          <content type="html"/><summary>Sum</summary><updated>2026-11-02</updated></entry></feed>"#,
    );
    let [first, second] = &read[..] else { panic!("{read:?}") };
    assert_eq!(first.id, "rss:tag:blog.example,2026:1");
    assert_eq!(first.title.as_deref(), Some("1 < 2 &amp; so"));
    assert_eq!(first.text, "5 < 6 bold\n\nx");
    assert_eq!(first.url.as_deref(), Some("https://blog.example/a/post"));
    assert_eq!(first.author.name.as_deref(), Some("Ann"));
    assert_eq!(first.edited_at.map(|at| at.to_string()).as_deref(), Some("2026-11-02T00:00:00.000Z"));
    assert_eq!(second.title.as_deref(), Some("a <b> c"));
    assert_eq!((second.text.as_str(), second.published_at.to_string().as_str()), ("Sum", "2026-11-02T00:00:00.000Z"));
}

#[test]
fn a_json_feed_is_read_in_both_versions() {
    let read = read(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"J","language":"de","authors":[{"name":"Eva"}],"items":[
        {"id":7,"content_text":"Plain <b>& text","url":"/7","date_published":"2026-11-22T08:00:00+01:00","tags":["a",3]},
        {"id":"https://example.org/8","title":5,"content_html":"<p>Hi</p>","author":{"name":"Old"},"date_modified":false},
        {"content_text":"without id"}, "nonsense"]}"#,
    );
    let [first, second] = &read[..] else { panic!("{read:?}") };
    assert_eq!(first.id, "rss:https://example.org/feed.xml#7");
    assert_eq!((first.text.as_str(), first.author.name.as_deref()), ("Plain <b>& text", Some("Eva")));
    assert_eq!((second.id.as_str(), second.text.as_str()), ("rss:https://example.org/8", "Hi"));
    assert_eq!((second.title.as_deref(), second.author.name.as_deref()), (Some("5"), Some("Old")));
}

#[test]
fn ids_stay_the_same_without_a_guid() {
    let linked = read(&rss("<item><title>a</title><link>https://example.org/1</link></item>"));
    assert_eq!(linked[0].id, "rss:https://example.org/1");
    let bare = |text: &str| read(&rss(&format!("<item><title>Kop</title><description>{text}</description></item>")));
    assert_eq!(bare("eerst")[0].id, bare("later veranderd")[0].id);
    assert_ne!(bare("x")[0].id, read(&rss("<item><title>Andere kop</title></item>"))[0].id);
    let long =
        read(&rss(&format!("<item><guid>https://example.org/{}</guid><title>a</title></item>", "x".repeat(5000))));
    assert!(long[0].id.len() < 100, "{}", long[0].id);
}

#[test]
fn the_same_guid_in_two_feeds_is_two_items_unless_it_is_a_global_one() {
    let id = |feed: &str, guid: &str| Channel { configured: url(feed), title: None, language: None }.id(guid);
    let (one, other) = ("https://forum.example/feed?board=1&key=secret", "https://forum.example/feed?board=2");
    assert_ne!(id(one, "17"), id(other, "17"));
    assert_eq!(id(one, "17"), id(one, "17"));
    assert!(!id(one, "17").contains("secret"));
    assert_eq!(id(one, "https://forum.example/17"), id(other, "https://forum.example/17"));
}

#[test]
fn a_document_of_a_million_items_is_read_in_part() {
    let document = format!("<rss><channel>{}", "<item/>".repeat(1_000_000));
    let many = feed(document.as_bytes(), None, &url("https://example.org/")).unwrap();
    assert_eq!(many.entries.len(), super::super::api::MAX_ITEMS);
    assert!(many.broken.is_some());
}

#[test]
fn broken_documents_give_what_is_whole() {
    let item =
        |n| format!("<item><guid>https://example.org/{n}</guid><title>AT&T & R&D &eacute;&bogus; {n}</title></item>");
    let cut = format!("\u{feff}  \n<rss version='2.01'><channel>{}{}<item><title><![CDATA[cut off", item(1), item(2));
    let read_cut = read(&cut);
    assert_eq!(read_cut.len(), 2, "{read_cut:?}");
    assert_eq!(read_cut[0].title.as_deref(), Some("AT&T & R&D é&bogus; 1"));
    // An undeclared prefix, an end tag that is missing and one that does not belong.
    let odd = read(&rss(
        "<item><title>Een</b><dc:creator>Jan</dc:creator></item><item><media:description>m</media:description></item>",
    ));
    assert_eq!(odd.len(), 2, "{odd:?}");
    // Markup that nobody escaped.
    let raw = read(&rss(
        "<item><description><p>Eerste</p><p>Tweede <a href='https://a.example/'>b</a></p></description></item>",
    ));
    assert_eq!(raw[0].text, "Eerste\n\nTweede b");
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    let error = |text: &str| feed(text.as_bytes(), None, &url("https://example.org/")).unwrap_err();
    assert!(error("<!DOCTYPE html><html><head><title>Log in</title></head></html>").contains("web page"));
    assert!(error("  ").contains("empty"));
    assert!(error("Not found").contains("neither"));
    assert!(error("{\"error\":1}").contains("JSON"));
    assert!(error("<svg/>").contains("svg"));
}

#[test]
fn entities_of_a_hostile_document_do_not_grow() {
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><rss><channel><item><title>&b;</title></item></channel></rss>";
    assert_eq!(read(bomb)[0].title.as_deref(), Some("&b;"));
}

#[test]
fn authors_lose_their_mail_address() {
    for text in ["jan@example.org (Jan Smit)", "Jan Smit <jan@example.org>", "Jan Smit"] {
        assert_eq!(author(text), "Jan Smit");
    }
}

/// Real feeds, when they are at hand, with what another parser reads in them.
#[test]
fn real_feeds_are_read_in_full() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/03-feeds");
    for file in fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".serde.json") || name.ends_with(".txt") {
            continue;
        }
        let url = url("https://feeds.example/x");
        let read = feed(&fs::read(&file).unwrap(), None, &url).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.broken, None, "{name}");
        let channel = Channel::of(&url, &read);
        let mentions: Vec<_> = read.entries.iter().filter_map(|entry| channel.mention(entry, now())).collect();
        assert!(!mentions.is_empty(), "{name}");
        let expected = fs::read(file.with_extension("serde.json")).ok();
        let Some(expected) = expected.and_then(|json| serde_json::from_slice::<Value>(&json).ok()) else { continue };
        let entries = expected["entries"].as_array().unwrap();
        assert_eq!(mentions.len(), entries.len(), "{name}");
        for ((mention, _), entry) in mentions.iter().zip(entries) {
            let title = entry["title"]["content"].as_str().map(text::line_from_html);
            assert_eq!(mention.title, title.filter(|title| !title.is_empty()), "{name}");
            let when =
                entry["published"].as_str().or(entry["updated"].as_str()).and_then(|at| Timestamp::parse(at).ok());
            assert_eq!(mention.published_at, when.unwrap_or(now()), "{name}");
            for leftover in ["&amp;", "&lt;", "&#", "<p>", "</"] {
                assert!(!mention.text.contains(leftover), "{name}: {leftover} in {}", mention.text);
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, tags in "(<[/!?]?(rss|item|title|link|feed|entry|content type='xhtml'|!\\[CDATA\\[|p)>?|&[a-z]{0,4};?|\\PC{0,3}){0,40}") {
        let url = url("https://example.org/");
        for document in [bytes.as_slice(), tags.as_bytes(), format!("<rss><channel><item>{tags}").as_bytes()] {
            if let Ok(feed) = feed(document, None, &url) {
                let channel = Channel::of(&url, &feed);
                feed.entries.iter().for_each(|entry| drop(channel.mention(entry, now())));
            }
        }
    }
}
