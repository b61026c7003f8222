//! One folder a source: `mod.rs` (the source), `config.rs` (keys, defaults, check), `api.rs` (wire types),
//! `parse.rs` (bytes → events; pure, never panics).

pub mod bluesky;
pub mod hackernews;
pub mod import;
pub mod rss;
