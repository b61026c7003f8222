//! Streams an `INSERT`'s data into the engine in pieces, whatever its size.

use std::io::Read;

use super::output::{Failure, Output};
use super::request::Request;
use crate::ffi::Connection;

/// How much is handed to the engine at once.
const PIECE: usize = 256 << 10;

/// An `INSERT` with data, split by [`crate::sql::head`].
pub(super) struct Insert<'a> {
    /// The statement without `FORMAT` and data.
    pub(super) head: &'a [u8],
    pub(super) format: Option<&'a str>,
}

/// Runs the insert; when this returns `Ok` the rows are stored.
pub(super) fn run(
    connection: &mut Connection,
    request: &Request,
    insert: &Insert<'_>,
    mut data: impl Read,
    output: &mut Output,
) -> Result<(), Failure> {
    let format = insert.format.or(request.default_format.as_deref()).unwrap_or("Values");
    let mut stream = connection.insert(insert.head, format, &request.params)?;
    let mut piece = vec![0; PIECE];
    loop {
        let length = match fill(&mut data, &mut piece) {
            Ok(length) => length,
            Err(error) => {
                stream.cancel();
                return Err(error.into());
            }
        };
        // When the engine has had enough, done() below says why.
        if length == 0 || !stream.append(&piece[..length]) {
            break;
        }
    }
    let counters = stream.done()?.counters();
    output.begin(format, counters);
    output.finish(counters)
}

/// Fills the piece unless the input ends before.
fn fill(data: &mut impl Read, piece: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < piece.len() {
        match data.read(&mut piece[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}
