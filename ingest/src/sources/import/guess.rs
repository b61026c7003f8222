//! Which column becomes which field: by its name, if what stands in it agrees; else by what stands in it alone.

use std::{collections::HashSet, path::Path};

use hark_mention::Kind;

use super::{
    error::{ImportError, nearest},
    fields::{Field, normalise},
    layout::Sample,
    rating::Scale,
    time,
};

/// A field's column, by place in [`Sample::columns`].
pub(super) type Assigned = Vec<(Field, usize)>;

/// Assigns columns to fields: first those that a person named, then the likeliest.
pub(super) fn assign(sample: &Sample, map: &[(Field, String)], name: &str) -> Result<Assigned, ImportError> {
    let mut assigned = named(sample, map, name)?;
    let decided: HashSet<Field> = map.iter().map(|(field, _)| *field).collect();
    let mut candidates = Vec::new();
    for (column, normal) in sample.columns.iter().map(|column| normalise(&column.name)).enumerate() {
        for field in Field::ALL.iter().filter(|field| !decided.contains(field)) {
            let score = field.suits(&normal);
            if score > 0 && agrees(*field, column, &normal, sample) {
                candidates.push((score, *field, column));
            }
        }
    }
    // A stable sort: of equals, the first column wins.
    candidates.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
    for (_, field, column) in candidates {
        take(&mut assigned, field, column);
    }
    if !decided.contains(&Field::Text) && !has(&assigned, Field::Text) {
        by_content(&mut assigned, sample, Field::Text, longest_text);
    }
    if !decided.contains(&Field::PublishedAt) && !has(&assigned, Field::PublishedAt) {
        by_content(&mut assigned, sample, Field::PublishedAt, first_time);
    }
    if !has(&assigned, Field::Text) && !has(&assigned, Field::Title) {
        return Err(no_text(sample, name));
    }
    Ok(assigned)
}

fn named(sample: &Sample, map: &[(Field, String)], name: &str) -> Result<Assigned, ImportError> {
    let mut assigned = Vec::new();
    for (field, wanted) in map.iter().filter(|(_, wanted)| wanted != "-") {
        let mut names = sample.columns.iter().map(|column| column.name.as_str());
        let exact = names.clone().position(|name| name == wanted);
        let similar = || names.position(|name| normalise(name) == normalise(wanted));
        let column = exact.or_else(similar).ok_or_else(|| ImportError::UnknownColumn {
            name: name.to_owned(),
            column: wanted.clone(),
            nearest: nearest(wanted, sample.columns.iter().map(|column| column.name.as_str())).map(ToOwned::to_owned),
            columns: sample.columns.iter().map(|column| column.name.clone()).collect(),
        })?;
        assigned.push((*field, column));
    }
    Ok(assigned)
}

fn take(assigned: &mut Assigned, field: Field, column: usize) {
    if assigned.iter().all(|(known, taken)| *known != field && *taken != column) {
        assigned.push((field, column));
    }
}

fn has(assigned: &Assigned, field: Field) -> bool {
    assigned.iter().any(|(known, _)| *known == field)
}

fn by_content(assigned: &mut Assigned, sample: &Sample, field: Field, find: fn(&Assigned, &Sample) -> Option<usize>) {
    if let Some(column) = find(assigned, sample) {
        take(assigned, field, column);
    }
}

/// Whether what stands in a column can be this field.
fn agrees(field: Field, column: usize, normal: &str, sample: &Sample) -> bool {
    let values = &sample.values[column];
    if values.is_empty() {
        return false;
    }
    match field {
        Field::Id => {
            let different: HashSet<&String> = values.iter().collect();
            values.len() * 10 >= sample.rows * 9 && different.len() * 10 >= values.len() * 9 && !is_mangled(values)
        }
        Field::Text | Field::Title => share(values, is_data) < 0.5,
        Field::PublishedAt => share(values, |value| time::scan(value).is_some()) >= 0.5,
        Field::Author => share(values, |value| !value.trim().contains(char::is_whitespace)) >= 0.9,
        Field::AuthorName => {
            let says_so = matches!(
                normal,
                "author_name" | "display_name" | "full_name" | "author_display_name" | "user_display_name"
            );
            says_so || share(values, |value| value.trim().contains(char::is_whitespace)) >= 0.1
        }
        Field::Rating => Scale::guess(values.iter().map(String::as_str)).is_some(),
        Field::Url => share(values, |value| value.starts_with("http://") || value.starts_with("https://")) >= 0.8,
        Field::Site => share(values, |value| value.len() <= 60 && !value.contains(['<', '\n'])) >= 0.9,
        Field::Lang => share(values, |value| language(value).is_some()) >= 0.8,
        Field::Country => share(values, |value| country(value).is_some()) >= 0.8,
        Field::Kind => share(values, |value| kind(value).is_some()) >= 0.8,
        Field::Followers | Field::Likes | Field::Replies | Field::Shares | Field::Views => {
            share(values, |value| count(value).is_some()) >= 0.8
        }
        Field::Product => share(values, |value| value.len() <= 200) >= 0.9,
        Field::AuthorId | Field::ParentId | Field::ThreadId => true,
    }
}

