//! What a query is asked about.

use hark_mention::{Kind, Mention};
use thiserror::Error;

/// A mention as queries see it: its title and text, and what is known about it. Borrowed; making one costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Document<'a> {
    /// Headline.
    pub title: Option<&'a str>,
    /// Body.
    pub text: &'a str,
    /// Type name of the source: `source:`.
    pub source: Option<&'a str>,
    /// Host name of the site: `site:`.
    pub site: Option<&'a str>,
    /// Address: `url:`, and `site:` where [`Document::site`] is not known.
    pub url: Option<&'a str>,
    /// Account name: `author:`.
    pub author_handle: Option<&'a str>,
    /// Display name: `author:`.
    pub author_name: Option<&'a str>,
    /// The source's id of the account: `author:`.
    pub author_id: Option<&'a str>,
    /// Language of the text, as detected (ISO 639): `lang:`.
    pub lang: Option<&'a str>,
    /// Country (ISO 3166-1 alpha-2): `country:`.
    pub country: Option<&'a str>,
    /// Form of the mention: `kind:`.
    pub kind: Option<Kind>,
    /// Rating from 0 (worst) to 1 (best): `rating:`.
    pub rating: Option<f32>,
    /// Followers of the author: `followers:`.
    pub followers: Option<u64>,
}

/// A field that cannot be set, see [`Document::set`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FieldError {
    /// There is no such field.
    #[error(
        "`{0}` is not a field; fields are title, source, site, url, author, lang, country, kind, rating, followers"
    )]
    Unknown(String),
    /// The kind is none of those that mentions have.
    #[error("`{0}` is not a kind; kinds are {all}", all = Kind::ALL.map(Kind::as_str).join(", "))]
    Kind(String),
    /// A number is expected.
    #[error("`{value}` is not a number, such as {example}")]
    Number {
        /// What was given.
        value: String,
        /// What could have been given.
        example: &'static str,
    },
}

impl<'a> Document<'a> {
    /// A text of which nothing else is known.
    pub fn new(text: &'a str) -> Self {
        Self { text, ..Self::default() }
    }

    /// A mention, in the language that was detected (`None` before detection).
    pub fn of(mention: &'a Mention, lang: Option<&'a str>) -> Self {
        Self {
            title: mention.title.as_deref(),
            text: &mention.text,
            source: Some(&mention.source),
            site: mention.site.as_deref(),
            url: mention.url.as_deref(),
            author_handle: mention.author.handle.as_deref(),
            author_name: mention.author.name.as_deref(),
            author_id: mention.author.id.as_deref(),
            lang,
            country: mention.country.as_deref(),
            kind: Some(mention.kind),
            rating: mention.rating,
            followers: mention.author.followers,
        }
    }

    /// Sets the field that queries call `name`, or `title`; an author is set as the account name.
    ///
    /// # Errors
    ///
    /// [`FieldError`] when there is no such field or it cannot have this value.
    pub fn set(&mut self, name: &str, value: &'a str) -> Result<(), FieldError> {
        let number = |example| FieldError::Number { value: value.to_owned(), example };
        match name {
            "title" => self.title = Some(value),
            "source" => self.source = Some(value),
            "site" => self.site = Some(value),
            "url" => self.url = Some(value),
            "author" => self.author_handle = Some(value),
            "lang" => self.lang = Some(value),
            "country" => self.country = Some(value),
            "kind" => {
                let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == value);
                self.kind = Some(kind.ok_or_else(|| FieldError::Kind(value.to_owned()))?);
            }
            "rating" => self.rating = Some(value.parse().map_err(|_| number("0.4"))?),
            "followers" => self.followers = Some(value.parse().map_err(|_| number("1000"))?),
            _ => return Err(FieldError::Unknown(name.to_owned())),
        }
        Ok(())
    }

    /// What stands at a place of `title + "\n" + text`, or of `text` if there is no title.
    pub(crate) fn written(&self, at: std::ops::Range<usize>) -> &'a str {
        match self.title {
            Some(title) if at.start < title.len() => title.get(at),
            Some(title) => self.text.get(at.start - title.len() - 1..at.end - title.len() - 1),
            None => self.text.get(at),
        }
        .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_set_by_name_and_wrong_ones_are_refused() {
        let mut document = Document::default();
        assert_eq!(document.set("rating", "0.2"), Ok(()));
        assert_eq!(document.set("title", "a = b"), Ok(()));
        assert_eq!((document.rating, document.title), (Some(0.2), Some("a = b")));
        for (name, value, problem) in [
            ("kind", "revieuw", "kinds are post,"),
            ("rating", "good", "is not a number"),
            ("colour", "red", "fields are title,"),
        ] {
            assert!(document.set(name, value).is_err_and(|error| error.to_string().contains(problem)), "{name}");
        }
    }
}
