#![no_main]
#[path = "../targets.rs"]
#[expect(dead_code, reason = "each target runs one of these; the tests run them all")]
mod targets;
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::words(bytes));
