//! Reads just enough SQL to split a request: where the `FORMAT` clause is, where an `INSERT`'s data begins.
//!
//! The rule it keeps: nothing here decides what is allowed. The engine's own parser does (see [`crate::gate`]), on exactly
//! the text that is then run; a token read wrongly here can only make a query fail.

use std::ops::Range;

/// A lexical element of ClickHouse SQL. Comments and spaces are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An unquoted identifier or keyword.
    Word,
    /// An identifier in backticks or double quotes.
    Quoted,
    /// A string literal or heredoc.
    Text,
    Number,
    /// Any other single byte.
    Sign(u8),
    /// A quote or comment without its end.
    Unfinished,
}

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
    /// Open brackets around the token.
    pub(crate) depth: u32,
}

impl Token {
    /// Whether the token is this keyword, in any case.
    pub(crate) fn is(&self, sql: &[u8], keyword: &str) -> bool {
        self.kind == Kind::Word && sql[self.range.clone()].eq_ignore_ascii_case(keyword.as_bytes())
    }

    /// The name behind a word or quoted identifier. Escapes other than a doubled quote are left as they are.
    pub(crate) fn name(&self, sql: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(sql.get(self.range.clone())?).ok()?;
        match self.kind {
            Kind::Word => Some(text.into()),
            Kind::Quoted => {
                let quote = text.chars().next()?;
                let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
                Some(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
            }
            _ => None,
        }
    }
}

/// Splits the text into tokens, following ClickHouse's lexer (`src/Parsers/Lexer.cpp`).
pub(crate) fn tokens(sql: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut at, mut depth) = (0, 0u32);
    while let Some(&byte) = sql.get(at) {
        let start = at;
        let kind = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {
                at += 1;
                continue;
            }
            b'\'' => quoted(sql, &mut at, Kind::Text),
            b'"' | b'`' => quoted(sql, &mut at, Kind::Quoted),
            b'-' if sql[at..].starts_with(b"--") => {
                at = line_end(sql, at);
                continue;
            }
            b'#' if matches!(sql.get(at + 1), Some(b' ' | b'!')) => {
                at = line_end(sql, at);
                continue;
            }
            b'/' if sql[at..].starts_with(b"/*") => match comment_end(sql, at) {
                Some(end) => {
                    at = end;
                    continue;
                }
                None => {
                    at = sql.len();
                    Kind::Unfinished
                }
            },
            b'$' => heredoc(sql, &mut at),
            b'0'..=b'9' => {
                at += sql[at..].iter().take_while(|b| is_word(**b) || **b == b'.').count();
                Kind::Number
            }
            _ if is_word(byte) => {
                at += sql[at..].iter().take_while(|b| is_word(**b)).count();
                Kind::Word
            }
            _ => {
                at += 1;
                Kind::Sign(byte)
            }
        };
        if matches!(kind, Kind::Sign(b')' | b']' | b'}')) {
            depth = depth.saturating_sub(1);
        }
        tokens.push(Token { kind, range: start..at, depth });
        if matches!(kind, Kind::Sign(b'(' | b'[' | b'{')) {
            depth += 1;
        }
    }
    tokens
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn line_end(sql: &[u8], at: usize) -> usize {
    sql[at..].iter().position(|b| *b == b'\n').map_or(sql.len(), |n| at + n + 1)
}

/// Comments nest in ClickHouse.
fn comment_end(sql: &[u8], mut at: usize) -> Option<usize> {
    let mut open = 0;
    loop {
        match sql.get(at..at + 2)? {
            b"/*" => (open, at) = (open + 1, at + 2),
            b"*/" => (open, at) = (open - 1, at + 2),
            _ => at += 1,
        }
        if open == 0 {
            return Some(at);
        }
    }
}

fn quoted(sql: &[u8], at: &mut usize, kind: Kind) -> Kind {
    let quote = sql[*at];
    *at += 1;
    while let Some(&byte) = sql.get(*at) {
        *at += 1;
        if byte == b'\\' {
            *at = (*at + 1).min(sql.len());
        } else if byte == quote {
            if sql.get(*at) != Some(&quote) {
                return kind;
            }
            *at += 1;
        }
    }
    Kind::Unfinished
}

