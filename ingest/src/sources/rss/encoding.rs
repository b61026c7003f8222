//! The bytes of a feed → text. What a feed says about its encoding is often wrong, so the bytes have the last word.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Decodes `bytes`; `charset` is what the HTTP header said. Bytes that fit nowhere become U+FFFD.
///
/// In this order: a byte order mark, the look of UTF-16, a declared encoding that cannot be told from ASCII, valid
/// UTF-8, what HTTP declares, what the XML prolog declares, mostly valid UTF-8, windows-1252.
pub(super) fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0;
    }
    match bytes {
        [b'<', 0, ..] => return UTF_16LE.decode_without_bom_handling(bytes).0,
        [0, b'<', ..] => return UTF_16BE.decode_without_bom_handling(bytes).0,
        _ => {}
    }
    let declared = [charset.and_then(|label| Encoding::for_label(label.as_bytes())), prolog(bytes)];
    if declared.contains(&Some(ISO_2022_JP)) {
        return ISO_2022_JP.decode_without_bom_handling(bytes).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    // UTF-16 would have shown itself, and the bytes are no UTF-8: such a declaration is wrong.
    let usable = |encoding: &&'static Encoding| ![UTF_8, UTF_16LE, UTF_16BE].contains(encoding);
    if let Some(encoding) = declared.into_iter().flatten().find(usable) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    let lossy = String::from_utf8_lossy(bytes);
    let (broken, good) = lossy.chars().filter(|c| !c.is_ascii()).fold((0, 0), |(broken, good), c| match c {
        char::REPLACEMENT_CHARACTER => (broken + 1, good),
        _ => (broken, good + 1),
    });
    if broken * 4 <= good { lossy } else { WINDOWS_1252.decode_without_bom_handling(bytes).0 }
}

/// The encoding that `<?xml … encoding="…"?>` declares.
fn prolog(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..bytes.len().min(256))?;
    let text = String::from_utf8_lossy(start);
    let (declaration, _) = text.split_once("<?xml")?.1.split_once("?>")?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(value.split(quote).nth(1)?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"<?xml version="1.0"?><rss>café 🎉 日本</rss>"#;

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn utf16_is_read_with_and_without_mark() {
        for unit in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            assert_eq!(decode(&utf16(TEXT, unit), None), TEXT);
            assert_eq!(decode(&utf16(&format!("\u{feff}{TEXT}"), unit), Some("utf-8")), TEXT);
        }
        assert_eq!(decode(format!("\u{feff}{TEXT}").as_bytes(), Some("iso-8859-1")), TEXT);
    }

    #[test]
    fn the_bytes_win_over_wrong_declarations() {
        assert_eq!(decode(TEXT.as_bytes(), Some("iso-8859-1")), TEXT);
        let latin = |prolog: &str| [prolog.as_bytes(), b"<a>caf\xe9 \x93x\x94</a>"].concat();
        let read = |bytes: &[u8], charset| decode(bytes, charset).split_once("<a>").map(|(_, rest)| rest.to_owned());
        let expected = Some("café “x”</a>".to_owned());
        assert_eq!(read(&latin(""), Some("iso-8859-1")), expected);
        assert_eq!(read(&latin("<?xml version='1.0' encoding='windows-1252'?>"), Some("utf-8")), expected);
        assert_eq!(read(&latin("<?xml version='1.0' encoding='utf-8'?>"), None), expected);
        // One broken character does not spoil the others.
        let broken = ["één, twee, drieëntwintig, café, 日本語 ".as_bytes(), b"\xe9"].concat();
        assert!(decode(&broken, Some("utf-8")).starts_with("één, twee"));
    }

    #[test]
    fn japanese_in_seven_bits_needs_its_declaration() {
        assert_eq!(decode(b"\x1b$BF|K\\\x1b(B", Some("iso-2022-jp")), "日本");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, charset in "(utf-16|utf-8|iso-2022-jp|x)?") {
            decode(&bytes, Some(&charset));
        }
    }
}
