//! The bodies of the fuzz targets on random bytes, the same in every run.

#[path = "../../fuzz/targets.rs"]
mod targets;

/// Inputs for each target.
const INPUTS: usize = 2_000;
/// Bytes that mean something to some target; the rest is any byte.
const PARTS: [&[u8]; 24] = [
    b" ",
    b"\"",
    b"(",
    b")",
    b" OR ",
    b" NOT ",
    b" NEAR/3 ",
    b"lang:",
    b"*",
    b"#",
    b"@",
    b"https://a.b/",
    b"not good",
    b"\n",
    "maar de accu is kapot ".as_bytes(),
    "é".as_bytes(),
    "e\u{301}\u{302}".as_bytes(),
    "\u{200b}\u{200d}".as_bytes(),
    "😀🏽".as_bytes(),
    "電池の".as_bytes(),
    "不好".as_bytes(),
    "แบตเตอรี่".as_bytes(),
    "والشاشة".as_bytes(),
    b"\xed\xa0\x80",
];

/// Xorshift: the same bytes every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..self.below(40) {
            match self.below(3) {
                0 => bytes.push(self.below(256) as u8),
                _ => bytes.extend(PARTS[self.below(PARTS.len())]),
            }
        }
        bytes
    }
}

fn run(seed: u64, target: fn(&[u8])) {
    let mut random = Random(seed);
    (0..INPUTS).for_each(|_| target(&random.bytes()));
}

#[test]
fn words_stand_in_their_text() {
    run(1, targets::words);
}

#[test]
fn queries_print_as_they_were_read() {
    run(2, targets::query);
}

#[test]
fn labels_keep_their_ranges() {
    run(3, targets::labels);
}

#[test]
fn files_are_read_or_refused() {
    run(4, targets::model_files);
}
