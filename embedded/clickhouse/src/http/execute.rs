//! One request from its body to its last byte, in a thread that may block.

use std::io::Read;

use super::body::BodyReader;
use super::errors::{Code, Exception};
use super::insert::{self, Insert};
use super::output::{Failure, Output};
use super::request::Request;
use super::{Server, select, wait_for};
use crate::connection::Setting;
use crate::ffi::Connection;
use crate::gate::Refusal;
use crate::sql::{self, Head, Statement};
use crate::users::User;

/// The longest statement, without an insert's data. The engine's `max_query_size` is smaller by default.
const MAX_STATEMENT: usize = 16 << 20;
/// How much is read while looking for where an insert's data begins.
const STEP: u64 = 64 << 10;

/// Runs the request and writes the response. `comment` marks the query in `system.processes`.
pub(super) fn run(
    server: &Server,
    request: &Request,
    body: BodyReader,
    comment: &str,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut body = body.decoded(request)?;
    let (head, text) = read_head(&request.query, &mut body)?;
    match head {
        Head::Insert { head, format, data_at } => {
            if request.user != User::Admin {
                return Err(Exception::from(Refusal::Statement("INSERT".into())).into());
            }
            if request.read_only {
                return Err(select::read_only().into());
            }
            let _permit = wait_for(&server.inserts, output)?;
            let data = text.get(data_at..).unwrap_or_default().chain(body);
            as_admin(server, request, comment, |connection| {
                insert::run(connection, request, &Insert { head: &head, format: format.as_deref() }, data, output)
            })
        }
        Head::Statement | Head::Incomplete => {
            let statement = Statement::split(text);
            let _permit = wait_for(&server.reads, output)?;
            match &request.user {
                User::Admin => as_admin(server, request, comment, |connection| {
                    select::check_admin(connection, request, &statement)?;
                    select::run(connection, request, &statement, output)
                }),
                User::Analyst => as_analyst(server, request, &server.database, comment, &statement, output),
                User::Reader(database) => as_analyst(server, request, database, comment, &statement, output),
            }
        }
    }
}

/// Reads until it is clear whether this is an insert and where its data begins; other statements are read whole.
fn read_head(query: &str, body: &mut dyn Read) -> Result<(Head, Vec<u8>), Failure> {
    let mut text = query.as_bytes().to_vec();
    if !text.is_empty() {
        // The real server puts a line end between the parameter and the body.
        text.push(b'\n');
    }
    let mut whole = false;
    loop {
        match sql::head(&text, whole) {
            Head::Statement if !whole => {
                Read::take(&mut *body, MAX_STATEMENT as u64).read_to_end(&mut text)?;
                whole = true;
            }
            Head::Incomplete if !whole => {
                whole = Read::take(&mut *body, STEP).read_to_end(&mut text)? == 0;
            }
            head => return Ok((head, text)),
        }
        if text.len() >= MAX_STATEMENT {
            let limit = format_args!("The statement is longer than {MAX_STATEMENT} bytes").to_string();
            return Err(Exception::new(Code::QUERY_IS_TOO_LARGE, limit).into());
        }
    }
}

fn with_comment(settings: &[Setting], comment: &str) -> Vec<Setting> {
    let others = settings.iter().filter(|(name, _)| name != "log_comment").cloned();
    others.chain([("log_comment".to_owned(), comment.to_owned())]).collect()
}

/// Runs `work` with the admin's session or a fresh connection, under the request's database and settings.
fn as_admin(
    server: &Server,
    request: &Request,
    comment: &str,
    work: impl FnOnce(&mut Connection) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut settings = with_comment(&request.settings, comment);
    let Some(session) = &request.session else {
        let mut connection = server.opener.open()?;
        if let Some(database) = &request.database {
            connection.use_database(database)?;
        }
        if request.read_only {
            settings.push(("readonly".into(), "2".into()));
        }
        connection.set(&settings)?;
        return work(&mut connection);
    };
    let mut held = server.sessions.hold(session, || server.opener.open())?;
    let Some(connection) = held.connection() else { return Err(Failure::Gone) };
    if let Some(database) = &request.database {
        connection.use_database(database)?;
    }
    let before = connection.remember(&settings)?;
    let result = connection.set(&settings).map_err(Failure::from).and_then(|()| work(connection));
    connection.restore(before)?;
    result
}

/// Checks and runs a statement of somebody who may read the database `own`. Sessions are not kept: an analyst has nothing to keep in one.
fn as_analyst(
    server: &Server,
    request: &Request,
    own: &str,
    comment: &str,
    statement: &Statement,
    output: &mut Output,
) -> Result<(), Failure> {
    match request.database.as_deref() {
        // Many clients name the default database without being told to.
        None | Some("default") => {}
        Some(database) if database == own => {}
        Some(other) => return Err(Exception::from(Refusal::Database(other.into())).into()),
    }
    let settings = with_comment(&server.limits.settings(&request.settings)?, comment);
    let mut connection = server.opener.open()?;
    connection.use_database(own)?;
    server.gate.check(&mut connection, own, &statement.sql, &request.params)?;
    connection.set(&settings)?;
    select::run(&mut connection, request, statement, output)
}
