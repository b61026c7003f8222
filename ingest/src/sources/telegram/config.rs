//! The keys of `[[source]]` with `type = "telegram"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{TelegramSource, api::Answer, parse};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

/// The longest that the Bot API holds a request open.
const MAX_LONG_POLL: Span = Span::from_secs(50);
const MAX_CHATS: usize = 1000;

/// `[[source]]` with `type = "telegram"`: what is written in the channels and groups that your bot is a member of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelegramConfig {
    /// The bot's token, from @BotFather: `${env:NAME}` or `${file:PATH}`.
    pub token: Option<Secret>,
    /// Channels and groups to keep, up to 1,000: public names such as `@example`, or ids such as `-1001234567890`.
    /// Default: all that the bot is a member of.
    pub chats: Vec<String>,
    /// How long one request waits for something new. `0s` to `50s`. Default: `10s`.
    pub long_poll: Span,
    /// Address of the Bot API, for a server of your own. Default: `https://api.telegram.org`.
    pub base_url: String,
}

impl Default for TelegramConfig {
    fn default() -> Self {
        Self {
            token: None,
            chats: Vec::new(),
            long_poll: Span::from_secs(10),
            base_url: "https://api.telegram.org".to_owned(),
        }
    }
}

impl SourceKind for TelegramConfig {
    const NAME: &'static str = "telegram";
    const FACTS: Facts = Facts {
        needs: "a bot that is an administrator of the channel",
        cost: "free",
        delay: "seconds",
        deletes: "edits; deletions are not told to bots",
        history: "24 hours",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(TelegramSource::new(self, &context)?))
    }

    fn fuzz(bytes: &[u8]) {
        let Ok(answer) = serde_json::from_slice::<Answer>(bytes) else { return };
        for update in &answer.result {
            let _ = parse::update(update, &[], Timestamp::END);
        }
    }

    fn collects(&self, _: &Terms) -> String {
        match self.chats.len() {
            0 => "keeps what is written in every channel and group that the bot is a member of".to_owned(),
            chats => format!("keeps what is written in {chats} channels and groups, for you chose them one by one"),
        }
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        rule(self.token.is_some(), "token", "is needed: `${env:NAME}` or `${file:PATH}`".to_owned());
        let chats = self.chats.len();
        rule(chats <= MAX_CHATS, "chats", format!("must be up to {MAX_CHATS}, found `{chats}`"));
        for (index, chat) in self.chats.iter().enumerate() {
            let expected =
                format!("must be a name such as `@example` or an id such as `-1001234567890`, found `{chat}`");
            rule(ChatName::read(chat).is_some(), &format!("chats[{index}]"), expected);
        }
        let wait = self.long_poll;
        rule(wait <= MAX_LONG_POLL, "long_poll", format!("must be at most {MAX_LONG_POLL}, found `{wait}`"));
        rule(
            base_address(&self.base_url).is_some(),
            "base_url",
            format!("must be an http or https address, found `{}`", self.base_url),
        );
    }
}

/// A chat as the operator names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ChatName {
    Id(i64),
    /// In small letters, without `@`.
    Public(String),
}

impl ChatName {
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Ok(id) = text.parse() {
            return Some(Self::Id(id));
        }
        let name = text.strip_prefix('@').unwrap_or(text);
        let is_name = (4..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        is_name.then(|| Self::Public(name.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let mut problems = Vec::new();
        let good = TelegramConfig {
            token: Some(Secret::Env("TELEGRAM_TOKEN".into())),
            chats: vec!["@Example_Channel".into(), "-1001234567890".into()],
            ..TelegramConfig::default()
        };
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = TelegramConfig {
            token: None,
            chats: vec!["https://t.me/example".into()],
            long_poll: Span::from_secs(90),
            base_url: "t.me".into(),
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["token", "chats[0]", "long_poll", "base_url"].map(|key| format!("source[0].{key}")));
    }
}
