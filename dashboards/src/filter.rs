//! Which mentions a request is about: read once from the query string, checked, and bound to every query.

use std::{borrow::Cow, sync::Arc};

use clickhouse::query::Query;
use jiff::{Timestamp, Zoned, civil, tz::TimeZone};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::Noted,
    parameters::Parameters,
    period::{Asked, Calendar, Period, earliest},
    problem::Problem,
    search::SearchQuery,
    server::App,
};

/// What every `WHERE` clause begins with. The only place where one is made is [`Filter::sql`].
const PERIOD: &str = "published_at >= {from:DateTime64(3, 'UTC')}
    AND published_at < {to:DateTime64(3, 'UTC')}";
/// The mentions that a search found, by the hash of their ids.
const SEARCHED: &str = "cityHash64(id) IN (SELECT key FROM search_keys WHERE search = {search:UInt64})";

/// Most values that one parameter may have.
const MOST_VALUES: usize = 50;

/// The parameters of every question about mentions. Only a description for the API document: [`Filter`] reads them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; `Filter::take` reads them, for serde cannot repeat a key")]
pub(crate) struct FilterParameters {
    /// Named period: `24h` is this hour and the 23 before it, `7d` is today and the 6 days before it. Default: `7d`.
    #[param(inline)]
    period: Option<NamedPeriod>,
    /// First moment: a date, or a time with an offset (RFC 3339). Instead of `period`.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// End: a date, which is then the last day, or a time with an offset, which is then left out. Default: now.
    #[param(example = "2026-11-07")]
    to: Option<String>,
    /// Time zone in which days begin (IANA name). Default: `UTC`.
    #[param(example = "Europe/Amsterdam")]
    tz: Option<String>,
    /// First day of a week, for a timeline in weeks. Default: `monday`.
    #[param(inline)]
    week_start: Option<FirstDay>,
    /// Listening query, evaluated exactly as it is on the live stream.
    #[param(example = "battery NEAR/3 dead")]
    q: Option<String>,
    /// Brands, any of them.
    brand: Option<Vec<String>>,
    /// Products, any of them.
    product: Option<Vec<String>>,
    /// Topics, any of them.
    topic: Option<Vec<String>>,
    /// Tones, any of them.
    #[param(inline)]
    sentiment: Option<Vec<Tone>>,
    /// Intents, any of them: complaint, question, request, praise, churn or other.
    intent: Option<Vec<String>>,
    /// Types of source, any of them.
    source: Option<Vec<String>>,
    /// Languages (ISO 639), any of them.
    lang: Option<Vec<String>>,
    /// Countries (ISO 3166-1 alpha-2), any of them.
    country: Option<Vec<String>>,
    /// Kinds, any of them: post, comment, review, article, question, answer, issue or survey.
    kind: Option<Vec<String>>,
    /// Host names, any of them.
    site: Option<Vec<String>>,
    /// Authors, any of them: source, colon, the id of the account.
    author: Option<Vec<String>>,
    /// Only mentions of which the caller's team has noted this.
    #[param(inline)]
    noted: Option<NotedName>,
}

/// What a team notes about a mention.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the parameter")]
enum NotedName {
    Starred,
    Mine,
    Assigned,
    Note,
}

/// A named period.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the parameter")]
enum NamedPeriod {
    #[schema(rename = "24h")]
    Day,
    #[schema(rename = "7d")]
    Week,
    #[schema(rename = "30d")]
    Month,
    #[schema(rename = "90d")]
    Quarter,
    #[schema(rename = "all")]
    All,
}

/// The first day of a week.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the parameter")]
enum FirstDay {
    Monday,
    Saturday,
    Sunday,
}

/// A tone.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the parameter")]
enum Tone {
    Negative,
    Neutral,
    Positive,
}

const PERIODS: [&str; 5] = ["24h", "7d", "30d", "90d", "all"];
const SENTIMENTS: [&str; 3] = ["negative", "neutral", "positive"];

/// A property of a mention that a filter can name and that mentions can be counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Brand,
    Product,
    Topic,
    Sentiment,
    Intent,
    Source,
    Language,
    Country,
    Kind,
    Site,
    Author,
}