/// `$tag$ … $tag$`, or a lone dollar sign.
fn heredoc(sql: &[u8], at: &mut usize) -> Kind {
    let rest = &sql[*at..];
    let tag = rest[1..].iter().take_while(|b| is_word(**b)).count() + 2;
    if rest.get(tag - 1) == Some(&b'$') {
        let end = rest[tag..].windows(tag).position(|window| window == &rest[..tag]);
        if let Some(end) = end {
            *at += tag + end + tag;
            return Kind::Text;
        }
    }
    *at += 1;
    Kind::Sign(b'$')
}

/// A statement without its `FORMAT` clause and closing semicolons. What is left is what gets checked and run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: Vec<u8>,
    pub(crate) format: Option<String>,
}

impl Statement {
    pub(crate) fn split(text: Vec<u8>) -> Statement {
        let mut tokens = tokens(&text);
        while tokens.last().is_some_and(|t| t.kind == Kind::Sign(b';')) {
            tokens.pop();
        }
        let end = tokens.last().map_or(0, |t| t.range.end);
        let clause = tokens.windows(2).enumerate().rev().find(|(at, pair)| {
            *at > 0
                && pair[0].depth == 0
                && pair[0].is(&text, "FORMAT")
                && pair[1].kind == Kind::Word
                && tokens.get(at + 2).is_none_or(|next| next.is(&text, "SETTINGS"))
        });
        let Some((_, [keyword, name])) = clause else {
            let mut sql = text;
            sql.truncate(end);
            return Statement { sql, format: None };
        };
        let mut sql = text[..keyword.range.start].to_vec();
        sql.extend_from_slice(&text[name.range.end..end]);
        Statement { sql, format: name.name(&text) }
    }

    /// The first keyword in upper case, ignoring opening brackets; empty when there is none.
    pub(crate) fn keyword(&self) -> String {
        first_keyword(&self.sql).unwrap_or_default()
    }
}

/// The first word of the text in upper case, after comments and opening brackets.
pub(crate) fn first_keyword(sql: &[u8]) -> Option<String> {
    let tokens = tokens(sql);
    let word = tokens.iter().find(|t| t.kind != Kind::Sign(b'('))?;
    (word.kind == Kind::Word).then(|| String::from_utf8_lossy(&sql[word.range.clone()]).to_ascii_uppercase())
}

/// What the beginning of a request's text turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// `INSERT` with data: the statement without `FORMAT`, the data's format, and where the data begins.
    Insert { head: Vec<u8>, format: Option<String>, data_at: usize },
    /// Any other statement, and `INSERT … SELECT`.
    Statement,
    /// More text is needed to tell.
    Incomplete,
}

