//! The bodies of the fuzz targets on random bytes, the same in every run.

#[path = "../../fuzz/targets.rs"]
mod targets;

use fastrand::Rng;

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

/// Bytes in which the parts meet each other and noise.
fn bytes(random: &mut Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.usize(..40) {
        match random.u8(..3) {
            0 => bytes.push(random.u8(..)),
            _ => bytes.extend(PARTS[random.usize(..PARTS.len())]),
        }
    }
    bytes
}

fn run(seed: u64, target: fn(&[u8])) {
    let mut random = Rng::with_seed(seed);
    (0..INPUTS).for_each(|_| target(&bytes(&mut random)));
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