impl Dimension {
    pub(crate) const ALL: [Self; 11] = [
        Self::Brand,
        Self::Product,
        Self::Topic,
        Self::Sentiment,
        Self::Intent,
        Self::Source,
        Self::Language,
        Self::Country,
        Self::Kind,
        Self::Site,
        Self::Author,
    ];

    /// Name of its request parameter, and of its parameter in the `WHERE` clause.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Product => "product",
            Self::Topic => "topic",
            Self::Sentiment => "sentiment",
            Self::Intent => "intent",
            Self::Source => "source",
            Self::Language => "lang",
            Self::Country => "country",
            Self::Kind => "kind",
            Self::Site => "site",
            Self::Author => "author",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    /// What to count by: each mention gives one row for each of its values.
    pub(crate) fn each_value(self) -> &'static str {
        match self {
            Self::Brand => "arrayJoin(arrayDistinct(brands))",
            Self::Product => "arrayJoin(arrayDistinct(products))",
            Self::Topic => "arrayJoin(arrayDistinct(topics))",
            Self::Author => "if(author_id = '', '', concat(source, ':', author_id))",
            column => column.name(),
        }
    }

    /// The condition that one of the values bound as its name is among those of the mention.
    fn condition(self) -> String {
        let name = self.name();
        match self {
            Self::Brand | Self::Product | Self::Topic => format!("hasAny({name}s, {{{name}:Array(String)}})"),
            Self::Author => format!("has({{{name}:Array(String)}}, concat(source, ':', author_id))"),
            column => format!("has({{{name}:Array(String)}}, {})", column.name()),
        }
    }
}

/// Which mentions a request is about.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) asked: Asked,
    /// The values allowed for each of [`Dimension::ALL`]; none means all.
    values: [Vec<String>; Dimension::ALL.len()],
    /// What is searched for.
    pub(crate) query: Option<Arc<SearchQuery>>,
    /// The search whose results are in `search_keys`, once it has run for this period.
    search: Option<u64>,
    /// Only mentions of which this is noted.
    noted: Option<Noted>,
    /// Their ids, once they are looked up.
    noted_ids: Option<Vec<String>>,
}

impl Filter {
    /// Takes the parameters of a filter; what is wrong is noted in `parameters`.
    pub(crate) fn take(parameters: &mut Parameters, now: Timestamp) -> Self {
        let values = Dimension::ALL.map(|dimension| take_values(parameters, dimension));
        let noted = parameters.take_as("noted", "must be `starred`, `mine`, `assigned` or `note`", Noted::named);
        let (asked, query) = (take_period(parameters, now), take_query(parameters));
        Self { asked, values, query, search: None, noted, noted_ids: None }
    }

    /// A filter without values for `dimension`, to count what other values would give.
    pub(crate) fn without(&self, dimension: Dimension) -> Self {
        self.with(dimension, Vec::new())
    }

    /// The same filter with other values for `dimension`.
    pub(crate) fn with(&self, dimension: Dimension, values: Vec<String>) -> Self {
        let mut filter = self.clone();
        filter.values[dimension as usize] = values;
        filter
    }

    /// The same filter in the period before, once searched there; `None` when there is none.
    ///
    /// # Errors
    ///
    /// When the search fails.
    pub(crate) async fn before(&self, app: &App) -> Result<Option<Self>, Problem> {
        let Some(previous) = self.asked.previous else { return Ok(None) };
        let mut filter = self.clone();
        filter.asked =
            Asked { period: previous, previous: None, is_open: false, calendar: self.asked.calendar.clone() };
        filter.looked_up(app).await.map(Some)
    }

    /// The filter with the results of its search and with what is noted, if it asks for them.
    ///
    /// # Errors
    ///
    /// When the search fails, or the database is away.
    pub(crate) async fn looked_up(mut self, app: &App) -> Result<Self, Problem> {
        if let Some(noted) = &self.noted {
            self.noted_ids = Some(noted.ids(app).await?);
        }
        if let Some(query) = &self.query {
            self.search = Some(app.searches.find(query, &self.asked).await?);
        }
        Ok(self)
    }

