//! What an import is going to do, for people: which column becomes what, how it is read, and how to say otherwise.

use std::{collections::HashSet, fmt};

use hark_mention::{Kind, Timestamp};
use jiff::tz::{Offset, TimeZone};

use super::{
    ImportOptions, entities,
    error::ImportError,
    fields::Field,
    guess::{self, Assigned},
    layout::{Layout, NO_DELIMITER, Sample, Shape},
    mapping::{IDENTITY, Mapper, Mapping},
    rating::Scale,
    sniff::{Compression, TextEncoding},
    time::{Date, DateOrder, TimeReader, Written, scan},
};

/// What an import is going to do. Its text form is a table for people.
#[derive(Clone, Debug)]
pub struct Plan {
    heading: String,
    lines: Vec<Line>,
    kind: Kind,
}

/// One line of the table.
#[derive(Clone, Debug)]
struct Line {
    column: String,
    becomes: &'static str,
    note: String,
}

/// What is known about a file before its rows are read.
pub(super) struct Facts<'a> {
    pub(super) name: &'a str,
    pub(super) modified: Option<Timestamp>,
    pub(super) layout: &'a Layout,
    pub(super) sample: &'a Sample,
    pub(super) encoding: TextEncoding,
    pub(super) compression: Compression,
}

impl Plan {
    /// Decides what becomes of each column.
    pub(super) fn new(facts: &Facts<'_>, options: &ImportOptions) -> Result<(Self, Mapper), ImportError> {
        let Facts { sample, name, .. } = *facts;
        let places = guess::assign(sample, &options.map, name)?;
        let values = |field| values_of(sample, &places, field);
        let written: Vec<Written> = values(Field::PublishedAt).iter().filter_map(|value| scan(value)).collect();
        let (order, order_note) = date_order(&written, options.day_first);
        let zone = time_zone(options.time_zone.as_deref())?;
        let ratings = values(Field::Rating);
        let scale = options.rating_scale.or_else(|| Scale::guess(ratings.iter().map(String::as_str)));
        let prose = values(Field::Text).iter().chain(values(Field::Title));
        let mapping = Mapping {
            source: options.source.clone(),
            kind: options.kind.unwrap_or_else(|| guess::kind_of_rows(sample, &places, name)),
            columns: sample.columns.clone(),
            places: places.clone(),
            times: TimeReader { order, zone },
            assumed_time: facts.modified.unwrap_or_else(Timestamp::now),
            scale: scale.unwrap_or(Scale::STARS),
            entities: prose.into_iter().any(|text| entities::present(text)),
        };
        let mapper = Mapper::new(mapping.clone());
        let mut lines: Vec<Line> = Vec::new();
        for field in Field::ALL {
            let Some((_, column)) = places.iter().find(|(known, _)| known == field) else { continue };
            let note = match field {
                Field::PublishedAt => time_note(values(*field), &mapping.times, order_note, options),
                _ => note(*field, values(*field), &mapping),
            };
            lines.push(Line { column: sample.columns[*column].name.clone(), becomes: field.as_str(), note });
        }
        lines.extend(missing(&places, facts, &mapping));
        let extra: Vec<&str> = mapper.extra().collect();
        if !extra.is_empty() {
            lines.push(Line { column: "(the rest)".to_owned(), becomes: "extra", note: list(&extra) });
        }
        let kind = mapping.kind;
        Ok((Self { heading: heading(facts), lines, kind }, mapper))
    }

    /// The column that becomes `field`, if one does.
    pub fn column(&self, field: Field) -> Option<&str> {
        let is_field = |line: &&Line| line.becomes == field.as_str() && line.column != NONE;
        self.lines.iter().find(is_field).map(|line| line.column.as_str())
    }
}

/// Stands where a field has no column.
const NONE: &str = "(none)";

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDEST: usize = 32;
        writeln!(f, "{}", self.heading)?;
        let width = self.lines.iter().map(|line| line.column.chars().count()).max().unwrap_or(0).min(WIDEST);
        for Line { column, becomes, note } in &self.lines {
            let column = shortened(column, WIDEST);
            writeln!(f, "{}", format!("  {column:<width$}  {becomes:<12}  {note}").trim_end())?;
        }
        writeln!(f, "  each row is a {}", self.kind.as_str())?;
        write!(f, "to change it: --map FIELD=COLUMN,… (FIELD=- for none); fields: {}", {
            let names: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
            names.join(" ")
        })
    }
}

fn values_of<'a>(sample: &'a Sample, places: &Assigned, field: Field) -> &'a [String] {
    let column = places.iter().find(|(known, _)| *known == field).map(|(_, column)| *column);
    column.and_then(|column| sample.values.get(column)).map(Vec::as_slice).unwrap_or_default()
}

fn heading(facts: &Facts<'_>) -> String {
    let packed = match facts.compression {
        Compression::None => "",
        Compression::Gzip => "gzip, ",
        Compression::Zstd => "zstd, ",
    };
    let format = match &facts.layout.shape {
        Shape::Csv { delimiter, header } => {
            let delimiter = match *delimiter {
                b',' => "commas between cells".to_owned(),
                b';' => "semicolons between cells".to_owned(),
                b'\t' => "tabs between cells".to_owned(),
                b'|' => "bars between cells".to_owned(),
                NO_DELIMITER => "one cell a line".to_owned(),
                other => format!("`{}` between cells", char::from(other)),
            };
            format!("{delimiter}, {}", if *header { "names in the first row" } else { "no names in the first row" })
        }
        Shape::Lines => "a JSON object a line".to_owned(),
        Shape::Values { key: Some(key), .. } => format!("JSON, the list `{key}`"),
        Shape::Values { key: None, .. } => "JSON values".to_owned(),
    };
    let known_by = facts.encoding.known_by;
    let encoding = facts.encoding.encoding.name();
    let encoding = if known_by.is_empty() { encoding.to_owned() } else { format!("{encoding} ({known_by})") };
    let (columns, rows) = (facts.sample.columns.len(), facts.sample.rows);
    format!("{}: {packed}{format}, {encoding}; {columns} columns, judged by the first {rows} rows", facts.name)
}

