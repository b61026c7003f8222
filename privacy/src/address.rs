//! Whether a place in a text belongs to the address of a web page, which masking would break.

/// Where a place is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// In what a person wrote.
    #[default]
    Text,
    /// In an address, before its `?` or `#`.
    Path,
    /// In an address, after that.
    Query,
}

/// Follows a text from trigger to trigger; looks at each byte once.
#[derive(Default)]
pub(crate) struct Addresses {
    looked: usize,
    place: Place,
}

impl Addresses {
    /// Where byte `at` is; it must not lie before the one asked for last.
    pub(crate) fn place(&mut self, bytes: &[u8], at: usize) -> Place {
        let mut part = bytes.get(self.looked..at).unwrap_or_default();
        self.looked = at.max(self.looked);
        if let Some(end) = part.iter().rposition(|byte| ends(*byte)) {
            self.place = Place::Text;
            part = &part[end + 1..];
        }
        if self.place == Place::Text
            && let Some(begin) = part.windows(3).position(|three| three == b"://" || three == b"ww.")
        {
            self.place = Place::Path;
            part = &part[begin + 3..];
        }
        if self.place == Place::Path && part.iter().any(|byte| matches!(byte, b'?' | b'#')) {
            self.place = Place::Query;
        }
        self.place
    }
}

/// Whether a byte cannot stand in an address.
fn ends(byte: u8) -> bool {
    byte <= b' ' || byte >= 0x7F || matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_where_no_address_goes_on() {
        let place = |text: &str| Addresses::default().place(text.as_bytes(), text.len());
        assert_eq!(place("see https://example.org/status/"), Place::Path);
        assert_eq!(place("www.example.org/"), Place::Path);
        assert_eq!(place("https://example.org/?q="), Place::Query);
        assert_eq!(place("https://example.org/?q= "), Place::Text);
        assert_eq!(place("<https://example.org>"), Place::Text);
        assert_eq!(place("https://example.org/を"), Place::Text);
        assert_eq!(place("mailto:"), Place::Text);
    }
}
