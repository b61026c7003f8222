//! The embedded engine as its users meet it: through unmodified client programs.
#![expect(clippy::unwrap_used, reason = "tests")]

mod clients;
mod durability;
mod gate;
mod http;
mod lifecycle;
mod rust_client;
mod support;
