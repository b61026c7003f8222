//! Sources against servers that behave like the real ones, driven as the runner drives them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod bluesky;
mod drive;
mod hackernews;
mod rss;
