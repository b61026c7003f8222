//! The bytes of a file or of standard input, counted and unpacked.

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

use encoding_rs::UTF_8;
use hark_mention::Timestamp;

use super::{
    error::ImportError,
    sniff::{Compression, TextEncoding},
    window::Text,
};

/// Bytes asked for at a time.
pub(super) const CHUNK: usize = 256 << 10;

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
            return Ok(Text::at(Box::new(counted), offset, line));
        }
        let (bytes, _) = unpack(Box::new(file), &self.progress.bytes)?;
        let mut text = Text::decoded(bytes, encoding)?;
        text.go_to(offset, line)?;
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
pub(super) fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
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
