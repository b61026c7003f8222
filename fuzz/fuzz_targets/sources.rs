#![no_main]
#[path = "../sources.rs"]
#[expect(dead_code, reason = "this target runs all at once")]
mod sources;
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sources::all(bytes));
