//! The words in written times: months, days of the week, zones.

/// The number of a month by its name, or the first three letters or more of it.
pub(super) fn month(word: &str) -> Option<i8> {
    let position = MONTHS.iter().position(|names| names.iter().any(|name| is_prefix(word, name)))?;
    i8::try_from(position + 1).ok()
}

/// Seconds east of Greenwich of a zone by its name.
pub(super) fn zone(word: &str) -> Option<i32> {
    ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, hours)| hours * 3600)
}

/// Whether a word around a date says nothing that its numbers do not.
pub(super) fn adds_nothing(word: &str) -> bool {
    IGNORED.iter().any(|known| *known == word || is_prefix(word, known))
}

/// Whether `word` is a name or its first letters, three at least.
fn is_prefix(word: &str, name: &str) -> bool {
    name.starts_with(word) && word.chars().count() >= 3
}

/// English, Dutch, German, French, Spanish, Italian and Portuguese.
const MONTHS: [&[&str]; 12] = [
    &["january", "januari", "januar", "jänner", "janvier", "enero", "gennaio", "janeiro"],
    &["february", "februari", "februar", "février", "fevrier", "febrero", "febbraio", "fevereiro"],
    &["march", "maart", "mrt", "märz", "maerz", "mrz", "mars", "marzo", "março", "marco"],
    &["april", "avril", "abril", "aprile"],
    &["may", "mei", "mai", "mayo", "maggio", "maio"],
    &["june", "juni", "juin", "junio", "giugno", "junho"],
    &["july", "juli", "juillet", "julio", "luglio", "julho"],
    &["august", "augustus", "août", "aout", "agosto"],
    &["september", "septembre", "septiembre", "settembre", "setembro"],
    &["october", "oktober", "octobre", "octubre", "ottobre", "outubro"],
    &["november", "novembre", "noviembre", "novembro"],
    &["december", "dezember", "décembre", "decembre", "diciembre", "dicembre", "dezembro"],
];

/// Days of the week, and small words around dates.
#[rustfmt::skip]
const IGNORED: [&str; 62] = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag", "ma", "di", "wo", "do", "vr", "za", "zo",
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "mo", "mi", "fr", "sa", "so",
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
    "t", "m", "at", "om", "um", "uur", "uhr", "h", "de", "of", "on", "st", "nd", "rd", "th",
];

/// Zones by name, in hours east of Greenwich: those of RFC 2822 and central Europe.
const ZONES: [(&str, i32); 14] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("ut", 0),
    ("cet", 1),
    ("cest", 2),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];
