//! The keys of `[[source]]` with `type = "survey"`.

use std::path::PathBuf;

use hark_mention::{
    Mention, Timestamp,
    config::{Problem, Span},
};
use serde::Deserialize;

use super::{
    SurveySource,
    parse::{Question, Reading},
};
use crate::{
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
    sources::import::Scale,
};

const MIN_INTERVAL: Span = Span::from_secs(1);
const MAX_INTERVAL: Span = Span::from_secs(24 * 3600);
const MAX_ANSWERS: usize = 50;

/// `[[source]]` with `type = "survey"`: exports of questionnaires that are put into a folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SurveyConfig {
    /// The folder with the exports: CSV, TSV, JSON Lines and JSON, also packed with gzip or zstd. Folders in it are not read.
    pub folder: PathBuf,
    /// Name of the questionnaire: small letters, digits, `-` and `_`. It stands in the ids: keep it.
    pub survey: String,
    /// Column that names the respondent. Without it, answers are known by what they say. Default: none.
    pub respondent: Option<String>,
    /// Columns with open answers, 1 to 50; each answer becomes a mention.
    pub answers: Vec<String>,
    /// Column with the score. Default: none.
    pub score: Option<String>,
    /// From the worst to the best score. Default: `0-10`, as for NPS.
    pub scale: String,
    /// Whether respondents who gave a score and wrote nothing are kept too, so that scores can be counted. Default: `true`.
    pub keep_scores: bool,
    /// Column with the time of the answer. Default: the one that looks like it.
    pub time: Option<String>,
    /// Zone of times that name none: an IANA name or an offset. Default: UTC.
    pub time_zone: Option<String>,
    /// Whether `03-04-2026` is the third of April. Default: as the first rows of a file tell, else yes.
    pub day_first: Option<bool>,
    /// Other columns that are kept, such as a shop or a department. Default: none, for exports hold personal data.
    pub keep: Vec<String>,
    /// Time between two looks into the folder. `1s` to `1d`. Default: `30s`.
    pub poll_interval: Span,
    /// How long a file must have been left alone before it is read. `0s` to `1d`. Default: `10s`.
    pub settle: Span,
}

impl Default for SurveyConfig {
    fn default() -> Self {
        Self {
            folder: PathBuf::new(),
            survey: String::new(),
            respondent: None,
            answers: Vec::new(),
            score: None,
            scale: "0-10".to_owned(),
            keep_scores: true,
            time: None,
            time_zone: None,
            day_first: None,
            keep: Vec::new(),
            poll_interval: Span::from_secs(30),
            settle: Span::from_secs(10),
        }
    }
}

impl SourceKind for SurveyConfig {
    const NAME: &'static str = "survey";
    const FACTS: Facts = Facts {
        needs: "exports in a folder",
        cost: "free",
        delay: "under a minute after a file is there",
        deletes: "no; a newer export replaces the answers that it holds",
        history: "what the exports hold",
    };

    fn build(self, _: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(SurveySource::new(self)?))
    }

    fn fuzz(bytes: &[u8]) {
        let Ok(reading) = Reading::new(Self::default()) else { return };
        let text = String::from_utf8_lossy(bytes);
        let row = Mention::new("survey:1", "survey", text, Timestamp::EPOCH);
        reading.answer(row, Question::Open("a"), 0);
    }

    fn collects(&self, _: &Terms) -> String {
        let count = self.answers.len();
        format!("keeps {count} open answers of each respondent in the exports in `{}`", self.folder.display())
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        rule(!self.folder.as_os_str().is_empty(), "folder", "is needed".to_owned());
        let is_plain =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_');
        let is_name = (1..=64).contains(&self.survey.len()) && self.survey.chars().all(is_plain);
        let found = &self.survey;
        rule(is_name, "survey", format!("must be 1 to 64 small letters, digits, `-` and `_`, found `{found}`"));
        let answers = self.answers.len();
        rule(
            (1..=MAX_ANSWERS).contains(&answers),
            "answers",
            format!("must be 1 to {MAX_ANSWERS} columns, found `{answers}`"),
        );
        for (index, column) in self.answers.iter().enumerate() {
            let is_twice = self.answers.iter().take(index).any(|earlier| earlier == column);
            let holds = !column.trim().is_empty() && column != "-" && !is_twice;
            rule(
                holds,
                &format!("answers[{index}]"),
                format!("must be a column that does not stand twice, found `{column}`"),
            );
        }
        if let Err(error) = self.scale.parse::<Scale>() {
            rule(false, "scale", error);
        }
        let poll = self.poll_interval;
        let expected = format!("must be {MIN_INTERVAL} to {MAX_INTERVAL}, found `{poll}`");
        rule((MIN_INTERVAL..=MAX_INTERVAL).contains(&poll), "poll_interval", expected);
        rule(self.settle <= MAX_INTERVAL, "settle", format!("must be at most {MAX_INTERVAL}, found `{}`", self.settle));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let mut problems = Vec::new();
        let good = SurveyConfig {
            folder: "exports".into(),
            survey: "nps-2026".into(),
            answers: vec!["Comments".into()],
            ..SurveyConfig::default()
        };
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = SurveyConfig {
            survey: "NPS 2026".into(),
            answers: vec!["a".into(), "a".into()],
            scale: "ten".into(),
            poll_interval: Span::from_millis(1),
            settle: Span::from_secs(999_999),
            ..SurveyConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let keys = ["folder", "survey", "answers[1]", "scale", "poll_interval", "settle"];
        assert_eq!(paths, keys.map(|key| format!("source[0].{key}")));
    }
}