/// How the values of a field are read, or an example of one.
fn note(field: Field, values: &[String], mapping: &Mapping) -> String {
    let example = values.first().map(|value| shortened(value, 40)).unwrap_or_default();
    match field {
        Field::Id => format!("mention ids such as {}:{example}", mapping.source),
        Field::Text if mapping.entities => "HTML entities are decoded once (`&amp;` is `&`)".to_owned(),
        Field::Text => String::new(),
        Field::Rating => format!("scale {}, kept in extra as written; change with --rating-scale", mapping.scale),
        _ => format!("such as {example}"),
    }
}

fn time_note(values: &[String], times: &TimeReader, order: &str, options: &ImportOptions) -> String {
    let Some((value, written, time)) = values.iter().find_map(|value| {
        let written = scan(value)?;
        Some((value, written, times.resolve(&written)?))
    }) else {
        return "none of the first rows has a time that can be read".to_owned();
    };
    let notation = match written.date {
        Date::Epoch { unit, .. } => format!("{unit} since 1970"),
        Date::YearFirst(..) => "year first".to_owned(),
        Date::Named(..) => "month by name".to_owned(),
        Date::Numbers(..) => order.to_owned(),
    };
    let zone = match (written.offset, options.time_zone.as_deref()) {
        (Some(_), _) => String::new(),
        (None, Some(zone)) => format!("; no zone, so {zone}"),
        (None, None) => "; no zone, so UTC is assumed: change with --time-zone".to_owned(),
    };
    let unread = values.iter().filter(|value| times.read(value).is_none()).count();
    let unread =
        if unread == 0 { String::new() } else { format!("; {unread} of the first {} cannot be read", values.len()) };
    format!("`{}` is {time}: {notation}{zone}{unread}", shortened(value, 40))
}

/// Which of day and month comes first, as all the values together tell.
fn date_order(written: &[Written], wanted: Option<bool>) -> (DateOrder, &'static str) {
    let numbers = || {
        written.iter().filter_map(|written| match written.date {
            Date::Numbers(first, second, _) => Some((first, second)),
            _ => None,
        })
    };
    let day_first = numbers().filter(|(first, _)| *first > 12).count();
    let month_first = numbers().filter(|(_, second)| *second > 12).count();
    match (wanted, day_first, month_first) {
        (Some(true), ..) => (DateOrder::DayFirst, "day-month-year, as asked"),
        (Some(false), ..) => (DateOrder::MonthFirst, "month-day-year, as asked"),
        (None, 0, 0) => (DateOrder::DayFirst, "day-month-year is assumed: change with --day-first=false"),
        (None, _, 0) => (DateOrder::DayFirst, "day-month-year"),
        (None, 0, _) => (DateOrder::MonthFirst, "month-day-year"),
        (None, days, months) if days >= months => {
            (DateOrder::DayFirst, "day-month-year, but some rows have the month first")
        }
        _ => (DateOrder::MonthFirst, "month-day-year, but some rows have the day first"),
    }
}

fn time_zone(name: Option<&str>) -> Result<TimeZone, ImportError> {
    let Some(name) = name.map(str::trim) else { return Ok(TimeZone::UTC) };
    // The same reading of offsets as in the rows.
    let offset = scan(&format!("2000-01-01 00:00 {name}")).and_then(|written| written.offset);
    let fixed = offset.and_then(|seconds| Offset::from_seconds(seconds).ok()).map(TimeZone::fixed);
    fixed.or_else(|| TimeZone::get(name).ok()).ok_or_else(|| {
        ImportError::Option(format!(
            "time zone `{name}` is not known; give a name such as Europe/Amsterdam or an offset such as +01:00"
        ))
    })
}

/// Lines about fields that every mention needs and that have no column.
fn missing(places: &Assigned, facts: &Facts<'_>, mapping: &Mapping) -> Vec<Line> {
    let assigned: HashSet<Field> = places.iter().map(|(field, _)| *field).collect();
    let mut lines = Vec::new();
    if !assigned.contains(&Field::Id) {
        let identity: Vec<&str> =
            IDENTITY.iter().filter(|field| assigned.contains(field)).map(|field| field.as_str()).collect();
        let note = format!("made from {}; rows that are alike in these are one mention", list(&identity));
        lines.push(Line { column: NONE.to_owned(), becomes: Field::Id.as_str(), note });
    }
    if !assigned.contains(&Field::PublishedAt) {
        let whose = if facts.modified.is_some() { "when the file was written" } else { "now" };
        let note = format!("{}, {whose}, is assumed for all rows", mapping.assumed_time);
        lines.push(Line { column: NONE.to_owned(), becomes: Field::PublishedAt.as_str(), note });
    }
    lines
}

fn list(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| shortened(name, 32)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// At most `most` letters, on one line.
fn shortened(text: &str, most: usize) -> String {
    let mut short: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(most).collect();
    if text.chars().nth(most).is_some() {
        short.pop();
        short.push('…');
    }
    short
}