    /// The values allowed for `dimension`; none means all.
    pub(crate) fn values(&self, dimension: Dimension) -> &[String] {
        &self.values[dimension as usize]
    }

    /// Puts the `WHERE` clause in the place of `$filter`.
    pub(crate) fn sql(&self, template: &str) -> String {
        let mut clause = PERIOD.to_owned();
        for dimension in self.limited() {
            clause += "\n    AND ";
            clause += &dimension.condition();
        }
        if self.search.is_some() {
            clause += "\n    AND ";
            clause += SEARCHED;
        }
        if self.noted_ids.is_some() {
            clause += "\n    AND id IN {noted:Array(String)}";
        }
        template.replace("$filter", &clause)
    }

    /// A query made of `template`, with the `WHERE` clause in the place of `$filter` and its values bound.
    pub(crate) fn query(&self, app: &App, template: &str) -> Query {
        self.bind(app.database.query(&self.sql(template)))
    }

    fn bind(&self, query: Query) -> Query {
        let Period { from, to } = self.asked.period;
        let query = query.param("from", database_time(from)).param("to", database_time(to));
        let query =
            self.limited().fold(query, |query, dimension| query.param(dimension.name(), self.values(dimension)));
        let query = self.search.into_iter().fold(query, |query, search| query.param("search", search));
        self.noted_ids.iter().fold(query, |query, ids| query.param("noted", ids))
    }

    fn limited(&self) -> impl Iterator<Item = Dimension> {
        Dimension::ALL.into_iter().filter(|dimension| !self.values(*dimension).is_empty())
    }
}

/// A point in time as `DateTime64(3, 'UTC')` is written.
pub(crate) fn database_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

fn take_values(parameters: &mut Parameters, dimension: Dimension) -> Vec<String> {
    let name = dimension.name();
    let mut values = parameters.take_all(name);
    if values.len() > MOST_VALUES {
        parameters.refuse(name, format!("must stand at most {MOST_VALUES} times"), &values.len().to_string());
    }
    for value in &values {
        if value.is_empty() {
            parameters.refuse(name, "must not be empty", value);
        }
        if dimension == Dimension::Sentiment && !SENTIMENTS.contains(&value.as_str()) {
            parameters.refuse(name, "must be `negative`, `neutral` or `positive`", value);
        }
    }
    values.sort();
    values.dedup();
    values
}

/// Longest query. Unit: bytes.
const LONGEST_QUERY: usize = 4000;

fn take_query(parameters: &mut Parameters) -> Option<Arc<SearchQuery>> {
    let text = parameters.take("q")?;
    if text.trim().is_empty() {
        return None;
    }
    if text.len() > LONGEST_QUERY {
        parameters.refuse("q", format!("must have at most {LONGEST_QUERY} bytes"), &text);
        return None;
    }
    match SearchQuery::parse(&text) {
        Ok(query) => Some(Arc::new(query)),
        Err(error) => {
            parameters.refuse(
                "q",
                format!("must be a listening query: at column {}, {}", error.column, error.message),
                &text,
            );
            None
        }
    }
}

fn take_period(parameters: &mut Parameters, now: Timestamp) -> Asked {
    let week_start = parameters.take_as("week_start", "must be `monday`, `saturday` or `sunday`", Calendar::week_start);
    let mut asked = take_stretch(parameters, now);
    if let Some(week_start) = week_start {
        asked.calendar.week_start = week_start;
    }
    asked
}

