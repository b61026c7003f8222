//! Every coding a ClickHouse client uses, both ways: HTTP `Content-Encoding` (gzip, deflate, zstd, lz4) and ClickHouse's own
//! block framing (`decompress=1`, `compress=1`).
//!
//! The rule it keeps: memory is bounded by one block, whatever the input says about its size.

use std::io::{self, Read, Write};

use super::errors::{Code, Exception};

/// A block of ClickHouse's framing may not be larger than this, packed or unpacked. Clients write blocks of about 1 MiB.
const MAX_BLOCK: usize = 64 << 20;
/// Method, packed size and raw size.
const BLOCK_HEADER: usize = 9;
const CHECKSUM: usize = 16;
const LZ4: u8 = 0x82;
const ZSTD: u8 = 0x90;
const NONE: u8 = 0x02;

/// An HTTP content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    Zstd,
    Lz4,
}

impl Coding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
            Coding::Zstd => "zstd",
            Coding::Lz4 => "lz4",
        }
    }

    /// The coding of a `Content-Encoding` header; `None` for `identity` and the empty string.
    pub(crate) fn of_content(header: &str) -> Result<Option<Coding>, Exception> {
        match header.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(None),
            "gzip" | "x-gzip" => Ok(Some(Coding::Gzip)),
            "deflate" => Ok(Some(Coding::Deflate)),
            "zstd" => Ok(Some(Coding::Zstd)),
            "lz4" => Ok(Some(Coding::Lz4)),
            other => Err(Exception::new(
                Code::NOT_IMPLEMENTED,
                format_args!("Content-Encoding '{other}' is not supported, use gzip, deflate, zstd or lz4"),
            )),
        }
    }

    /// The first supported coding of an `Accept-Encoding` header that is not refused by `q=0`.
    pub(crate) fn of_accept(header: &str) -> Option<Coding> {
        header.split(',').find_map(|item| {
            let (name, quality) = item.split_once(';').unwrap_or((item, ""));
            let refused = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            Coding::of_content(name).ok().flatten().filter(|_| !refused)
        })
    }

    /// Undoes the coding.
    pub(crate) fn decoder<'a>(self, input: impl Read + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(match self {
            Coding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
            Coding::Deflate => Box::new(flate2::read::ZlibDecoder::new(input)),
            Coding::Zstd => Box::new(zstd::stream::read::Decoder::new(input)?),
            Coding::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(input)),
        })
    }
}

/// Reads ClickHouse's block framing: `[CityHash128 of the rest][method][packed size + 9][raw size][data]`.
pub(crate) struct BlockReader<R> {
    input: R,
    packed: Vec<u8>,
    raw: Vec<u8>,
    at: usize,
}

impl<R: Read> BlockReader<R> {
    pub(crate) fn new(input: R) -> Self {
        BlockReader { input, packed: Vec::new(), raw: Vec::new(), at: 0 }
    }

    /// Reads the next block; `false` at a clean end of input.
    fn fill(&mut self) -> io::Result<bool> {
        let mut checksum = [0; CHECKSUM];
        if !read_all_or_nothing(&mut self.input, &mut checksum)? {
            return Ok(false);
        }
        let mut header = [0; BLOCK_HEADER];
        self.input.read_exact(&mut header)?;
        let size_at = |at: usize| {
            let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
            usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(usize::MAX)
        };
        let (packed_size, raw_size) = (size_at(1), size_at(5));
        if !(BLOCK_HEADER..=MAX_BLOCK).contains(&packed_size) || raw_size > MAX_BLOCK {
            let text = format!("Wrong size of a compressed block: {packed_size} packed, {raw_size} unpacked");
            return Err(io::Error::other(Exception::new(Code::CANNOT_DECOMPRESS, text)));
        }
        self.packed.clear();
        self.packed.extend_from_slice(&header);
        self.packed.resize(packed_size, 0);
        self.input.read_exact(&mut self.packed[BLOCK_HEADER..])?;
        if block_hash(&self.packed) != checksum {
            let text = "Checksum doesn't match: corrupted data in the request body";
            return Err(io::Error::other(Exception::new(Code::CHECKSUM_DOESNT_MATCH, text)));
        }
        let data = &self.packed[BLOCK_HEADER..];
        self.raw.resize(raw_size, 0);
        let written = match header[0] {
            LZ4 => lz4_flex::block::decompress_into(data, &mut self.raw).map_err(io::Error::other)?,
            ZSTD => zstd::bulk::decompress_to_buffer(data, &mut self.raw)?,
            NONE if data.len() == raw_size => {
                self.raw.copy_from_slice(data);
                raw_size
            }
            method => return Err(io::Error::other(format!("unknown block method {method:#04x}"))),
        };
        if written != raw_size {
            return Err(io::Error::other("a block is shorter than it says"));
        }
        self.at = 0;
        Ok(true)
    }
}

impl<R: Read> Read for BlockReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.raw.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let n = (&self.raw[self.at..]).read(out)?;
        self.at += n;
        Ok(n)
    }
}

fn read_all_or_nothing(input: &mut impl Read, out: &mut [u8]) -> io::Result<bool> {
    let first = input.read(out)?;
    if first == 0 {
        return Ok(false);
    }
    input.read_exact(&mut out[first..])?;
    Ok(true)
}

