//! The order of a list of mentions, and the place where a page of it begins.

use clickhouse::query::Query;
use jiff::Timestamp;

use crate::{
    filter::{Filter, database_time},
    parameters::Parameters,
    problem::Problem,
};

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// The latest first.
    Newest,
    /// The earliest first.
    Oldest,
    /// By views, and where the source tells none, by followers of the author.
    Seen,
    /// By likes, replies and shares together.
    Engaged,
}

/// Where a page begins: after the mention with this rank, time and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) rank: u64,
    pub(crate) millis: i64,
    pub(crate) id: String,
}

/// Which mentions a list has beside its filter, and in which order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) sort: Sort,
    /// Of each story only the first mention in this order.
    pub(crate) fold: bool,
    /// Only mentions of this story.
    story: Option<String>,
    /// Only mentions of this conversation.
    thread: Option<String>,
}

/// The place that a [`Cursor`] names.
const CURSOR: &str = "({before_rank:UInt64}, {before:DateTime64(3, 'UTC')}, {before_id:String})";

impl Sort {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "newest" => Self::Newest,
            "oldest" => Self::Oldest,
            "seen" => Self::Seen,
            "engaged" => Self::Engaged,
            _ => return None,
        })
    }

    /// What a mention is ranked by, before its time.
    fn rank(self) -> &'static str {
        match self {
            Self::Newest | Self::Oldest => "toUInt64(0)",
            Self::Seen => "coalesce(views, author_followers, toUInt64(0))",
            Self::Engaged => "ifNull(likes, 0) + ifNull(replies, 0) + ifNull(shares, 0)",
        }
    }
}

impl Order {
    pub(crate) fn take(parameters: &mut Parameters) -> Self {
        let rule = "must be `newest`, `oldest`, `seen` or `engaged`";
        Self {
            sort: parameters.take_as("sort", rule, Sort::named).unwrap_or(Sort::Newest),
            fold: super::super::extract::flag(parameters, "fold", false),
            story: parameters.take("story"),
            thread: parameters.take("thread"),
        }
    }

    /// The same list with all near-duplicates.
    pub(crate) fn unfolded(&self) -> Self {
        Self { fold: false, ..self.clone() }
    }

    /// `template` with the condition of the list in the place of `$listed`, its order in the place of `$rank` and `$order`, and
    /// in the place of `$beyond` the condition that a mention stands after the cursor.
    pub(crate) fn sql(&self, filter: &Filter, template: &str) -> String {
        let (beyond, order) = if self.sort == Sort::Oldest { (">", "ASC") } else { ("<", "DESC") };
        let mut listed = filter.sql("$filter");
        if self.story.is_some() {
            listed += "\n    AND story_id = {story:String}";
        }
        if self.thread.is_some() {
            listed += "\n    AND (thread_id = {thread:String} OR id = {thread:String})";
        }
        if self.fold {
            let first = if self.sort == Sort::Oldest { "min" } else { "max" };
            let place = format!("({}, published_at, id)", self.sort.rank());
            listed = format!(
                "{listed}
    AND (story_id = '' OR {place} IN (SELECT {first}({place}) FROM mentions WHERE {listed} AND story_id != '' GROUP BY story_id))"
            );
        }
        template
            .replace("$listed", &listed)
            .replace("$beyond", &format!("(toUInt64($rank), published_at, id) {beyond} {CURSOR}"))
            .replace("$rank", self.sort.rank())
            .replace("$order", order)
    }

    pub(crate) fn bind(&self, mut query: Query) -> Query {
        if let Some(story) = &self.story {
            query = query.param("story", story);
        }
        if let Some(thread) = &self.thread {
            query = query.param("thread", thread);
        }
        query
    }
}

impl Cursor {
    /// Takes `cursor`.
    pub(crate) fn take(parameters: &mut Parameters) -> Option<Self> {
        parameters.take_as("cursor", "must be `next` of the page before", |text| {
            let mut parts = text.splitn(3, '.');
            let (rank, millis, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
            // What the database can hold: the years 1900 to 2299.
            let held = (-2_208_988_800_000..10_413_792_000_000).contains(&millis);
            held.then(|| Self { rank, millis, id: id.to_owned() })
        })
    }

    /// Before the first mention of a list.
    pub(crate) fn start(sort: Sort, filter: &Filter) -> Self {
        match sort {
            Sort::Oldest => Self { rank: 0, millis: filter.asked.period.from.as_millisecond() - 1, id: String::new() },
            Sort::Newest => Self { rank: 0, millis: filter.asked.period.to.as_millisecond() + 1, id: String::new() },
            Sort::Seen | Sort::Engaged => {
                Self { rank: u64::MAX, millis: filter.asked.period.to.as_millisecond() + 1, id: String::new() }
            }
        }
    }

    pub(crate) fn text(&self) -> String {
        format!("{}.{}.{}", self.rank, self.millis, self.id)
    }

    pub(crate) fn time(&self) -> Result<Timestamp, Problem> {
        Timestamp::from_millisecond(self.millis.max(-2_208_988_800_000)).map_err(|_| Problem::query_failed())
    }

    pub(crate) fn bind(&self, query: Query) -> Result<Query, Problem> {
        let (rank, at, id) = (self.rank, database_time(self.time()?), &self.id);
        Ok(query.param("before_rank", rank).param("before", at).param("before_id", id))
    }
}
