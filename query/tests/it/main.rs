//! What holds of every query and every text.
#![expect(clippy::unwrap_used, reason = "tests")]

mod generate;
mod manual;
mod naive;
mod properties;
mod words;