/// Splits `INSERT INTO t (…) [SETTINGS …] FORMAT X <data>` or `… VALUES <data>`.
///
/// `whole` says that no more text follows.
pub(crate) fn head(text: &[u8], whole: bool) -> Head {
    let tokens = tokens(text);
    let undecided = if whole { Head::Statement } else { Head::Incomplete };
    // A token that touches the end of a partial text may go on.
    let decided = |t: &Token| whole || t.range.end < text.len();
    match tokens.first() {
        Some(first) if !decided(first) => return Head::Incomplete,
        Some(first) if first.is(text, "INSERT") => {}
        Some(_) => return Head::Statement,
        None => return undecided,
    }
    for (at, token) in tokens.iter().enumerate().skip(1) {
        if token.depth > 0 || token.kind != Kind::Word || !decided(token) {
            continue;
        }
        // A table may be called `values` or `format`.
        let after_name = at > 2 && tokens[at - 1].kind != Kind::Sign(b'.');
        if token.is(text, "VALUES") && after_name {
            return insert(text, token.range.start..token.range.start, token.range.end, Some("Values".into()));
        }
        if token.is(text, "FORMAT") && after_name {
            let Some(name) = tokens.get(at + 1).filter(|name| decided(name)) else {
                return Head::Incomplete;
            };
            if name.is(text, "VALUES") {
                return insert(text, token.range.start..token.range.start, name.range.end, Some("Values".into()));
            }
            return match settings_after(text, &tokens[at + 2..], name.range.end, whole) {
                Some(settings) => {
                    insert(text, token.range.start..name.range.end, settings, name.name(text)).with_data_start(text)
                }
                None => Head::Incomplete,
            };
        }
        if ["SELECT", "WITH", "WATCH"].iter().any(|word| token.is(text, word)) && after_name {
            return Head::Statement;
        }
        if token.is(text, "INFILE") {
            return Head::Statement;
        }
    }
    // A bracketed query: INSERT INTO t (SELECT …).
    let nested = |pair: &[Token]| pair[0].kind == Kind::Sign(b'(') && pair[1].is(text, "SELECT");
    match whole {
        _ if tokens.windows(2).any(nested) => Head::Statement,
        true => Head::Insert { head: text.to_vec(), format: None, data_at: text.len() },
        false => Head::Incomplete,
    }
}

/// The end of a `SETTINGS a = 1, b = 2` list right after `FORMAT X`, or of the name when there is none.
fn settings_after(text: &[u8], rest: &[Token], name_end: usize, whole: bool) -> Option<usize> {
    let line = text[name_end..].iter().position(|b| *b == b'\n').map(|n| name_end + n);
    match rest.first() {
        // Data that happens to begin with this word starts on its own line.
        Some(first) if first.is(text, "SETTINGS") && line.is_none_or(|line| first.range.start < line) => {
            let mut end = first.range.end;
            for setting in rest[1..].chunks(4) {
                let [_, equals, value, ..] = setting else { return whole.then_some(end) };
                if equals.kind != Kind::Sign(b'=') {
                    break;
                }
                end = value.range.end;
                if setting.get(3).is_none_or(|comma| comma.kind != Kind::Sign(b',')) {
                    break;
                }
            }
            Some(end)
        }
        Some(_) => Some(name_end),
        None if line.is_some() || whole => Some(name_end),
        None => None,
    }
}

/// Cuts `clause` out of the head, which ends at `end`.
fn insert(text: &[u8], clause: Range<usize>, end: usize, format: Option<String>) -> Head {
    let mut head = text[..clause.start].to_vec();
    if clause.end > clause.start {
        head.extend_from_slice(&text[clause.end..end]);
    }
    Head::Insert { head, format, data_at: end }
}

impl Head {
    /// Skips what ClickHouse skips between the clause and the data: spaces, one semicolon, one line end
    /// (`ParserInsertQuery.cpp`).
    fn with_data_start(self, text: &[u8]) -> Head {
        let Head::Insert { head, format, mut data_at } = self else { return self };
        let skip = |at: &mut usize, set: &[u8]| {
            while text.get(*at).is_some_and(|b| set.contains(b)) {
                *at += 1;
            }
        };
        skip(&mut data_at, b" \t\x0c");
        if text.get(data_at) == Some(&b';') {
            data_at += 1;
            skip(&mut data_at, b" \t\x0c");
        }
        if text.get(data_at) == Some(&b'\r') {
            data_at += 1;
        }
        if text.get(data_at) == Some(&b'\n') {
            data_at += 1;
        }
        Head::Insert { head, format, data_at }
    }
}

/// A name in backticks.
pub(crate) fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

