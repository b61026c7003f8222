//! From a row of an export to the mention of one answer. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{DropReason, Kind, Mention, Verdict};

use super::config::SurveyConfig;
use crate::{
    source::SourceError,
    sources::import::{Field, ImportOptions, Scale},
};

/// The type name of this source.
pub(super) const SOURCE: &str = "survey";

/// What one reading of a file looks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Question<'a> {
    /// The open answers in this column.
    Open(&'a str),
    /// The scores, in this column, of those who wrote nothing.
    Score(&'a str),
}

/// How a survey's exports are read.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    config: SurveyConfig,
    scale: Scale,
}

impl Reading {
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the scale is none.
    pub(super) fn new(config: SurveyConfig) -> Result<Self, SourceError> {
        let scale = config.scale.parse().map_err(SourceError::Setup)?;
        Ok(Self { config, scale })
    }

    /// The question that reading number `pass` of a file looks for; `None` when all were asked.
    pub(super) fn question(&self, pass: usize) -> Option<Question<'_>> {
        let scores = self.config.score.as_deref().filter(|_| self.config.keep_scores).map(Question::Score);
        self.config.answers.iter().map(|column| Question::Open(column)).chain(scores).nth(pass)
    }

    /// How the file is read for a question. Nothing that names a person is looked for.
    pub(super) fn options(&self, question: Question<'_>) -> ImportOptions {
        let (Question::Open(text) | Question::Score(text)) = question;
        let column = |field: &Field| match field {
            Field::Text => Some(text.to_owned()),
            Field::Id => Some(self.config.respondent.clone().unwrap_or_else(|| "-".to_owned())),
            Field::Rating => Some(self.config.score.clone().unwrap_or_else(|| "-".to_owned())),
            Field::PublishedAt => self.config.time.clone(),
            Field::Lang | Field::Country | Field::Product => None,
            _ => Some("-".to_owned()),
        };
        ImportOptions {
            source: SOURCE.to_owned(),
            map: Field::ALL.iter().filter_map(|field| Some((*field, column(field)?))).collect(),
            time_zone: self.config.time_zone.clone(),
            day_first: self.config.day_first,
            rating_scale: Some(self.scale),
            kind: Some(Kind::Survey),
            ..ImportOptions::default()
        }
    }

    /// Makes the mention of an answer out of that of its row. `written` is when the file was, in milliseconds since
    /// 1970: of two exports with one answer, the newer counts.
    pub(super) fn answer(&self, mut mention: Mention, question: Question<'_>, written: u64) -> Verdict<Mention> {
        let has_written = |column: &String| {
            mention.extra.get(column).and_then(serde_json::Value::as_str).is_some_and(|text| !is_nothing(text))
        };
        let (name, column) = match question {
            Question::Open(_) if is_nothing(&mention.text) => return Verdict::Drop(DropReason::Empty),
            Question::Score(_) if self.config.answers.iter().any(has_written) => {
                return Verdict::Drop(DropReason::NotAMention);
            }
            // What is not on the scale is no score.
            Question::Score(_) if mention.rating.is_none() => return Verdict::Drop(DropReason::Empty),
            Question::Score(column) => ("score", column),
            Question::Open(column) => (column, column),
        };
        let respondent = mention.id.strip_prefix("survey:").unwrap_or(&mention.id);
        let respondent = format!("{SOURCE}:{}/{respondent}", self.config.survey);
        mention.id = format!("{respondent}/{name}");
        // All answers of one respondent belong together.
        mention.thread_id = self.config.respondent.is_some().then_some(respondent);
        mention.revision = written;
        if matches!(question, Question::Score(_)) {
            mention.title = Some(column.to_owned());
        }
        let score = self.config.score.as_ref().and_then(|column| mention.extra.remove(column));
        mention.extra.retain(|column, _| self.config.keep.contains(column) || column == "published_at_assumed");
        let group = mention.rating.filter(|_| self.config.scale == "0-10").map(nps_group);
        let told = [("survey", Some(self.config.survey.clone().into())), ("question", Some(column.into()))];
        for (key, value) in told.into_iter().chain([("score", score), ("nps_group", group.map(Into::into))]) {
            mention.extra.extend(value.map(|value| (key.to_owned(), value)));
        }
        Verdict::Keep(mention)
    }
}

