//! The fields that a column can become, and the names that such columns have in the exports of this world.

use std::{fmt, str::FromStr};

use super::error::{ImportError, nearest};

macro_rules! fields {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal: $exact:expr;)+) => {
        /// What a column of a file becomes in a mention.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field {
            $($(#[$doc])+ $variant,)+
        }

        impl Field {
            /// All fields.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name to use in `--map`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Names of columns that become this field, the surest first; each in the form that [`normalise`] gives.
            fn column_names(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &$exact,)+ }
            }
        }
    };
}

fields! {
    /// Stable id of the row at its source; the mention's id is `source:id`.
    Id = "id": [
        "id_str", "id", "tweet_id", "review_id", "comment_id", "post_id", "message_id", "response_id", "uuid", "guid", "complaint_id",
        "case_id", "ticket_id", "record_id", "respondent_id", "unique_id", "reactie_id", "feedback_id", "survey_id", "unit_id",
    ];
    /// Body: what the person wrote.
    Text = "text": [
        "text", "full_text", "tweet_text", "review_text", "review_body", "review_content", "tekst", "body", "content", "tweet",
        "review", "recensie", "recensietekst", "feedback", "verbatim", "opmerking", "opmerkingen", "toelichting", "comment", "comments",
        "message", "bericht", "reactie", "post", "selftext", "inhoud", "klacht", "complaint", "consumer_complaint_narrative",
        "answer", "antwoord", "response", "reply", "beoordeling", "bewertung", "bewertungstext", "rezension", "kommentar",
        "nachricht", "inhalt", "antwort", "commentaire", "avis", "texte", "reponse", "comentario", "texto", "resena", "opinion",
        "caption", "remark", "remarks", "description", "omschrijving", "beschreibung", "notes", "note", "suggestion", "suggestie",
        "sentence", "zin", "utterance",
    ];
    /// Headline.
    Title = "title": [
        "title", "titel", "headline", "subject", "onderwerp", "kop", "betreff", "uberschrift", "titre", "titulo", "summary",
        "review_title", "review_summary", "samenvatting",
    ];
    /// When it was published.
    PublishedAt = "published_at": [
        "published_at", "published", "created_at", "created_utc", "created", "posted_at", "posted", "submitted_at", "publish_date",
        "published_date", "publication_date", "date_posted", "date_created", "creation_date", "created_date", "review_date",
        "reviewed_at", "response_date", "submission_date", "submission_time", "recorded_date", "timestamp", "datetime", "date_time",
        "date", "datum", "datum_tijd", "tijdstip", "geplaatst_op", "geplaatst", "aangemaakt_op", "aangemaakt", "ingevuld_op",
        "date_received", "erstellt_am", "erstellt", "zeitstempel", "zeitpunkt", "veroffentlicht_am", "fecha", "date_publication",
        "cree_le", "data", "unix_review_time", "unixtime", "epoch", "time", "tijd", "zeit", "at", "end_date", "start_date",
    ];
    /// Account name of the author; a column of names without spaces.
    Author = "author": [
        "screen_name", "username", "user_name", "author_handle", "handle", "user_screen_name", "author_username", "gebruikersnaam",
        "benutzername", "nickname", "author", "auteur", "autor", "user", "gebruiker", "benutzer", "utilisateur", "usuario", "account",
        "reviewer", "verfasser", "poster", "reviewer_name", "author_name", "name", "naam",
    ];
    /// Display name of the author.
    AuthorName = "author_name": [
        "author_name", "display_name", "full_name", "user_display_name", "author_display_name", "reviewer_name", "customer_name",
        "profile_name", "klantnaam", "name", "naam", "author", "auteur", "autor", "reviewer", "user", "user_name", "username",
        "gebruiker", "verfasser", "nom", "nombre",
    ];
    /// The source's stable id of the author.
    AuthorId = "author_id": [
        "author_id", "user_id", "user_id_str", "userid", "reviewer_id", "customer_id", "klant_id", "klantnummer", "member_id",
    ];
    /// Followers of the author.
    Followers = "followers": [
        "followers", "followers_count", "follower_count", "author_followers", "user_followers", "user_followers_count", "volgers",
    ];
    /// Rating on any scale.
    Rating = "rating": [
        "rating", "stars", "star_rating", "review_rating", "overall", "overall_rating", "sterren", "waardering", "beoordeling", "cijfer",
        "rapportcijfer", "nps", "nps_score", "score", "review_score", "bewertung", "sterne", "punkte", "grade", "rate", "note",
        "valoracion", "calificacion", "puntuacion", "aantal_sterren", "likelihood_to_recommend", "csat",
    ];
    /// Where a person can read it.
    Url = "url": ["url", "permalink", "link", "uri", "tweet_url", "review_url", "post_url", "source_url", "webadres", "href"];
    /// Host or name of the site it was published on.
    Site = "site": [
        "site", "website", "platform", "domain", "source", "channel", "kanaal", "bron", "quelle", "plattform", "review_site",
    ];
    /// Language, as a code.
    Lang = "lang": [
        "lang", "language", "language_code", "lang_code", "taal", "taalcode", "sprache", "langue", "idioma", "locale",
    ];
    /// Product it is about.
    Product = "product": [
        "product", "product_name", "productnaam", "product_title", "produkt", "produktname", "produit", "producto", "product_id",
        "item_name", "item", "model", "artikel", "app", "app_name", "app_id", "asin",
    ];
    /// Country, as a code of two letters.
    Country = "country": ["country_code", "country", "land", "landcode", "pays", "pais", "market", "markt", "store_country"];
    /// Form of the mention: `post`, `review`, `survey` …
    Kind = "kind": ["kind", "mention_kind"];
    /// Likes, upvotes, votes for being helpful.
    Likes = "likes": [
        "likes", "like_count", "likes_count", "favorite_count", "favourite_count", "favorites", "favourites", "favourites_count",
        "upvotes", "ups", "thumbs_up_count", "thumbs_up", "helpful_votes", "helpful_count", "helpful", "reactions",
        "reaction_count", "duimpjes", "points", "score",
    ];
    /// Comments and replies: how many.
    Replies = "replies": [
        "replies", "reply_count", "replies_count", "num_comments", "comment_count", "comments_count", "comments", "reacties",
        "aantal_reacties", "kommentare",
    ];
    /// Reposts and shares: how many.
    Shares = "shares": [
        "shares", "share_count", "shares_count", "retweets", "retweet_count", "reposts", "repost_count", "reblogs_count", "quotes",
    ];
    /// Views: how many.
    Views = "views": ["views", "view_count", "views_count", "impressions", "impression_count", "weergaven", "reach"];
    /// Id of what this answers, at its source.
    ParentId = "parent_id": [
        "parent_id", "in_reply_to_status_id_str", "in_reply_to_status_id", "in_reply_to_id", "in_response_to_tweet_id", "reply_to_id",
    ];
    /// Id of the first of the conversation, at its source.
    ThreadId = "thread_id": ["thread_id", "conversation_id", "discussion_id"];
}

