//! Decides whether an analyst's statement may run.
//!
//! The rule it keeps: the engine's own parser reads exactly the text that is run afterwards, and what it finds is held
//! against allow-lists. `readonly = 1` alone would still let a query read files of the machine, write `INTO OUTFILE`,
//! or look at other people's queries.
//!
//! What a view reads inside is the business of whoever made the view; the query only names the view.

mod lists;
mod tree;

use crate::ffi::{Analysis, Class, Connection, Param};
use crate::http::errors::{Code, Exception};
use crate::sql::{self, Kind, Token};

pub use lists::AnalystLimits;
use lists::Functions;

/// Why a statement was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("function {0} is not on the list of functions an analyst may call")]
    Function(String),
    #[error("table function {0} is not on the list of table functions an analyst may use")]
    TableFunction(String),
    #[error("table {0} is not open to the analyst")]
    Table(String),
    #[error("database {0} is not open to the analyst")]
    Database(String),
    #[error("the SETTINGS clause is not open to the analyst, give settings in the URL")]
    Settings,
    #[error("{0} statements are not open to the analyst, who may only read")]
    Statement(String),
    #[error("INTO OUTFILE is not open to the analyst")]
    IntoOutfile,
    #[error("only one statement a request is allowed")]
    Many,
    #[error("the statement is written in a way that cannot be checked")]
    Shape,
}

impl From<Refusal> for Exception {
    fn from(refusal: Refusal) -> Exception {
        let code = match refusal {
            Refusal::Statement(_) | Refusal::Settings => Code::READONLY,
            _ => Code::ACCESS_DENIED,
        };
        Exception::new(code, format_args!("analyst: Not enough privileges: {refusal}"))
    }
}

/// The analyst's gate of one engine.
pub(crate) struct Gate {
    functions: Functions,
}

impl Gate {
    pub(crate) fn new(connection: &mut Connection) -> Result<Gate, Exception> {
        Ok(Gate { functions: Functions::load(connection)? })
    }

    /// Checks one statement, without its `FORMAT` clause, of somebody to whom all tables and views of `database` are
    /// open. The connection must be fresh, in that database and without limits; it is left as it was.
    ///
    /// # Errors
    /// 164 or 497 naming what is refused, or the engine's own error for a text that does not parse.
    pub(crate) fn check(
        &self,
        connection: &mut Connection,
        database: &str,
        text: &[u8],
        params: &[Param],
    ) -> Result<(), Exception> {
        Reading { functions: &self.functions, database }.check(connection, text, params)
    }
}

/// One statement on its way through the gate.
struct Reading<'g> {
    functions: &'g Functions,
    database: &'g str,
}

