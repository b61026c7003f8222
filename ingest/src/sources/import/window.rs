//! A window of UTF-8 text that moves forward over an input; never more in memory than the window.

use std::io::{self, Cursor, Read};

use encoding_rs::{CoderResult, Decoder, UTF_8};

use super::{
    input::{Bytes, CHUNK, read_full},
    sniff::TextEncoding,
};

/// `\n`, `\r\n` and `\r` alone all end lines.
pub(super) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// A window of text that moves forward.
pub(super) struct Text {
    reader: Bytes,
    buffer: Vec<u8>,
    start: usize,
    /// Place of the window's first byte in the decoded text.
    pub(super) offset: u64,
    /// Line of the window's first byte, counted from 1.
    pub(super) line: u64,
    after_return: bool,
    ended: bool,
}

impl Text {
    /// A text of which `bytes` begin at this place.
    pub(super) fn at(reader: Bytes, offset: u64, line: u64) -> Self {
        Self { offset, line, ..Self::new(reader) }
    }

    fn new(reader: Bytes) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, offset: 0, line: 1, after_return: false, ended: false }
    }

    /// A text that is in memory as a whole.
    pub(super) fn in_memory(text: Vec<u8>) -> Self {
        Self::new(Box::new(Cursor::new(text)))
    }

    /// The text behind `bytes`, as UTF-8 without its byte order mark.
    pub(super) fn decoded(mut bytes: Bytes, encoding: TextEncoding) -> io::Result<Self> {
        read_full(&mut bytes, &mut [0; 3][..encoding.mark.min(3)])?;
        if encoding.encoding == UTF_8 {
            return Ok(Self::new(bytes));
        }
        let decoder = encoding.encoding.new_decoder_without_bom_handling();
        let reader = Transcoded { inner: bytes, decoder, input: Vec::new(), from: 0, ended: false, finished: false };
        Ok(Self::new(Box::new(reader)))
    }

    /// What is in memory and not consumed.
    pub(super) fn window(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads more into the window; `false` at the end of the text.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] when a pipe has nothing at the moment; nothing is lost then.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let filled = self.buffer.len();
        self.buffer.resize(filled + CHUNK, 0);
        let read = loop {
            match self.reader.read(self.buffer.get_mut(filled..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(!self.ended)
    }

    /// Moves the window forward over `count` bytes of it.
    pub(super) fn consume(&mut self, count: usize) {
        for byte in self.buffer.iter().skip(self.start).take(count) {
            self.line += u64::from(*byte == b'\r' || (*byte == b'\n' && !self.after_return));
            self.after_return = *byte == b'\r';
        }
        self.start += count;
        self.offset += count as u64;
    }

    /// Consumes up to the end of the line, in small memory. Call again after [`io::ErrorKind::WouldBlock`].
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let window = self.window();
            if let Some(end) = window.iter().position(|byte| is_line_end(*byte)) {
                self.consume(end + 1);
                return Ok(());
            }
            self.consume(window.len());
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    fn skip_to(&mut self, offset: u64) -> io::Result<()> {
        while self.offset < offset {
            let step = usize::try_from(offset - self.offset).unwrap_or(usize::MAX).min(self.window().len());
            self.start += step;
            self.offset += step as u64;
            if step == 0 {
                match self.fill() {
                    Ok(true) => {}
                    Ok(false) => return Ok(()),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Moves forward to a place whose line is known, at the speed of reading.
    pub(super) fn go_to(&mut self, offset: u64, line: u64) -> io::Result<()> {
        self.skip_to(offset)?;
        self.line = line;
        Ok(())
    }
}

/// Turns another encoding into UTF-8; what cannot be decoded becomes U+FFFD.
struct Transcoded {
    inner: Bytes,
    decoder: Decoder,
    input: Vec<u8>,
    from: usize,
    ended: bool,
    finished: bool,
}

impl Read for Transcoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.finished {
            if self.from == self.input.len() && !self.ended {
                self.input.resize(CHUNK, 0);
                self.from = CHUNK;
                let read = self.inner.read(&mut self.input);
                self.input.truncate(*read.as_ref().unwrap_or(&0));
                self.from = 0;
                self.ended = read? == 0;
            }
            let rest = self.input.get(self.from..).unwrap_or_default();
            let (result, read, written, _) = self.decoder.decode_to_utf8(rest, buffer, self.ended);
            self.from += read;
            self.finished = self.ended && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}