impl Field {
    /// How well a column of this name suits: 0 is not at all.
    pub(super) fn suits(self, column: &str) -> u32 {
        const EXACT: u32 = 1000;
        const OF_THE_THING: u32 = 800;
        const CONTAINED: u32 = 300;
        let place = |name: &str| self.column_names().iter().position(|known| *known == name);
        let score = |base: u32, place: usize| base - u32::try_from(place).unwrap_or(u32::MAX).min(200);
        if let Some(place) = place(column) {
            return score(EXACT, place);
        }
        let first = column.split('_').next().unwrap_or_default();
        // `user.created_at` tells about the person, not about what they wrote.
        if PEOPLE.contains(&first) || column.split('_').any(|word| NEVER.contains(&word)) {
            return 0;
        }
        let without_thing = THINGS.iter().find_map(|thing| column.strip_prefix(thing)?.strip_prefix('_'));
        if let Some(place) = without_thing.and_then(place) {
            return score(OF_THE_THING, place);
        }
        if !matches!(self, Self::Text | Self::Title | Self::PublishedAt | Self::Rating) {
            return 0;
        }
        let column = format!("_{column}_");
        let contained = |name: &&str| name.len() > 3 && column.contains(&format!("_{name}_"));
        self.column_names().iter().position(contained).map_or(0, |place| score(CONTAINED, place))
    }
}