/// Spreadsheets write long numbers as `5.70306E+17`, and the id is gone.
fn is_mangled(values: &[String]) -> bool {
    share(values, |value| value.contains("E+") && value.parse::<f64>().is_ok()) > 0.5
}

fn share(values: &[String], holds: impl Fn(&str) -> bool) -> f64 {
    values.iter().filter(|value| holds(value)).count() as f64 / values.len().max(1) as f64
}

fn is_data(value: &str) -> bool {
    let value = value.trim();
    value.parse::<f64>().is_ok() || time::scan(value).is_some() || (value.contains("://") && !value.contains(' '))
}

/// The column with the longest texts, if they are sentences rather than codes.
fn longest_text(assigned: &Assigned, sample: &Sample) -> Option<usize> {
    const SHORTEST: usize = 10;
    let only = sample.columns.len() == 1;
    let free = (0..sample.columns.len()).filter(|column| assigned.iter().all(|(_, taken)| taken != column));
    free.filter(|column| share(&sample.values[*column], is_data) < 0.2 && !sample.values[*column].is_empty())
        .map(|column| {
            let values = &sample.values[column];
            (values.iter().map(|value| value.chars().count()).sum::<usize>() / values.len(), column)
        })
        .filter(|(average, column)| {
            let is_wide = |value: &str| value.chars().any(|letter| letter >= '\u{3000}');
            let sentences = share(&sample.values[*column], |value| value.trim().contains(' ') || is_wide(value)) >= 0.5;
            only || (sentences && *average >= SHORTEST)
        })
        .max_by_key(|(average, column)| (*average, std::cmp::Reverse(*column)))
        .map(|(_, column)| column)
}

/// The first column of times that are written out; bare numbers could be anything.
fn first_time(assigned: &Assigned, sample: &Sample) -> Option<usize> {
    let is_written =
        |value: &str| !value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && time::scan(value).is_some();
    (0..sample.columns.len())
        .filter(|column| assigned.iter().all(|(_, taken)| taken != column))
        .filter(|column| !normalise(&sample.columns[*column].name).contains("birth"))
        .find(|column| !sample.values[*column].is_empty() && share(&sample.values[*column], is_written) >= 0.9)
}

fn no_text(sample: &Sample, name: &str) -> ImportError {
    let columns: Vec<String> = sample.columns.iter().map(|column| column.name.clone()).collect();
    let length = |column: &usize| sample.values[*column].iter().map(String::len).sum::<usize>();
    let example =
        (0..columns.len()).max_by_key(length).map_or_else(|| "COLUMN".to_owned(), |column| columns[column].clone());
    ImportError::NoTextColumn { name: name.to_owned(), columns, example }
}

/// What the rows are, from the name of the text's column and the file's.
pub(super) fn kind_of_rows(sample: &Sample, assigned: &Assigned, file: &str) -> Kind {
    let text = assigned
        .iter()
        .find(|(field, _)| *field == Field::Text)
        .map(|(_, column)| normalise(&sample.columns[*column].name));
    let file = normalise(&Path::new(file).file_stem().unwrap_or_default().to_string_lossy());
    let names = format!("{} {file}", text.unwrap_or_default());
    let says = |words: &[&str]| words.iter().any(|word| names.contains(word));
    if says(&["review", "recensie", "beoordeling", "bewertung", "rezension", "avis"]) {
        Kind::Review
    } else if says(&[
        "survey",
        "enquete",
        "nps",
        "verbatim",
        "opmerking",
        "toelichting",
        "antwoord",
        "feedback",
        "umfrage",
    ]) {
        Kind::Survey
    } else if says(&["tweet", "post", "toot"]) {
        Kind::Post
    } else if has(assigned, Field::Rating) {
        Kind::Review
    } else if has(assigned, Field::ParentId) || says(&["comment", "reactie"]) {
        Kind::Comment
    } else {
        Kind::Post
    }
}

/// A kind by its name.
pub(super) fn kind(text: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text.trim()))
}

