//! What bytes are: compressed, some other kind of file, in which encoding. Names of files are not trusted.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// Bytes needed to tell.
    pub(super) const MAGIC_BYTES: usize = 4;

    pub(super) fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// What the bytes look like and what to do, when they are not rows of text.
pub(super) fn other_kind(sample: &[u8]) -> Option<(&'static str, &'static str)> {
    const SAVE_AS: &str = "open it and save or export it as CSV";
    const UNPACK: &str = "unpack it and import the files in it";
    if sample.starts_with(b"PK\x03\x04") {
        let holds = |name: &[u8]| sample.windows(name.len()).take(1 << 16).any(|window| window == name);
        return Some(if holds(b"xl/") || holds(b"[Content_Types].xml") {
            ("an Excel workbook (XLSX)", SAVE_AS)
        } else {
            ("a ZIP archive", UNPACK)
        });
    }
    if let Some((_, what, advice)) = SIGNATURES.iter().find(|(magic, ..)| sample.starts_with(magic)) {
        return Some((what, advice));
    }
    let start = sample.get(..sample.len().min(64)).unwrap_or_default().trim_ascii_start().to_ascii_lowercase();
    if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
        return Some(("a web page (HTML)", "export the data itself as CSV or JSON"));
    }
    if start.starts_with(b"<?xml") || start.starts_with(b"<rss") {
        return Some(("XML", "export it as CSV or JSON; a feed can be followed as a source of type `rss`"));
    }
    let controls = sample.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    let is_binary = Encoding::for_bom(sample).is_none() && utf_16(sample).is_none() && controls * 50 > sample.len();
    is_binary.then_some(("binary data, not text", "export it as CSV, JSON or JSON Lines"))
}

const EXPORT: &str = "export it as CSV or JSON";
const SIGNATURES: [(&[u8], &str, &str); 17] = [
    (b"%PDF", "a PDF", "export the data behind it as CSV"),
    (b"\x89PNG", "a picture (PNG)", "rows of text are needed, such as CSV"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "rows of text are needed, such as CSV"),
    (b"GIF8", "a picture (GIF)", "rows of text are needed, such as CSV"),
    (b"\x7fELF", "an executable", "rows of text are needed, such as CSV"),
    (b"MZ\x90", "an executable", "rows of text are needed, such as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file (XLS)", "open it and save it as CSV"),
    (b"{\\rtf", "a rich text document (RTF)", "export it as CSV"),
    (b"SQLite format 3\0", "an SQLite database", EXPORT),
    (b"PAR1", "a Parquet file", EXPORT),
    (b"Obj\x01", "an Avro file", EXPORT),
    (b"ARROW1", "an Arrow file", EXPORT),
    (b"\x93NUMPY", "a NumPy array", EXPORT),
    (b"BZh", "a bzip2 file", "unpack it, or pack it with gzip or zstd"),
    (b"\xfd7zXZ\0", "an xz file", "unpack it, or pack it with gzip or zstd"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it and import the files in it"),
    (b"Rar!", "a RAR archive", "unpack it and import the files in it"),
];

/// The encoding of a text, and how that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextEncoding {
    pub(super) encoding: &'static Encoding,
    /// Bytes before the text.
    pub(super) mark: usize,
    pub(super) known_by: &'static str,
}

/// Finds the encoding by its byte order mark, else by what the sample could be.
pub(super) fn encoding(sample: &[u8]) -> TextEncoding {
    if let Some((encoding, mark)) = Encoding::for_bom(sample) {
        return TextEncoding { encoding, mark, known_by: "by its byte order mark" };
    }
    if let Some(encoding) = utf_16(sample) {
        return TextEncoding { encoding, mark: 0, known_by: "by its zero bytes" };
    }
    let (mut foreign, mut broken) = (0, 0);
    for chunk in sample.utf8_chunks() {
        foreign += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    // The end of the sample may cut one letter.
    if broken > 1 + foreign || (broken == 1 && foreign == 0 && !is_cut_letter(sample)) {
        return TextEncoding { encoding: WINDOWS_1252, mark: 0, known_by: "assumed, because it is not valid UTF-8" };
    }
    TextEncoding { encoding: UTF_8, mark: 0, known_by: "" }
}

fn is_cut_letter(sample: &[u8]) -> bool {
    std::str::from_utf8(sample).is_err_and(|error| error.error_len().is_none())
}

/// UTF-16 without a mark: of mostly western text, every other byte is zero.
fn utf_16(sample: &[u8]) -> Option<&'static Encoding> {
    let pairs = sample.as_chunks::<2>().0;
    let zeros = |place: usize| pairs.iter().filter(|pair| pair[place] == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = |zeros: usize, others: usize| zeros > 8 && zeros * 10 > pairs.len() * 4 && others * 50 < pairs.len();
    match (most(odd, even), most(even, odd)) {
        (true, _) => Some(UTF_16LE),
        (_, true) => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_kinds_of_files_are_named() {
        let cases: [(&[u8], &str); 8] = [
            (b"PK\x03\x04....[Content_Types].xml", "an Excel workbook (XLSX)"),
            (b"PK\x03\x04....a.csv", "a ZIP archive"),
            (b"%PDF-1.7", "a PDF"),
            (b"\x89PNG\r\n", "a picture (PNG)"),
            (b"\x7fELF\x02", "an executable"),
            (b"\n <!DOCTYPE html><html>", "a web page (HTML)"),
            (b"<?xml version='1.0'?>", "XML"),
            (b"\x00\x01\x02\x03\x04garbage", "binary data, not text"),
        ];
        for (bytes, what) in cases {
            assert_eq!(other_kind(bytes).map(|(what, _)| what), Some(what));
        }
        assert_eq!(other_kind("id;opmerking\n1;geen 🎉\n".as_bytes()), None);
    }

    #[test]
    fn encodings_are_told_apart() {
        let utf_16: Vec<u8> = "id\ttext\n1\tgoed hoor\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark = [&b"\xff\xfe"[..], &utf_16].concat();
        let cases: [(&[u8], &Encoding, usize); 8] = [
            (b"plain", UTF_8, 0),
            ("één café 🎉".as_bytes(), UTF_8, 0),
            (b"\xef\xbb\xbftext", UTF_8, 3),
            (b"\xe9\xe9n caf\xe9", WINDOWS_1252, 0),
            (b"caf\xe9 is open", WINDOWS_1252, 0),
            ("één café, één \u{fffd}".as_bytes(), UTF_8, 0),
            (&with_mark, UTF_16LE, 2),
            (&utf_16, UTF_16LE, 0),
        ];
        for (bytes, expected, mark) in cases {
            let found = encoding(bytes);
            assert_eq!((found.encoding, found.mark), (expected, mark), "{bytes:?}");
        }
        // One broken byte among many good letters is a broken row, not another encoding.
        assert_eq!(
            encoding("één ïé \u{e9}\n".as_bytes().iter().chain(b"\xff x").copied().collect::<Vec<_>>().as_slice())
                .encoding,
            UTF_8
        );
    }
}
