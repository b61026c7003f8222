//! The request body as a blocking reader, fed from the network with a few pieces in flight.

use std::io::{self, Read};

use axum::body::{Body, BodyDataStream};
use bytes::{Buf, Bytes};
use futures::StreamExt;
use tokio::sync::mpsc;

use super::compression::BlockReader;
use super::errors::Exception;
use super::request::Request;

/// Pieces read ahead of the engine; hyper's pieces are at most a few hundred KiB.
const AHEAD: usize = 4;
/// How much of a body nobody reads any more is still taken in, so that the client gets to see the error.
const DRAIN: usize = 256 << 20;

/// What arrives from the network; `Err` when the client broke off.
type Piece = Result<Bytes, ()>;

/// Reads the body in a thread that may block.
pub(crate) struct BodyReader {
    pieces: mpsc::Receiver<Piece>,
    current: Bytes,
    ended: bool,
}

impl BodyReader {
    /// A reader of the body, which a task of its own takes from the network.
    pub(crate) fn of(body: Body) -> BodyReader {
        let (sender, pieces) = mpsc::channel(AHEAD);
        tokio::spawn(feed(body.into_data_stream(), sender));
        BodyReader { pieces, current: Bytes::new(), ended: false }
    }

    /// A body that is empty.
    pub(crate) fn empty() -> BodyReader {
        BodyReader { pieces: mpsc::channel(1).1, current: Bytes::new(), ended: true }
    }

    /// Undoes what the request says about the coding of its body.
    pub(crate) fn decoded(self, request: &Request) -> Result<Box<dyn Read + Send>, Exception> {
        let plain: Box<dyn Read + Send> = match request.body_coding {
            Some(coding) => coding.decoder(self).map_err(Exception::from_io)?,
            None => Box::new(self),
        };
        Ok(if request.framed_body { Box::new(BlockReader::new(plain)) } else { plain })
    }
}

async fn feed(mut body: BodyDataStream, sender: mpsc::Sender<Piece>) {
    let mut drained = 0;
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(drop);
        let (size, broken) = (piece.as_ref().map_or(0, Bytes::len), piece.is_err());
        if sender.send(piece).await.is_err() {
            drained += size;
        }
        if broken || drained > DRAIN {
            return;
        }
    }
    // The end is a piece too: without it a broken connection could look like a complete body.
    let _ = sender.send(Ok(Bytes::new())).await;
}

impl Read for BodyReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => {
                    // An empty piece before the end would be an empty frame, which hyper does not produce.
                    self.ended = piece.is_empty();
                    self.current = piece;
                }
                Some(Err(())) | None => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
        let n = self.current.len().min(out.len());
        self.current.copy_to_slice(&mut out[..n]);
        Ok(n)
    }
}
