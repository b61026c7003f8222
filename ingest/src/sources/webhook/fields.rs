//! Where the fields of a mention are found in what is sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

macro_rules! fields {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal at $place:literal;)+) => {
        /// A field that can be sent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field {
            $($(#[$doc])+ $variant,)+
        }

        impl Field {
            /// All fields.
            pub(super) const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Its name in the configuration.
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Where it is, unless the configuration says otherwise: as Hark itself writes mentions.
            fn usual_place(self) -> &'static str {
                match self { $(Self::$variant => $place,)+ }
            }
        }
    };
}

fields! {
    /// `upsert` (or nothing), `delete` or `forget_author`.
    Op = "op" at "op";
    /// Id at the sender.
    Id = "id" at "id";
    /// What was written.
    Text = "text" at "text";
    /// Headline.
    Title = "title" at "title";
    /// Where it can be read.
    Url = "url" at "url";
    /// Site that it was published on.
    Site = "site" at "site";
    /// What it is.
    Kind = "kind" at "kind";
    /// When it was published, RFC 3339.
    PublishedAt = "published_at" at "published_at";
    /// When it was last changed, RFC 3339.
    EditedAt = "edited_at" at "edited_at";
    /// Language.
    Lang = "lang" at "lang";
    /// Country, two letters.
    Country = "country" at "country";
    /// Product that it is about.
    Product = "product" at "product";
    /// Rating on the configured scale.
    Rating = "rating" at "rating";
    /// Account name of the author.
    Author = "author" at "author.handle";
    /// The sender's id of the author.
    AuthorId = "author_id" at "author.id";
    /// Display name of the author.
    AuthorName = "author_name" at "author.name";
    /// Followers of the author.
    Followers = "followers" at "author.followers";
    /// Id of what this answers.
    ParentId = "parent_id" at "parent_id";
    /// Id of the first of the conversation.
    ThreadId = "thread_id" at "thread_id";
    /// How many like it.
    Likes = "likes" at "engagement.likes";
    /// How many answered.
    Replies = "replies" at "engagement.replies";
    /// How many shared it.
    Shares = "shares" at "engagement.shares";
    /// How many saw it.
    Views = "views" at "engagement.views";
}

impl Field {
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

/// The places of all fields.
#[derive(Clone, Debug)]
pub(super) struct Places(Vec<Vec<String>>);

impl Places {
    /// The usual places, but for those in `configured`.
    pub(super) fn new(configured: &BTreeMap<String, String>) -> Self {
        let place = |field: Field| configured.get(field.as_str()).map_or(field.usual_place(), String::as_str);
        Self(Field::ALL.map(|field| place(field).split('.').map(str::to_owned).collect()).into())
    }

    /// What `data` says for `field`; nothing for `null`.
    pub(super) fn get<'a>(&self, data: &'a Map<String, Value>, field: Field) -> Option<&'a Value> {
        let (first, rest) = self.0.get(field as usize)?.split_first()?;
        let found = rest.iter().try_fold(data.get(first)?, |value, key| value.get(key))?;
        (!found.is_null()).then_some(found)
    }

    /// What `data` says besides the fields.
    pub(super) fn rest(&self, mut data: Map<String, Value>) -> Map<String, Value> {
        self.0.iter().for_each(|place| remove(&mut data, place));
        data.retain(|_, value| !value.is_null());
        data
    }
}

/// Takes a value out, and the objects that it leaves empty.
fn remove(object: &mut Map<String, Value>, place: &[String]) {
    match place {
        [] => {}
        [key] => drop(object.remove(key)),
        [key, rest @ ..] => {
            if let Some(Value::Object(inner)) = object.get_mut(key) {
                remove(inner, rest);
                if inner.is_empty() {
                    object.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_found_and_the_rest_is_what_remains() {
        let places = Places::new(&BTreeMap::from([("text".to_owned(), "review.body".to_owned())]));
        let data = json!({"review": {"body": "Good", "shop": 7}, "author": {"handle": "ann"}, "text": null, "x": 1});
        let data = data.as_object().unwrap();
        assert_eq!(places.get(data, Field::Text), Some(&json!("Good")));
        assert_eq!(places.get(data, Field::Author), Some(&json!("ann")));
        assert_eq!(places.get(data, Field::Url), None);
        assert_eq!(Value::from(places.rest(data.clone())), json!({"review": {"shop": 7}, "x": 1}));
    }
}