fn take_stretch(parameters: &mut Parameters, now: Timestamp) -> Asked {
    let zone =
        parameters.take_as("tz", "must be a time zone such as `Europe/Amsterdam`", |name| TimeZone::get(name).ok());
    let now = now.to_zoned(zone.unwrap_or(TimeZone::UTC));
    let name = parameters.take("period");
    let (from, to) = (parameters.take("from"), parameters.take("to"));
    // Stands in for a period that is refused; the request ends before anyone looks at it.
    let period = Period { from: earliest(), to: now.timestamp() };
    let refused = Asked { period, previous: None, is_open: true, calendar: Calendar::at(&now) };

    let Some(from) = from else {
        if let Some(to) = to {
            parameters.refuse("to", "needs `from` beside it", &to);
        }
        let name = name.as_deref().map_or(Cow::Borrowed("7d"), Cow::Borrowed);
        return Asked::named(&name, &now).unwrap_or_else(|| {
            parameters.refuse("period", format!("must be one of `{}`", PERIODS.join("`, `")), &name);
            refused
        });
    };
    if let Some(name) = name {
        parameters.refuse("period", "must not stand beside `from`", &name);
    }
    let first = read_moment(parameters, "from", &from, &now, false);
    let end = to.as_ref().map_or(Some(now.timestamp()), |to| read_moment(parameters, "to", to, &now, true));
    let (Some(first), Some(end)) = (first, end) else { return refused };
    Asked::between(first, end, &now).unwrap_or_else(|| {
        parameters.refuse("from", format!("must lie before `to` and before now, which is {now:.0}"), &from);
        refused
    })
}

/// Reads a date, or a time with an offset. The date of an end is the last day that belongs to the period.
fn read_moment(parameters: &mut Parameters, name: &str, text: &str, now: &Zoned, end: bool) -> Option<Timestamp> {
    let moment = match text.parse::<Timestamp>() {
        Ok(at) => Some(at),
        Err(_) => text.parse::<civil::Date>().ok().filter(|_| text.len() == 10).and_then(|date| {
            let day = if end { date.tomorrow().ok()? } else { date };
            Some(day.to_zoned(now.time_zone().clone()).ok()?.timestamp())
        }),
    };
    let latest = civil::date(2200, 1, 1).to_zoned(TimeZone::UTC).ok()?.timestamp();
    let moment = moment.filter(|at| (earliest()..latest).contains(at));
    if moment.is_none() {
        let rule = "must be a date such as `2026-11-22` or a time such as `2026-11-22T08:00:00Z`, from 1900 to 2199";
        parameters.refuse(name, rule, text);
    }
    moment
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn read(query: &str) -> Result<Filter, Vec<String>> {
        let mut parameters = Parameters::read(Some(query));
        let filter = Filter::take(&mut parameters, "2026-11-22T14:30:00Z".parse().unwrap());
        let wrong: Vec<_> = parameters.errors.iter().map(|error| error.parameter.clone()).collect();
        parameters.finish().map(|()| filter).map_err(|_| wrong)
    }

    #[test]
    fn values_repeat_and_periods_are_days_of_the_time_zone() {
        let filter =
            read("brand=A%26B&brand=%D7%A9&lang=nl&from=2026-11-01&to=2026-11-07&tz=Europe/Amsterdam").unwrap();
        assert_eq!(filter.values(Dimension::Brand), ["A&B", "ש"]);
        assert_eq!(database_time(filter.asked.period.from), "2026-10-31 23:00:00.000");
        assert_eq!(database_time(filter.asked.period.to), "2026-11-07 23:00:00.000");
        assert!(filter.without(Dimension::Brand).values(Dimension::Brand).is_empty());
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let wrong = read("period=1y&sentiment=angry&brand=&tz=Mars/Base&tz=UTC").unwrap_err();
        assert_eq!(wrong, ["brand", "sentiment", "tz", "period"]);
        assert_eq!(read("to=2026-11-01").unwrap_err(), ["to"]);
        assert_eq!(read("from=2026-11-05&to=2026-11-01").unwrap_err(), ["from"]);
        assert_eq!(read("from=2026-11-01&period=7d").unwrap_err(), ["period"]);
        assert_eq!(read("from=0001-01-01").unwrap_err(), ["from"]);
        assert!(read("brnad=x").is_err());
        assert_eq!(read("q=(battery").unwrap_err(), ["q"]);
    }

    #[test]
    fn only_what_is_asked_for_is_in_the_clause() {
        assert_eq!(read("").unwrap().sql("$filter"), PERIOD);
        let clause = read("topic=x&author=rss:1").unwrap().sql("WHERE $filter LIMIT 1");
        assert!(clause.ends_with(
            "AND hasAny(topics, {topic:Array(String)})\n    AND has({author:Array(String)}, concat(source, ':', author_id)) LIMIT 1"
        ));
    }
}