/// CityHash128 version 1.0.2, low half first.
fn block_hash(block: &[u8]) -> [u8; CHECKSUM] {
    cityhash_rs::cityhash_102_128(block).rotate_right(64).to_le_bytes()
}

/// How a response body is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseCoding {
    Plain,
    /// ClickHouse's block framing, `compress=1`.
    Blocks,
    Http(Coding),
}

/// Codes a response body piece by piece; what is returned can be sent at once.
pub(crate) enum Encoder {
    Plain,
    Blocks,
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    Deflate(flate2::write::ZlibEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Lz4(Box<lz4_flex::frame::FrameEncoder<Vec<u8>>>),
}

impl Encoder {
    /// `level` is ClickHouse's `http_zlib_compression_level`, 1 to 9.
    pub(crate) fn new(coding: ResponseCoding, level: u32) -> io::Result<Encoder> {
        let flate = flate2::Compression::new(level.clamp(1, 9));
        Ok(match coding {
            ResponseCoding::Plain => Encoder::Plain,
            ResponseCoding::Blocks => Encoder::Blocks,
            ResponseCoding::Http(Coding::Gzip) => Encoder::Gzip(flate2::write::GzEncoder::new(Vec::new(), flate)),
            ResponseCoding::Http(Coding::Deflate) => {
                Encoder::Deflate(flate2::write::ZlibEncoder::new(Vec::new(), flate))
            }
            ResponseCoding::Http(Coding::Zstd) => Encoder::Zstd(zstd::stream::write::Encoder::new(Vec::new(), 1)?),
            ResponseCoding::Http(Coding::Lz4) => Encoder::Lz4(Box::new(lz4_flex::frame::FrameEncoder::new(Vec::new()))),
        })
    }

    pub(crate) fn encode(&mut self, data: &[u8]) -> io::Result<Vec<u8>> {
        fn through<W: Write>(w: &mut W, data: &[u8], buffer: impl Fn(&mut W) -> &mut Vec<u8>) -> io::Result<Vec<u8>> {
            w.write_all(data)?;
            w.flush()?;
            Ok(std::mem::take(buffer(w)))
        }
        match self {
            Encoder::Plain => Ok(data.to_vec()),
            Encoder::Blocks => Ok(block(data)),
            Encoder::Gzip(w) => through(w, data, |w| w.get_mut()),
            Encoder::Deflate(w) => through(w, data, |w| w.get_mut()),
            Encoder::Zstd(w) => through(w, data, |w| w.get_mut()),
            Encoder::Lz4(w) => through(w.as_mut(), data, |w| w.get_mut()),
        }
    }

    /// The trailer of the coding.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Encoder::Plain | Encoder::Blocks => Ok(Vec::new()),
            Encoder::Gzip(w) => w.finish(),
            Encoder::Deflate(w) => w.finish(),
            Encoder::Zstd(w) => w.finish(),
            Encoder::Lz4(w) => w.finish().map_err(io::Error::other),
        }
    }
}

fn block(data: &[u8]) -> Vec<u8> {
    let packed = lz4_flex::block::compress(data);
    let mut out = vec![0; CHECKSUM];
    out.push(LZ4);
    out.extend_from_slice(&((packed.len() + BLOCK_HEADER) as u32).to_le_bytes());
    out.extend_from_slice(&(data.len() as u32).to_le_bytes());
    out.extend_from_slice(&packed);
    let hash = block_hash(&out[CHECKSUM..]);
    out[..CHECKSUM].copy_from_slice(&hash);
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_coding_gives_back_what_went_in() {
        let data: Vec<u8> = (0..200_000u32).flat_map(|n| n.to_string().into_bytes()).collect();
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Zstd, Coding::Lz4] {
            let mut encoder = Encoder::new(ResponseCoding::Http(coding), 3).unwrap();
            let mut sent: Vec<u8> = data.chunks(70_000).flat_map(|piece| encoder.encode(piece).unwrap()).collect();
            sent.extend(encoder.finish().unwrap());
            assert!(sent.len() < data.len());
            let mut back = Vec::new();
            coding.decoder(sent.as_slice()).unwrap().read_to_end(&mut back).unwrap();
            assert!(back == data, "{coding:?}");
        }
        let sent: Vec<u8> = data.chunks(70_000).flat_map(block).collect();
        let mut back = Vec::new();
        BlockReader::new(sent.as_slice()).read_to_end(&mut back).unwrap();
        assert!(back == data);
    }

    fn reading(bytes: &[u8]) -> Exception {
        Exception::from_io(BlockReader::new(bytes).read_to_end(&mut Vec::new()).unwrap_err())
    }

    #[test]
    fn broken_blocks_are_refused() {
        let good = block(b"hello hello hello hello");
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(reading(&flipped).code, 40);
        assert_eq!(reading(&good[..good.len() - 1]).code, 271);
        let mut bomb = good;
        bomb[21..25].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(reading(&bomb).code, 271);
    }

    #[test]
    fn headers_are_understood() {
        assert_eq!(Coding::of_accept("br, gzip;q=0, zstd;q=0.5, lz4"), Some(Coding::Zstd));
        assert_eq!(Coding::of_accept("identity, br"), None);
        assert_eq!(Coding::of_content("GZIP").unwrap(), Some(Coding::Gzip));
        assert_eq!(Coding::of_content("br").unwrap_err().code, 48);
    }
}
