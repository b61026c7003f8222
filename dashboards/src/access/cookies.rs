//! The few cookies: read by name, and written so that scripts and other sites cannot have them.

use axum::http::{HeaderMap, HeaderValue, header};

/// The value of the cookie with this name, if it stands there once.
pub(crate) fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|header| header.to_str().ok());
    let mut found = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut same = found.by_ref().filter(|(key, _)| *key == name).map(|(_, value)| value);
    let first = same.next()?;
    same.next().is_none().then_some(first)
}

/// Its name: with `https` one that browsers take from this very host only, and only over `https`.
pub(crate) fn named(base: &str, secure: bool) -> String {
    if secure { format!("__Host-{base}") } else { base.to_owned() }
}

/// A `Set-Cookie` header; with no seconds to live it takes the cookie away.
pub(crate) fn set(name: &str, value: &str, seconds: u64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_stands_twice_is_none() {
        let read_from = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(text));
            read(&headers, "hark").map(ToOwned::to_owned)
        };
        assert_eq!(read_from("a=b; hark=x"), Some("x".to_owned()));
        assert_eq!(read_from("hark=x; hark=y"), None);
        assert_eq!(read_from("hark2=x"), None);
    }
}
