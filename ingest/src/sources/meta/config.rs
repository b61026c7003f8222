//! The keys of `[[source]]` with `type = "facebook"` and with `type = "instagram"`.

use hark_mention::config::{Problem, Secret, Span};
use serde::Deserialize;

use super::{MetaSource, parse::Network};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const BASE_URL: &str = "https://graph.facebook.com";

/// A version of the interface; each lives about two years.
const VERSION: &str = "v24.0";

const MIN_INTERVAL: Span = Span::from_secs(60);
const MAX_INTERVAL: Span = Span::from_secs(24 * 3600);
const MIN_WINDOW: Span = Span::from_secs(24 * 3600);
const MAX_WINDOW: Span = Span::from_secs(90 * 24 * 3600);
const MAX_PAGES: usize = 100;

/// Hashtags that one account can ask for within seven days.
///
/// Source: <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/hashtag-search>.
const MAX_HASHTAGS: usize = 30;

/// `[[source]]` with `type = "facebook"`: posts on Facebook pages, what tags them, and the comments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FacebookConfig {
    /// An access token for the pages: `${env:NAME}` or `${file:PATH}`.
    pub token: Option<Secret>,
    /// The app's secret, where the app asks for proof that it uses its token itself. Default: none.
    pub app_secret: Option<Secret>,
    /// Ids of the pages, 1 to 100.
    pub pages: Vec<String>,
    /// Whether posts that tag the pages are read. Default: `true`.
    pub tagged: bool,
    /// Whether comments are read. Default: `true`.
    pub comments: bool,
    /// How long a post is looked at for edits, comments and deletions, and how far the first look goes back. `1d` to
    /// `90d`. Default: `14d`.
    pub window: Span,
    /// Time between two looks at a page. `1m` to `1d`. Default: `10m`.
    pub poll_interval: Span,
    /// Time between two looks at all comments of a post on which nothing seems to happen. `1m` to `1d`. Default: `1d`.
    pub recheck: Span,
    /// Version of the interface. Default: `v24.0`.
    pub version: String,
    /// Address of the interface. Default: `https://graph.facebook.com`.
    pub base_url: String,
}

impl Default for FacebookConfig {
    fn default() -> Self {
        Self {
            token: None,
            app_secret: None,
            pages: Vec::new(),
            tagged: true,
            comments: true,
            window: Span::from_secs(14 * 24 * 3600),
            poll_interval: Span::from_secs(600),
            recheck: Span::from_secs(24 * 3600),
            version: VERSION.to_owned(),
            base_url: BASE_URL.to_owned(),
        }
    }
}

/// `[[source]]` with `type = "instagram"`: hashtags, what tags your account, and the comments on what it publishes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstagramConfig {
    /// An access token of the account: `${env:NAME}` or `${file:PATH}`.
    pub token: Option<Secret>,
    /// The app's secret, where the app asks for proof that it uses its token itself. Default: none.
    pub app_secret: Option<Secret>,
    /// Id of your professional Instagram account; every question is asked in its name.
    pub user_id: String,
    /// Hashtags, without `#`, up to 30. Default: none.
    pub hashtags: Vec<String>,
    /// Whether pictures and videos that tag the account are read. Default: `true`.
    pub tagged: bool,
    /// Whether what the account itself publishes is read, with the comments on it. Default: `true`.
    pub comments: bool,
    /// How long a picture or video is looked at for edits, comments and deletions, and how far the first look goes
    /// back. `1d` to `90d`. Default: `14d`.
    pub window: Span,
    /// Time between two looks. `1m` to `1d`. Default: `15m`.
    pub poll_interval: Span,
    /// Time between two looks at all comments where nothing seems to happen. `1m` to `1d`. Default: `1d`.
    pub recheck: Span,
    /// Version of the interface. Default: `v24.0`.
    pub version: String,
    /// Address of the interface. Default: `https://graph.facebook.com`.
    pub base_url: String,
}

impl Default for InstagramConfig {
    fn default() -> Self {
        Self {
            token: None,
            app_secret: None,
            user_id: String::new(),
            hashtags: Vec::new(),
            tagged: true,
            comments: true,
            window: Span::from_secs(14 * 24 * 3600),
            poll_interval: Span::from_secs(900),
            recheck: Span::from_secs(24 * 3600),
            version: VERSION.to_owned(),
            base_url: BASE_URL.to_owned(),
        }
    }
}

/// What both have.
struct Common<'a> {
    token: Option<&'a Secret>,
    window: Span,
    poll_interval: Span,
    recheck: Span,
    version: &'a str,
    base_url: &'a str,
}

impl Common<'_> {
    fn check(&self, rule: &mut impl FnMut(bool, &str, String)) {
        rule(self.token.is_some(), "token", "is needed: `${env:NAME}` or `${file:PATH}`".to_owned());
        let spans = [
            ("window", self.window, MIN_WINDOW, MAX_WINDOW),
            ("poll_interval", self.poll_interval, MIN_INTERVAL, MAX_INTERVAL),
            ("recheck", self.recheck, MIN_INTERVAL, MAX_INTERVAL),
        ];
        for (key, value, min, max) in spans {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        }
        let numbers = self.version.strip_prefix('v').and_then(|version| version.split_once('.'));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_version = numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor));
        rule(is_version, "version", format!("must be a version such as `{VERSION}`, found `{}`", self.version));
        let is_address = base_address(self.base_url).is_some();
        rule(is_address, "base_url", format!("must be an http or https address, found `{}`", self.base_url));
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