/// A language tag such as `nl` or `pt-BR`.
pub(super) fn language(text: &str) -> Option<&str> {
    let text = text.trim();
    let (first, rest) = text.split_once(['-', '_']).unwrap_or((text, ""));
    let is_tag = matches!(first.len(), 2 | 3) && first.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_tag && rest.len() <= 8 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(text)
}

/// A country code of two letters, in capitals.
pub(super) fn country(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| text.to_ascii_uppercase())
}

/// How many; whole numbers, also as `12.0` and `1,234`.
pub(super) fn count(text: &str) -> Option<u64> {
    let text = text.trim();
    let text = text.strip_suffix(".0").unwrap_or(text);
    text.parse().ok().or_else(|| {
        let groups: Vec<&str> = text.split([',', '.']).collect();
        let (first, rest) = groups.split_first()?;
        let is_grouped = matches!(first.len(), 1..=3) && !rest.is_empty() && rest.iter().all(|group| group.len() == 3);
        is_grouped.then(|| groups.concat().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::layout::Layout;
    use super::*;

    /// `field=column` of everything that was assigned.
    fn guessed(text: &str) -> Vec<String> {
        let (_, sample) = Layout::detect(text.as_bytes(), None, None, 1 << 20);
        let assigned = assign(&sample, &[], "x").unwrap();
        let mut names: Vec<String> =
            assigned.iter().map(|(field, column)| format!("{field}={}", sample.columns[*column].name)).collect();
        names.sort();
        names
    }

    #[test]
    fn usual_exports_are_understood() {
        let cases: [(&str, &[&str]); 7] = [
            (
                "tweet_id,airline,name,text,tweet_created\n1,United,jan,hello there,24-02-2015 11:35\n2,United,piet,hi,24-02-2015 11:36\n",
                &["author=name", "id=tweet_id", "published_at=tweet_created", "text=text"],
            ),
            (
                "Datum;Score;Opmerking;Naam\n01-02-2026;8;Prima;Jan Smit\n02-02-2026;3;Traag;Els de Wit\n",
                &["author_name=Naam", "published_at=Datum", "rating=Score", "text=Opmerking"],
            ),
            (
                "reviewId,userName,content,score,thumbsUpCount,at\na-1,A B,great app,5,12,2026-01-01 10:00:00\nb-2,C D,bad app,1,0,2026-01-02 10:00:00\n",
                &[
                    "author_name=userName",
                    "id=reviewId",
                    "likes=thumbsUpCount",
                    "published_at=at",
                    "rating=score",
                    "text=content",
                ],
            ),
            (
                "{\"reviewerID\":\"A1\",\"asin\":\"B0\",\"reviewText\":\"nice\",\"overall\":5.0,\"summary\":\"Yes\",\"unixReviewTime\":1382313600}\n",
                &[
                    "author_id=reviewerID",
                    "product=asin",
                    "published_at=unixReviewTime",
                    "rating=overall",
                    "text=reviewText",
                    "title=summary",
                ],
            ),
            (
                "Bewertung\tKommentar\tErstellt am\n4\tganz gut\t1.2.2026\n",
                &["published_at=Erstellt am", "rating=Bewertung", "text=Kommentar"],
            ),
            (
                "Respondent;Wat vindt u van onze winkel?;Ingevuld\n1;Veel te druk op zaterdag;2026-01-02\n2;Fijne sfeer en aardig;2026-01-03\n",
                &["published_at=Ingevuld", "text=Wat vindt u van onze winkel?"],
            ),
            (
                "{\"id\":\"7\",\"text\":\"x y\",\"user\":{\"id\":\"3\",\"screen_name\":\"jan\",\"created_at\":\"2010-01-01\"},\"created_at\":\"2026-01-01\"}\n",
                &["author=user.screen_name", "author_id=user.id", "id=id", "published_at=created_at", "text=text"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(guessed(text), expected, "{text}");
        }
    }

    #[test]
    fn an_id_that_a_spreadsheet_destroyed_is_not_used() {
        let rows = guessed("id,text\n5.70306E+17,one thing\n5.70307E+17,another\n");
        assert_eq!(rows, ["text=text"]);
    }

    #[test]
    fn counts_languages_and_countries() {
        assert_eq!(
            (count("12"), count("12.0"), count("1,234"), count("1.5"), count("-3")),
            (Some(12), Some(12), Some(1234), None, None)
        );
        assert_eq!((language("pt-BR"), language("Dutch"), language("")), (Some("pt-BR"), None, None));
        assert_eq!((country("nl").as_deref(), country("Nederland")), (Some("NL"), None));
    }
}