/// The three groups of the Net Promoter Score, by the rating of a scale from 0 to 10.
fn nps_group(rating: f32) -> &'static str {
    match (rating * 10.0).round() {
        9.0.. => "promoter",
        7.0.. => "passive",
        _ => "detractor",
    }
}

/// What people write where they have nothing to say.
fn is_nothing(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    matches!(
        text.as_str(),
        "" | "-" | "--" | "n/a" | "na" | "n.v.t" | "nvt" | "none" | "geen" | "nee" | "no" | "niets" | "null"
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use hark_mention::Timestamp;

    use super::*;

    fn reading() -> Reading {
        let config = SurveyConfig {
            survey: "nps".into(),
            respondent: Some("id".into()),
            answers: vec!["Why".into(), "Better".into()],
            score: Some("NPS".into()),
            keep: vec!["Shop".into()],
            ..SurveyConfig::default()
        };
        Reading { config, scale: Scale::STARS }
    }

    fn row(text: &str, rating: Option<f32>) -> Mention {
        let mut mention = Mention::new("survey:7", SOURCE, text, Timestamp::EPOCH);
        mention.rating = rating;
        let columns =
            [("NPS", "9"), ("Shop", "Utrecht"), ("Email", "a@example.org"), ("Why", "Fast"), ("Better", "n.v.t.")];
        mention.extra = columns.map(|(key, value)| (key.to_owned(), value.into())).into_iter().collect();
        mention
    }

    #[test]
    fn an_answer_has_a_stable_id_its_score_and_nothing_personal() {
        let Verdict::Keep(answer) = reading().answer(row("Fast", Some(0.9)), Question::Open("Why"), 5) else {
            panic!()
        };
        assert_eq!((answer.id.as_str(), answer.thread_id.as_deref()), ("survey:nps/7/Why", Some("survey:nps/7")));
        assert_eq!((answer.rating, answer.revision), (Some(0.9), 5));
        let expected = serde_json::json!({"Shop": "Utrecht", "survey": "nps", "question": "Why", "score": "9", "nps_group": "promoter"});
        assert_eq!(serde_json::Value::from(answer.extra.clone()), expected);
        let nothing = reading().answer(row(" N.v.t.", Some(0.9)), Question::Open("Better"), 5);
        assert_eq!(nothing, Verdict::Drop(DropReason::Empty));
    }

    #[test]
    fn a_score_counts_by_itself_when_nothing_was_written() {
        let score = Question::Score("NPS");
        assert_eq!(reading().answer(row("9", Some(0.9)), score, 5), Verdict::Drop(DropReason::NotAMention));
        let mut silent = row("6", Some(0.6));
        silent.extra.insert("Why".into(), "-".into());
        let Verdict::Keep(answer) = reading().answer(silent.clone(), score, 5) else { panic!() };
        assert_eq!(
            (answer.id.as_str(), answer.title.as_deref(), answer.text.as_str()),
            ("survey:nps/7/score", Some("NPS"), "6")
        );
        assert_eq!(answer.extra["nps_group"], "detractor");
        silent.rating = None;
        assert_eq!(reading().answer(silent, score, 5), Verdict::Drop(DropReason::Empty));
    }

    #[test]
    fn groups_are_those_of_the_net_promoter_score() {
        let groups: Vec<_> = (0..=10_u8).map(|score| nps_group(f32::from(score) / 10.0)).collect();
        assert!(groups[..7].iter().all(|group| *group == "detractor"));
        assert_eq!(groups[7..], ["passive", "passive", "promoter", "promoter"]);
    }
}