/// What rows are about; a prefix that says nothing.
const THINGS: [&str; 19] = [
    "tweet",
    "review",
    "post",
    "comment",
    "message",
    "status",
    "response",
    "feedback",
    "survey",
    "item",
    "data",
    "attributes",
    "snippet",
    "public_metrics",
    "engagement",
    "metrics",
    "node",
    "source",
    "legacy",
];
const PEOPLE: [&str; 8] = ["user", "author", "customer", "reviewer", "account", "profile", "klant", "owner"];
/// Words that make a date or a name something else.
const NEVER: [&str; 9] =
    ["birth", "geboorte", "geboortedatum", "birthday", "updated", "modified", "edited", "count", "aantal"];

/// Brings the name of a column to one form: `Tweet ID`, `tweetId` and `tweet-id` are `tweet_id`, `Überschrift` is `uberschrift`.
pub(super) fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut after_small = false;
    for letter in name.trim().chars() {
        if letter.is_alphanumeric() {
            if letter.is_uppercase() && after_small {
                normal.push('_');
            }
            after_small = letter.is_lowercase() || letter.is_ascii_digit();
            normal.extend(letter.to_lowercase().map(without_accent));
        } else {
            after_small = false;
            if !normal.is_empty() && !normal.ends_with('_') {
                normal.push('_');
            }
        }
    }
    normal.truncate(normal.trim_end_matches('_').len());
    normal
}

fn without_accent(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ä' | 'ã' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Field {
    type Err = ImportError;

    fn from_str(text: &str) -> Result<Self, ImportError> {
        let name = text.trim();
        Self::ALL.iter().copied().find(|field| field.as_str() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|field| field.as_str()).collect();
            let hint = nearest(name, names.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
            ImportError::Option(format!(
                "`--map`: there is no field `{name}`{}; the fields are {}",
                hint.unwrap_or_default(),
                names.join(", ")
            ))
        })
    }
}

/// Reads the value of `--map`: `text=review,published_at=date`. A column `-` means that the field has none.
///
/// # Errors
///
/// [`ImportError::Option`] for a field that there is not, and for a part that is not `field=column`.
pub fn parse_map(text: &str) -> Result<Vec<(Field, String)>, ImportError> {
    let parts = text.split(',').filter(|part| !part.trim().is_empty());
    parts
        .map(|part| match part.split_once('=') {
            Some((field, column)) if !column.trim().is_empty() => Ok((field.parse()?, column.trim().to_owned())),
            _ => Err(ImportError::Option(format!(
                "`--map`: `{}` must be field=column, for example text=review,published_at=date",
                part.trim()
            ))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn names_are_brought_to_one_form() {
        let cases = [
            ("Tweet ID", "tweet_id"),
            ("tweetId", "tweet_id"),
            (" reviewerID ", "reviewer_id"),
            ("user.screen_name", "user_screen_name"),
            ("Überschrift", "uberschrift"),
            ("thumbsUpCount", "thumbs_up_count"),
            ("Score (0-10)", "score_0_10"),
            ("感想", "感想"),
            ("__", ""),
        ];
        for (name, normal) in cases {
            assert_eq!(normalise(name), normal);
        }
    }

    #[test]
    fn every_known_name_is_in_the_form_it_is_compared_with() {
        for field in Field::ALL {
            for name in field.column_names() {
                assert_eq!(normalise(name), **name, "{field}");
            }
        }
    }

    #[test]
    fn a_map_is_read_and_its_mistakes_are_explained() {
        let map = parse_map("text=Review text, published_at=date,rating=-").unwrap();
        assert_eq!(map[0], (Field::Text, "Review text".to_owned()));
        assert_eq!(map[2], (Field::Rating, "-".to_owned()));
        assert!(parse_map("txet=a").unwrap_err().to_string().contains("did you mean `text`?"));
        assert!(parse_map("review").unwrap_err().to_string().contains("field=column"));
    }
}
