//! The keys of `[[source]]` with `type = "youtube"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{MAX_SEARCHES, YouTubeSource, parse};
use crate::{
    budget::BudgetConfig,
    checks::Checks,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

/// Most channels, videos and searches of one source; each has a place in the cursor.
const MAX_LISTINGS: usize = 100;

/// Searches that a project may make in a day.
///
/// Source: <https://developers.google.com/youtube/v3/determine_quota_cost>.
const SEARCHES_PER_DAY: u128 = 100;

/// `[[source]]` with `type = "youtube"`: comments below the videos of channels, below single videos, and below videos
/// that searches find.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct YouTubeConfig {
    /// Key of the YouTube Data API v3. Required.
    pub api_key: Option<Secret>,
    /// Channels whose videos' comments are read, by their ids, which begin with `UC`.
    pub channels: Vec<String>,
    /// Videos whose comments are read, by their ids of 11 characters.
    pub videos: Vec<String>,
    /// What new videos are searched for. Their comments are kept when a query of a brand or product wants them.
    pub searches: Vec<String>,
    /// Whether of channels and videos too only mentions that a query wants are kept. Default: false.
    pub only_wanted: bool,
    /// Time between two looks at the comments of a channel or a video. `1m` to `1d`. Default: `15m`.
    pub poll_interval: Span,
    /// Time between two searches for the same words. `15m` to `7d`, and all searches together at most 100 times a day.
    /// Default: `6h`.
    pub search_interval: Span,
    /// How long the comments of a found video are read. `1d` to `90d`. Default: `30d`.
    pub follow: Span,
    /// How far back the first look goes. `0s` to `3650d`. Default: `7d`.
    pub history: Span,
    /// Time after which a stored mention is looked at again. `1d` to `29d`: YouTube's terms allow 30 days.
    /// Default: `7d`.
    pub recheck: Span,
    /// Quota units per day. Default: 9000 of the 10000 that Google gives a new project.
    pub budget: Option<BudgetConfig>,
    /// Most time that one request may take. `1s` to `5m`. Default: `20s`.
    pub timeout: Span,
    /// Address of the interface. Default: `https://www.googleapis.com/youtube/v3`.
    pub base_url: String,
}

impl Default for YouTubeConfig {
    fn default() -> Self {
        Self {
            api_key: None,
            channels: Vec::new(),
            videos: Vec::new(),
            searches: Vec::new(),
            only_wanted: false,
            poll_interval: Span::from_secs(900),
            search_interval: Span::from_secs(6 * 3600),
            follow: Span::from_secs(30 * 24 * 3600),
            history: Span::from_secs(7 * 24 * 3600),
            recheck: Span::from_secs(7 * 24 * 3600),
            budget: Some(BudgetConfig { per_day: 9_000 }),
            timeout: Span::from_secs(20),
            base_url: "https://www.googleapis.com/youtube/v3".to_owned(),
        }
    }
}

impl SourceKind for YouTubeConfig {
    const NAME: &'static str = "youtube";

    const FACTS: Facts = Facts {
        needs: "a free API key of Google",
        cost: "free: 10,000 quota units and 100 searches a day",
        delay: "15 minutes (`poll_interval`); of a found video hours",
        deletes: "no: each mention is looked at again within 30 days",
        history: "everything below a video or channel",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(YouTubeSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        drop(parse::threads(bytes, Timestamp::END));
        drop(parse::comments(bytes, Some("video"), Timestamp::END));
        drop((parse::found(bytes), parse::reason(bytes)));
    }

    fn collects(&self, wanted: &Terms) -> String {
        let (channels, videos, searches) = (self.channels.len(), self.videos.len(), self.searches.len());
        if channels + videos + searches == 0 {
            return wanted.searched("YouTube", MAX_SEARCHES);
        }
        let own = if self.only_wanted { wanted.kept() } else { "all of those are kept".to_owned() };
        let mut told = format!("reads the comments of {channels} channels and {videos} videos; {own}");
        if searches > 0 {
            told.push_str(&format!(
                ". Reads the comments below the videos that {searches} searches find; {}",
                wanted.kept()
            ));
        }
        told
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let (minute, day) = (Span::from_secs(60), Span::from_secs(24 * 3600));
        let days = |days: u64| Span::from_secs(days * 24 * 3600);
        let mut checks = Checks::new(path, problems);
        checks.given("api_key", self.api_key.is_some());
        let lists = [("channels", &self.channels), ("videos", &self.videos), ("searches", &self.searches)];
        for (key, list) in lists {
            checks.distinct(key, list);
        }
        for (index, id) in self.channels.iter().enumerate() {
            let is_channel = id.starts_with("UC") && id.len() == 24 && is_id(id);
            checks.rule(is_channel, &format!("channels[{index}]"), || {
                format!("must begin with `UC` and have 24 characters, found `{id}`")
            });
        }
        for (index, id) in self.videos.iter().enumerate() {
            let is_video = id.len() == 11 && is_id(id);
            checks.rule(is_video, &format!("videos[{index}]"), || format!("must have 11 characters, found `{id}`"));
        }
        let count: usize = lists.iter().map(|(_, list)| list.len()).sum();
        checks.rule(count <= MAX_LISTINGS, "channels", || {
            format!("must be, with `videos` and `searches`, at most {MAX_LISTINGS}, found {count}")
        });
        checks.span("poll_interval", self.poll_interval, minute, day);
        checks.span("search_interval", self.search_interval, Span::from_secs(900), days(7));
        let searches = self.searches.len() as u128 * day.duration().as_millis();
        let most = SEARCHES_PER_DAY * self.search_interval.duration().as_millis();
        checks.rule(searches <= most, "search_interval", || {
            format!(
                "must be longer: {} searches may be made {SEARCHES_PER_DAY} times a day in all",
                self.searches.len()
            )
        });
        checks.span("follow", self.follow, day, days(90));
        checks.span("history", self.history, Span::from_secs(0), days(3650));
        checks.span("recheck", self.recheck, day, days(29));
        checks.span("timeout", self.timeout, Span::from_secs(1), Span::from_secs(300));
        checks.url("base_url", &self.base_url);
        checks.budget(self.budget);
    }
}

fn is_id(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = YouTubeConfig {
            api_key: Secret::parse("${env:YOUTUBE_KEY}").ok(),
            channels: vec!["UCabcdefghijklmnopqrstuv".into()],
            searches: vec!["fairphone".into()],
            ..YouTubeConfig::default()
        };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = YouTubeConfig {
            channels: vec!["@fairphone".into()],
            videos: vec!["https://youtu.be/x".into()],
            searches: (0..30).map(|n| n.to_string()).collect(),
            search_interval: Span::from_secs(3600),
            recheck: Span::from_secs(40 * 24 * 3600),
            budget: Some(BudgetConfig { per_day: 0 }),
            ..YouTubeConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = ["api_key", "channels[0]", "videos[0]", "search_interval", "recheck", "budget.per_day"];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
