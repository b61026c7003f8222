//! From a file or standard input to a window of UTF-8 text that moves forward; never more in memory than the window.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread,
    time::Duration,
};

use encoding_rs::{CoderResult, Decoder, UTF_8};
use hark_mention::Timestamp;

use super::{
    error::ImportError,
    sniff::{Compression, TextEncoding},
};

/// Bytes asked for at a time.
const CHUNK: usize = 256 << 10;

/// How far an import is: a handle for a progress bar, to be cloned and read from anywhere.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    pub(super) bytes: Arc<AtomicU64>,
    pub(super) rows: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Progress {
    /// Bytes read, as they are on disk: compressed ones count as such. Runs a little ahead of the rows.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Bytes that there are; unknown for standard input.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total
    }

    /// Rows read so far, whatever became of them.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}

/// Where the bytes come from.
#[derive(Debug)]
pub(super) struct Input {
    /// Name for people: of the file without its folder, or `stdin`.
    pub(super) name: String,
    /// `None` for what can be read only once.
    path: Option<PathBuf>,
    /// When the file was last written.
    pub(super) modified: Option<Timestamp>,
    pub(super) progress: Progress,
}

/// The unpacked bytes from the beginning.
pub(super) type Bytes = Box<dyn Read + Send>;

impl Input {
    /// Opens a file, or standard input for `-`, and unpacks it.
    pub(super) fn open(path: &Path) -> Result<(Self, Bytes, Compression), ImportError> {
        if path == Path::new("-") {
            let input = Self { name: "stdin".to_owned(), path: None, modified: None, progress: Progress::default() };
            return input.unpacked(Box::new(Pipe::new(io::stdin())));
        }
        let open = |error| ImportError::Open { path: path.to_owned(), error };
        let file = File::open(path).map_err(open)?;
        let metadata = file.metadata().map_err(open)?;
        if metadata.is_dir() {
            return Err(ImportError::Directory { path: path.to_owned() });
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        if !metadata.is_file() {
            let input = Self { name, path: None, modified: None, progress: Progress::default() };
            return input.unpacked(Box::new(Pipe::new(file)));
        }
        let modified = metadata.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
        let input = Self {
            name,
            path: Some(path.to_owned()),
            modified: modified.map(Timestamp::from_jiff),
            progress: Progress { total: Some(metadata.len()), ..Progress::default() },
        };
        input.unpacked(Box::new(file))
    }

    fn unpacked(self, raw: Bytes) -> Result<(Self, Bytes, Compression), ImportError> {
        match unpack(raw, &self.progress.bytes) {
            Ok((bytes, compression)) => Ok((self, bytes, compression)),
            Err(error) => Err(ImportError::Read { name: self.name, error }),
        }
    }

    /// Whether the same bytes can be read again.
    pub(super) fn can_reopen(&self) -> bool {
        self.path.is_some()
    }

    /// Reads the text again, from `offset` on. What lies before it is skipped at the speed of reading, or at once where
    /// offsets in the text are offsets in the file.
    pub(super) fn reopen(&self, encoding: TextEncoding, offset: u64, line: u64) -> io::Result<Text> {
        let path = self.path.as_ref().ok_or_else(|| io::Error::other("standard input can be read only once"))?;
        let mut file = File::open(path)?;
        self.progress.bytes.store(0, Ordering::Relaxed);
        let mut start = [0; Compression::MAGIC_BYTES];
        let known = read_full(&mut file, &mut start)?;
        file.rewind()?;
        let plain = Compression::of(start.get(..known).unwrap_or_default()) == Compression::None;
        if plain && encoding.encoding == UTF_8 {
            let place = offset + encoding.mark as u64;
            file.seek(SeekFrom::Start(place))?;
            self.progress.bytes.store(place, Ordering::Relaxed);
            let counted = Counted { inner: file, count: self.progress.bytes.clone() };
            return Ok(Text { offset, line, ..Text::new(Box::new(counted)) });
        }
        let (bytes, _) = unpack(Box::new(file), &self.progress.bytes)?;
        let mut text = Text::decoded(bytes, encoding)?;
        text.skip_to(offset)?;
        text.line = line;
        Ok(text)
    }
}

/// Counts and unpacks bytes.
fn unpack(raw: Bytes, count: &Arc<AtomicU64>) -> io::Result<(Bytes, Compression)> {
    let mut counted = Counted { inner: raw, count: count.clone() };
    let mut start = vec![0; Compression::MAGIC_BYTES];
    let known = read_full(&mut counted, &mut start)?;
    start.truncate(known);
    let compression = Compression::of(&start);
    let whole = Cursor::new(start).chain(counted);
    let bytes: Bytes = match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(CHUNK, whole))),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(whole)?),
    };
    Ok((bytes, compression))
}

/// Reads until the buffer is full or the end is reached, however long that takes.
fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads a sample, and tells whether it is the whole. A pipe that pauses after it gave something has given the sample.
pub(super) fn sample(bytes: &mut Bytes, size: usize) -> io::Result<(Vec<u8>, bool)> {
    let mut sample = Vec::new();
    while sample.len() < size {
        let filled = sample.len();
        sample.resize(size.min(filled + CHUNK), 0);
        let read = bytes.read(sample.get_mut(filled..).unwrap_or_default());
        sample.truncate(filled + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => return Ok((sample, true)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && filled > 0 => break,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((sample, false))
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Reads a pipe on a thread of its own, because a read of a pipe cannot be given up.
///
/// Gives [`io::ErrorKind::WouldBlock`] when nothing arrives for a second.
struct Pipe {
    chunks: Receiver<io::Result<Vec<u8>>>,
    current: Cursor<Vec<u8>>,
}

impl Pipe {
    fn new(mut reader: impl Read + Send + 'static) -> Self {
        const CHUNKS_AHEAD: usize = 4;
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        thread::spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = reader.read(&mut chunk);
                let message = read.map(|read| {
                    chunk.truncate(read);
                    chunk
                });
                let is_last = !matches!(&message, Ok(chunk) if !chunk.is_empty());
                if sender.send(message).is_err() || is_last {
                    return;
                }
            }
        });
        Self { chunks, current: Cursor::default() }
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const PATIENCE: Duration = Duration::from_secs(1);
        if self.current.position() == self.current.get_ref().len() as u64 {
            match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => self.current = Cursor::new(chunk?),
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        self.current.read(buffer)
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

    /// As [`Text::skip_to`], for a text that is read for the first time.
    pub(super) fn begin_at(&mut self, offset: u64, line: u64) -> io::Result<()> {
        self.skip_to(offset)?;
        self.line = line;
        Ok(())
    }
}
