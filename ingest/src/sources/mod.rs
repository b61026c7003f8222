//! One folder a source: `mod.rs` (the source), `config.rs` (keys, defaults, check), `api.rs` (wire types),
//! `parse.rs` (bytes → events; pure, never panics).

pub mod appstore;
pub mod bluesky;
pub mod discourse;
pub mod gdelt;
pub mod github;
pub mod googleplay;
pub mod hackernews;
pub mod import;
mod known;
pub mod lemmy;
pub mod linkedin;
pub mod mastodon;
pub mod meta;
pub mod producthunt;
pub mod reddit;
pub mod rss;
pub mod stackexchange;
pub mod survey;
pub mod telegram;
pub mod trustpilot;
pub mod webhook;
pub mod x;
pub mod youtube;