impl Reading<'_> {
    fn check(&self, connection: &mut Connection, text: &[u8], params: &[Param]) -> Result<(), Exception> {
        let tokens = sql::tokens(text);
        if tokens.iter().any(|token| token.kind == Kind::Unfinished) {
            return Err(syntax_error(connection, text));
        }
        let analysis = connection.classify(text);
        refuse_by_class(connection, text, &tokens, analysis)?;
        let keyword = sql::first_keyword(text).unwrap_or_default();
        match keyword.as_str() {
            "SELECT" | "WITH" | "FROM" => self.check_select(connection, text, params),
            "SHOW" => self.check_show(connection, text, &tokens),
            "DESCRIBE" | "DESC" => self.check_describe(connection, text, &tokens, params),
            "EXISTS" => self.check_exists(connection, text, &tokens),
            "EXPLAIN" => self.check_explain(connection, text, &tokens, params),
            _ => Err(Refusal::Statement(keyword).into()),
        }
    }

    fn check_select(&self, connection: &mut Connection, text: &[u8], params: &[Param]) -> Result<(), Exception> {
        let explain = [b"EXPLAIN QUERY TREE run_passes = 0\n", text].concat();
        let result = connection.query(&explain, "TSVRaw", params).map_err(Exception::from_engine)?;
        let tree = String::from_utf8_lossy(result.data());
        let others = self.other_databases(connection)?;
        let lists = tree::Lists {
            function: &|name| self.functions.allows(name),
            table_functions: lists::TABLE_FUNCTIONS,
            other_databases: &others,
            tables: &lists::is_open_table,
        };
        Ok(tree::check(&tree, &lists)?)
    }

    /// `SHOW TABLES`, `COLUMNS`, `CREATE` and their like: words, names and patterns only, so nothing can hide in them.
    fn check_show(&self, connection: &mut Connection, text: &[u8], tokens: &[Token]) -> Result<(), Exception> {
        const WHAT: &[&str] = &[
            "TABLES",
            "DATABASES",
            "COLUMNS",
            "FIELDS",
            "INDEX",
            "INDEXES",
            "INDICES",
            "KEYS",
            "CREATE",
            "FUNCTIONS",
            "SETTINGS",
            "ENGINES",
        ];
        let what = tokens.iter().skip(1).find(|t| !["FULL", "EXTENDED"].iter().any(|word| t.is(text, word)));
        let listed = what.is_some_and(|token| WHAT.iter().any(|word| token.is(text, word)));
        if !listed || tokens.iter().any(|token| token.is(text, "WHERE")) {
            return Err(Refusal::Statement("such SHOW".into()).into());
        }
        self.names_only(connection, text, tokens)
    }

    fn check_exists(&self, connection: &mut Connection, text: &[u8], tokens: &[Token]) -> Result<(), Exception> {
        self.names_only(connection, text, tokens)
    }

    fn check_describe(
        &self,
        connection: &mut Connection,
        text: &[u8],
        tokens: &[Token],
        params: &[Param],
    ) -> Result<(), Exception> {
        let table_word = usize::from(tokens.get(1).is_some_and(|token| token.is(text, "TABLE")));
        let rest = &tokens[1 + table_word..];
        match (rest.first(), rest.last()) {
            (Some(open), Some(close)) if open.kind == Kind::Sign(b'(') => {
                let inner = text.get(open.range.end..close.range.start).unwrap_or_default();
                let whole = close.kind == Kind::Sign(b')') && close.depth == 0;
                let single = rest.iter().filter(|token| token.depth == 0).count() == 2;
                if !whole || !single {
                    return Err(Refusal::Shape.into());
                }
                self.check_inner(connection, inner, params)
            }
            _ => self.names_only(connection, text, rest),
        }
    }

    /// `EXPLAIN [kind] [name = value, …] query`: the query is checked as if it were run.
    fn check_explain(
        &self,
        connection: &mut Connection,
        text: &[u8],
        tokens: &[Token],
        params: &[Param],
    ) -> Result<(), Exception> {
        let starts = |token: &Token| {
            token.kind == Kind::Sign(b'(') || ["SELECT", "WITH"].iter().any(|word| token.is(text, word))
        };
        let option =
            |token: &Token| matches!(token.kind, Kind::Word | Kind::Number | Kind::Text | Kind::Sign(b'=' | b','));
        match tokens.iter().find(|token| starts(token) || !option(token)) {
            Some(query) if starts(query) => {
                let inner = text.get(query.range.start..).unwrap_or_default();
                self.check_inner(connection, inner, params)
            }
            _ => Err(Refusal::Statement("such EXPLAIN".into()).into()),
        }
    }

    /// A query inside another statement must stand on its own.
    fn check_inner(&self, connection: &mut Connection, inner: &[u8], params: &[Param]) -> Result<(), Exception> {
        let tokens = sql::tokens(inner);
        let analysis = connection.classify(inner);
        refuse_by_class(connection, inner, &tokens, analysis)?;
        match sql::first_keyword(inner).as_deref() {
            Some("SELECT" | "WITH") => self.check_select(connection, inner, params),
            _ => Err(Refusal::Shape.into()),
        }
    }

    /// Allows only words, names, dots, commas, strings and numbers, and no table that is not open.
    fn names_only(&self, connection: &mut Connection, text: &[u8], tokens: &[Token]) -> Result<(), Exception> {
        let others = self.other_databases(connection)?;
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Word | Kind::Quoted => {
                    let name = token.name(text).ok_or(Refusal::Shape)?;
                    if !others.contains(&name) {
                        continue;
                    }
                    let dot = tokens.get(at + 1).is_some_and(|t| t.kind == Kind::Sign(b'.'));
                    let table = tokens.get(at + 2).filter(|_| dot).and_then(|t| t.name(text));
                    match table {
                        Some(table) if !lists::is_open_table(&name, &table) => {
                            return Err(Refusal::Table(format!("{name}.{table}")).into());
                        }
                        None if !["system", "information_schema", "INFORMATION_SCHEMA"].contains(&name.as_str()) => {
                            return Err(Refusal::Database(name).into());
                        }
                        _ => {}
                    }
                }
                Kind::Text | Kind::Number | Kind::Sign(b'.' | b',') => {}
                Kind::Sign(_) | Kind::Unfinished => return Err(Refusal::Shape.into()),
            }
        }
        Ok(())
    }

    fn other_databases(&self, connection: &mut Connection) -> Result<Vec<String>, Exception> {
        let rows = connection.rows("SELECT name FROM system.databases")?;
        Ok(rows.into_iter().flatten().filter(|name| name != self.database).collect())
    }
}

fn refuse_by_class(
    connection: &mut Connection,
    text: &[u8],
    tokens: &[Token],
    analysis: Analysis,
) -> Result<(), Exception> {
    if analysis.statements > 1 {
        return Err(Refusal::Many.into());
    }
    if is_into_outfile(text, tokens) && analysis.class != Class::Read {
        return Err(Refusal::IntoOutfile.into());
    }
    match analysis.class {
        Class::Read if analysis.statements == 1 => {}
        Class::Unknown if analysis.statements == 0 => return Err(syntax_error(connection, text)),
        _ => return Err(Refusal::Statement(sql::first_keyword(text).unwrap_or_default()).into()),
    }
    let settings = |three: &[Token]| {
        three[0].is(text, "SETTINGS") && three[1].kind == Kind::Word && three[2].kind == Kind::Sign(b'=')
    };
    if tokens.windows(3).any(settings) {
        return Err(Refusal::Settings.into());
    }
    Ok(())
}

/// Whether the text holds the words `INTO OUTFILE`, which write a file on the server.
pub(crate) fn is_into_outfile(text: &[u8], tokens: &[Token]) -> bool {
    tokens.windows(2).any(|pair| pair[0].is(text, "INTO") && pair[1].is(text, "OUTFILE"))
}

/// The engine's complaint about a text that does not parse, without running any part of it.
pub(crate) fn syntax_error(connection: &mut Connection, text: &[u8]) -> Exception {
    let explain = [b"EXPLAIN AST\n", text].concat();
    match connection.query(&explain, "Null", &[]) {
        Err(error) => Exception::from_engine(error),
        Ok(_) => Exception::new(Code::SYNTAX_ERROR, "Syntax error: the statement is empty or cannot be read"),
    }
}
