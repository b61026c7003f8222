//! The response as the engine's thread writes it: status and headers once, then coded pieces, then perhaps an exception.
//!
//! The rule it keeps: nothing is sent before the first result is there, so an early exception still gets its own status.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::compression::{Encoder, ResponseCoding};
use super::errors::{Code, Exception};
use super::request::Request;
use crate::ffi::Counters;

/// Pieces of a response are at most this long before coding.
const PIECE: usize = 1 << 20;
/// A client that takes nothing for this long is given up, as the real server's `http_send_timeout` of 30 s would, but
/// later, because stalled dashboards are common.
const STALLED: Duration = Duration::from_secs(300);

/// What is known when the response begins.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) exception: Option<u32>,
    pub(crate) format: Option<String>,
    pub(crate) coding: ResponseCoding,
    pub(crate) counters: Counters,
    pub(crate) elapsed: Duration,
    /// Marks an exception after the first byte.
    pub(crate) tag: String,
}

/// Why a request ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    Exception(Exception),
    /// The client has hung up.
    Gone,
}

impl From<Exception> for Failure {
    fn from(exception: Exception) -> Failure {
        Failure::Exception(exception)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        match error.kind() {
            std::io::ErrorKind::ConnectionAborted => Failure::Gone,
            _ => Failure::Exception(Exception::from_io(error)),
        }
    }
}

/// The engine's exception text.
impl From<String> for Failure {
    fn from(text: String) -> Failure {
        Failure::Exception(Exception::from_engine(text))
    }
}

/// Where the engine's thread writes a response.
pub(crate) struct Output {
    head: Option<oneshot::Sender<Head>>,
    body: mpsc::Sender<Bytes>,
    runtime: Handle,
    coding: ResponseCoding,
    encoder: Option<Encoder>,
    started: Instant,
    format: Option<String>,
    /// With `wait_end_of_query` the body goes to a file first.
    spool: Option<File>,
    tag: String,
}

impl Output {
    pub(crate) fn new(
        request: &Request,
        head: oneshot::Sender<Head>,
        body: mpsc::Sender<Bytes>,
        runtime: Handle,
        spool_folder: PathBuf,
    ) -> Result<Output, Exception> {
        let io = |error| Exception::new(Code::STD_EXCEPTION, format_args!("Cannot prepare the response: {error}"));
        Ok(Output {
            head: Some(head),
            body,
            runtime,
            coding: request.response_coding,
            encoder: Some(Encoder::new(request.response_coding, request.compression_level).map_err(io)?),
            started: Instant::now(),
            format: None,
            spool: request.wait_end_of_query.then(|| unnamed_file(spool_folder)).transpose().map_err(io)?,
            tag: uuid::Uuid::new_v4().simple().to_string().chars().take(16).collect(),
        })
    }

    /// Waits for something, unless the client hangs up first.
    pub(crate) fn wait<T>(&self, something: impl Future<Output = T>) -> Result<T, Failure> {
        self.runtime.block_on(async {
            tokio::select! {
                it = something => Ok(it),
                () = self.body.closed() => Err(Failure::Gone),
            }
        })
    }

    /// Starts the response; the first rows are ready.
    pub(crate) fn begin(&mut self, format: &str, counters: Counters) {
        self.format = Some(format.to_owned());
        if self.spool.is_none() {
            self.send_head(counters);
        }
    }

    pub(crate) fn write(&mut self, data: &[u8]) -> Result<(), Failure> {
        for piece in data.chunks(PIECE) {
            let Some(encoder) = &mut self.encoder else { return Ok(()) };
            let coded = encoder.encode(piece)?;
            self.put(coded)?;
        }
        Ok(())
    }

    /// Ends a response that went well.
    pub(crate) fn finish(&mut self, counters: Counters) -> Result<(), Failure> {
        if let Some(encoder) = self.encoder.take() {
            let rest = encoder.finish()?;
            self.put(rest)?;
        }
        self.send_head(counters);
        let Some(mut file) = self.spool.take() else { return Ok(()) };
        file.rewind()?;
        loop {
            let mut piece = Vec::new();
            if Read::by_ref(&mut file).take(PIECE as u64).read_to_end(&mut piece)? == 0 {
                return Ok(());
            }
            self.put(piece)?;
        }
    }

    /// Ends a response with an exception: as its status when nothing was sent yet, else inside the body.
    pub(crate) fn fail(&mut self, exception: &Exception, version: &str) {
        let text = exception.body(version);
        let Some(head) = self.head.take() else {
            let _ = self.fail_inside(&text);
            return;
        };
        self.spool = None;
        let _ = head.send(Head {
            status: exception.status(),
            exception: Some(exception.code),
            format: None,
            coding: ResponseCoding::Plain,
            counters: Counters::default(),
            elapsed: self.started.elapsed(),
            tag: String::new(),
        });
        let _ = self.put(text.into_bytes());
    }

    /// The protocol of an exception after the first byte, in one piece (`WriteBufferFromHTTPServerResponse.cpp`).
    fn fail_inside(&mut self, text: &str) -> Result<(), Failure> {
        let tag = &self.tag;
        let text = text.trim_end();
        let length = text.len() + 1;
        let block = format!("\r\n__exception__\r\n{tag}\r\n{text}\n{length} {tag}\r\n__exception__\r\n");
        self.write(block.as_bytes())?;
        match self.encoder.take() {
            Some(encoder) => self.put(encoder.finish()?),
            None => Ok(()),
        }
    }

    fn send_head(&mut self, counters: Counters) {
        if let Some(head) = self.head.take() {
            let _ = head.send(Head {
                status: StatusCode::OK,
                exception: None,
                format: self.format.clone(),
                coding: self.coding,
                counters,
                elapsed: self.started.elapsed(),
                tag: self.tag.clone(),
            });
        }
    }

    fn put(&mut self, piece: Vec<u8>) -> Result<(), Failure> {
        if piece.is_empty() {
            return Ok(());
        }
        if let Some(file) = &mut self.spool {
            return Ok(file.write_all(&piece)?);
        }
        match self.runtime.block_on(self.body.send_timeout(piece.into(), STALLED)) {
            Ok(()) => Ok(()),
            Err(_) => Err(Failure::Gone),
        }
    }
}

/// A file that is gone as soon as it is closed.
fn unnamed_file(folder: PathBuf) -> std::io::Result<File> {
    let path = folder.join(format!("response-{}", uuid::Uuid::new_v4().simple()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}