/// A string literal.
pub(crate) fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn split(sql: &str) -> (String, Option<String>) {
        let statement = Statement::split(sql.into());
        (String::from_utf8(statement.sql).unwrap(), statement.format)
    }

    #[test]
    fn the_format_clause_is_cut_out() {
        assert_eq!(split("SELECT 1 FORMAT JSON"), ("SELECT 1 ".into(), Some("JSON".into())));
        assert_eq!(split("select 1 format CSV ;; "), ("select 1 ".into(), Some("CSV".into())));
        assert_eq!(
            split("SELECT 1 FORMAT TSV SETTINGS a = 1"),
            ("SELECT 1  SETTINGS a = 1".into(), Some("TSV".into()))
        );
        assert_eq!(split("SELECT 1 -- FORMAT JSON"), ("SELECT 1".into(), None));
        assert_eq!(split("SELECT 'x FORMAT JSON'"), ("SELECT 'x FORMAT JSON'".into(), None));
        assert_eq!(split("SELECT format('{}', a) FROM t"), ("SELECT format('{}', a) FROM t".into(), None));
        assert_eq!(split("SELECT 1 /* a /* b */ FORMAT XML */ FORMAT CSV").1, Some("CSV".into()));
        assert_eq!(split("SELECT $x$ FORMAT CSV $x$").1, None);
        assert_eq!(split("SELECT 'it''s \\' FORMAT CSV'").1, None);
    }

    fn insert_of(text: &str) -> Option<(String, Option<String>, String)> {
        match head(text.as_bytes(), true) {
            Head::Insert { head, format, data_at } => {
                Some((String::from_utf8(head).unwrap().trim().into(), format, text.get(data_at..).unwrap().into()))
            }
            _ => None,
        }
    }

    #[test]
    fn an_insert_is_split_from_its_data() {
        let csv = |head: &str, data: &str| Some((head.to_owned(), Some("CSV".to_owned()), data.to_owned()));
        assert_eq!(insert_of("INSERT INTO t FORMAT CSV\n1,2\n"), csv("INSERT INTO t", "1,2\n"));
        assert_eq!(
            insert_of("insert into `format` (`values`, b) format CSV \r\n\n1"),
            csv("insert into `format` (`values`, b)", "\n1")
        );
        assert_eq!(insert_of("INSERT INTO t SETTINGS a=1 FORMAT CSV 1,2"), csv("INSERT INTO t SETTINGS a=1", "1,2"));
        assert_eq!(
            insert_of("INSERT INTO t FORMAT CSV SETTINGS a=1, b='x'\n1"),
            csv("INSERT INTO t  SETTINGS a=1, b='x'", "1")
        );
        assert_eq!(insert_of("INSERT INTO t FORMAT CSV\nSETTINGS,1"), csv("INSERT INTO t", "SETTINGS,1"));
        assert_eq!(
            insert_of("/* a */ INSERT INTO t VALUES (1, 'FORMAT x'), (2, '')"),
            Some(("/* a */ INSERT INTO t".into(), Some("Values".into()), " (1, 'FORMAT x'), (2, '')".into()))
        );
        assert_eq!(insert_of("INSERT INTO t (a)"), Some(("INSERT INTO t (a)".into(), None, String::new())));
        for other in [
            "SELECT 1",
            "INSERT INTO t SELECT 1",
            "INSERT INTO t WITH 1 AS x SELECT x",
            "INSERT INTO t (SELECT 1)",
            "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
            "INSERT INTO t (a) SELECT format FROM x FORMAT CSV",
        ] {
            assert_eq!(insert_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_partial_text_waits_for_the_rest() {
        for part in [
            "",
            "INS",
            "INSERT INTO t",
            "INSERT INTO t FORMAT JSONEach",
            "INSERT INTO t FORMAT CSV ",
            "INSERT INTO t VALUES",
            "INSERT INTO t ('",
        ] {
            assert_eq!(head(part.as_bytes(), false), Head::Incomplete, "{part}");
        }
        assert!(matches!(head(b"INSERT INTO t FORMAT CSV\n", false), Head::Insert { .. }));
        assert_eq!(head(b"SELECT ", false), Head::Statement);
    }

    #[test]
    fn names_and_strings_are_quoted() {
        assert_eq!(identifier("a`b\\"), "`a\\`b\\\\`");
        assert_eq!(literal("a'b\\"), "'a\\'b\\\\'");
        assert_eq!(first_keyword(b" -- x\n (( select 1").as_deref(), Some("SELECT"));
    }
}
