//! Which mentions a request is about: read once from the query string, checked, and bound to every query.

use std::borrow::Cow;

use clickhouse::query::Query;
use jiff::{Timestamp, Zoned, civil, tz::TimeZone};
use utoipa::{IntoParams, ToSchema};

use crate::{
    period::{Asked, Period, earliest},
    problem::{BadParameter, Problem},
};

/// The one `WHERE` clause. Its parameters are bound by [`Filter::bind`].
const WHERE: &str = include_str!("../queries/filter.sql");

/// Most values that one parameter may have.
const MOST_VALUES: usize = 50;

/// The parameters of every question about mentions. Only a description for the API document: [`Filter`] reads them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; `Filter::read` reads them, for serde cannot repeat a key")]
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
    /// Brands, any of them.
    brand: Option<Vec<String>>,
    /// Products, any of them.
    product: Option<Vec<String>>,
    /// Topics, any of them.
    topic: Option<Vec<String>>,
    /// Tones, any of them.
    #[param(inline)]
    sentiment: Option<Vec<Tone>>,
    /// Types of source, any of them.
    source: Option<Vec<String>>,
    /// Languages (ISO 639), any of them.
    lang: Option<Vec<String>>,
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
    Source,
    Language,
}

impl Dimension {
    const ALL: [Self; 6] = [Self::Brand, Self::Product, Self::Topic, Self::Sentiment, Self::Source, Self::Language];

    /// Name of its request parameter.
    fn parameter(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Product => "product",
            Self::Topic => "topic",
            Self::Sentiment => "sentiment",
            Self::Source => "source",
            Self::Language => "lang",
        }
    }

    /// Name of its parameter in `queries/filter.sql`.
    fn binding(self) -> &'static str {
        match self {
            Self::Brand => "brands",
            Self::Product => "products",
            Self::Topic => "topics",
            Self::Sentiment => "sentiments",
            Self::Source => "sources",
            Self::Language => "languages",
        }
    }
}

/// Which mentions a request is about.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) asked: Asked,
    /// The values allowed for each of [`Dimension::ALL`]; none means all.
    values: [Vec<String>; 6],
}

/// A query string, taken apart. Whatever is taken out is known; what stays behind is a mistake.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    pub(crate) errors: Vec<BadParameter>,
}

impl Parameters {
    /// Takes a query string apart.
    pub(crate) fn read(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self { pairs: pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect(), errors: Vec::new() }
    }

    /// Notes a mistake.
    pub(crate) fn refuse(&mut self, parameter: &str, rule: impl Into<String>, value: &str) {
        self.errors.push(BadParameter::new(parameter, rule, value));
    }

    fn take_all(&mut self, name: &str) -> Vec<String> {
        self.pairs.extract_if(.., |(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// Takes a parameter that may stand once.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let mut values = self.take_all(name);
        if values.len() > 1 {
            self.refuse(name, "must stand only once", &values.join(" and "));
        }
        values.pop()
    }

    /// Takes a parameter that `parse` understands; otherwise `rule` says what it must be.
    pub(crate) fn take_as<T>(&mut self, name: &str, rule: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.take(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.refuse(name, rule, &text);
        }
        value
    }

    /// Ends reading: every mistake at once, among them the parameters that nobody took.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for (key, value) in std::mem::take(&mut self.pairs) {
            self.refuse(&key, "is not known here", &value);
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::bad_parameters(self.errors)) }
    }
}

impl Filter {
    /// Takes the parameters of a filter; what is wrong is noted in `parameters`.
    pub(crate) fn take(parameters: &mut Parameters, now: Timestamp) -> Self {
        let values = Dimension::ALL.map(|dimension| take_values(parameters, dimension));
        Self { asked: take_period(parameters, now), values }
    }

    /// A filter without values for `dimension`, to count what other values would give.
    pub(crate) fn without(&self, dimension: Dimension) -> Self {
        let mut filter = self.clone();
        filter.values[dimension as usize].clear();
        filter
    }

    /// The same filter in another period.
    pub(crate) fn during(&self, period: Period) -> Self {
        let mut filter = self.clone();
        filter.asked.period = period;
        filter
    }

    /// The values allowed for `dimension`; none means all.
    pub(crate) fn values(&self, dimension: Dimension) -> &[String] {
        &self.values[dimension as usize]
    }

    /// Puts the `WHERE` clause in the place of `$filter`.
    pub(crate) fn sql(template: &str) -> String {
        template.replace("$filter", WHERE.trim_end())
    }

    /// Binds the values that the `WHERE` clause names.
    pub(crate) fn bind(&self, query: Query) -> Query {
        let Period { from, to } = self.asked.period;
        let query = query.param("from", database_time(from)).param("to", database_time(to));
        Dimension::ALL
            .into_iter()
            .fold(query, |query, dimension| query.param(dimension.binding(), self.values(dimension)))
    }
}

/// A point in time as `DateTime64(3, 'UTC')` is written.
pub(crate) fn database_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

fn take_values(parameters: &mut Parameters, dimension: Dimension) -> Vec<String> {
    let name = dimension.parameter();
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

fn take_period(parameters: &mut Parameters, now: Timestamp) -> Asked {
    let zone =
        parameters.take_as("tz", "must be a time zone such as `Europe/Amsterdam`", |name| TimeZone::get(name).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let now = now.to_zoned(zone.clone());
    let name = parameters.take("period");
    let (from, to) = (parameters.take("from"), parameters.take("to"));
    // Stands in for a period that is refused; the request ends before anyone looks at it.
    let refused = Asked { period: Period { from: earliest(), to: now.timestamp() }, previous: None, zone };

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
    }
}