impl SourceKind for FacebookConfig {
    const NAME: &'static str = "facebook";
    const FACTS: Facts = Facts {
        needs: "an app and a token of the page",
        cost: "free",
        delay: "minutes (`poll_interval`)",
        deletes: "yes, within a day for posts of the last weeks (`window`)",
        history: "everything",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(MetaSource::facebook(self, &context)?))
    }

    fn fuzz(bytes: &[u8]) {
        super::parse::fuzz(Network::Facebook, bytes);
    }

    fn collects(&self, _: &Terms) -> String {
        let comments = if self.comments { ", with their comments" } else { "" };
        format!("keeps every post on {} pages{comments}, for you chose them one by one", self.pages.len())
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let Self { window, poll_interval, recheck, version, base_url, .. } = self;
        let (window, poll_interval, recheck) = (*window, *poll_interval, *recheck);
        Common { token: self.token.as_ref(), window, poll_interval, recheck, version, base_url }.check(&mut rule);
        let pages = self.pages.len();
        rule((1..=MAX_PAGES).contains(&pages), "pages", format!("must be 1 to {MAX_PAGES} ids, found `{pages}`"));
        for (index, page) in self.pages.iter().enumerate() {
            rule(is_id(page), &format!("pages[{index}]"), format!("must be the id of a page, found `{page}`"));
        }
    }
}

impl SourceKind for InstagramConfig {
    const NAME: &'static str = "instagram";
    const FACTS: Facts = Facts {
        needs: "a professional account, an app and its token",
        cost: "free",
        delay: "minutes (`poll_interval`)",
        deletes: "comments on your own posts, within a day; for hashtags and tags they are not told",
        history: "24 hours for hashtags, everything for the rest",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(MetaSource::instagram(self, &context)?))
    }

    fn fuzz(bytes: &[u8]) {
        super::parse::fuzz(Network::Instagram, bytes);
    }

    fn collects(&self, _: &Terms) -> String {
        let own = if self.comments { ", and the comments on what the account publishes" } else { "" };
        let tagged = if self.tagged { ", what tags the account" } else { "" };
        format!("keeps everything with one of {} hashtags{tagged}{own}", self.hashtags.len())
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let Self { window, poll_interval, recheck, version, base_url, .. } = self;
        let (window, poll_interval, recheck) = (*window, *poll_interval, *recheck);
        Common { token: self.token.as_ref(), window, poll_interval, recheck, version, base_url }.check(&mut rule);
        rule(is_id(&self.user_id), "user_id", format!("must be the id of your account, found `{}`", self.user_id));
        let tags = self.hashtags.len();
        let most = format!("must be up to {MAX_HASHTAGS}, which is what Instagram takes in a week, found `{tags}`");
        rule(tags <= MAX_HASHTAGS, "hashtags", most);
        for (index, tag) in self.hashtags.iter().enumerate() {
            let is_tag = !tag.is_empty() && tag.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
            rule(
                is_tag,
                &format!("hashtags[{index}]"),
                format!("must be letters and digits without `#`, found `{tag}`"),
            );
        }
        let any = self.tagged || self.comments || tags > 0;
        rule(any, "hashtags", "or `tagged` or `comments` is needed, or nothing is collected".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(config: &impl SourceKind) -> Vec<String> {
        let mut problems = Vec::new();
        config.check("source[0]", &mut problems);
        problems.into_iter().map(|problem| problem.path.replace("source[0].", "")).collect()
    }

    #[test]
    fn all_problems_of_a_facebook_source_are_told() {
        let token = Some(Secret::Env("FACEBOOK_TOKEN".into()));
        let good = FacebookConfig { token, pages: vec!["1234".into()], ..FacebookConfig::default() };
        assert_eq!(paths(&good), Vec::<String>::new());
        let bad = FacebookConfig {
            pages: vec!["a/b".into()],
            window: Span::from_secs(60),
            poll_interval: Span::from_secs(1),
            recheck: Span::from_secs(1),
            version: "24".into(),
            base_url: "x".into(),
            ..FacebookConfig::default()
        };
        assert_eq!(paths(&bad), ["token", "window", "poll_interval", "recheck", "version", "base_url", "pages[0]"]);
    }

    #[test]
    fn all_problems_of_an_instagram_source_are_told() {
        let token = Some(Secret::Env("INSTAGRAM_TOKEN".into()));
        let good = InstagramConfig {
            token,
            user_id: "1784".into(),
            hashtags: vec!["fiets_en".into()],
            ..InstagramConfig::default()
        };
        assert_eq!(paths(&good), Vec::<String>::new());
        let bad = InstagramConfig {
            hashtags: vec!["#fiets".into()],
            tagged: false,
            comments: false,
            ..InstagramConfig::default()
        };
        assert_eq!(paths(&bad), ["token", "user_id", "hashtags[0]"]);
        let many = InstagramConfig { hashtags: vec!["a".into(); 31], ..good };
        assert_eq!(paths(&many), ["hashtags"]);
    }
}
