//! Sources against servers that behave like the real ones, driven as the runner drives them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod appstore;
mod bluesky;
mod contract;
mod derived;
mod discourse;
mod drive;
mod gdelt;
mod github;
mod googleplay;
mod hackernews;
mod lemmy;
mod linkedin;
mod mastodon;
mod meta;
mod network;
mod producthunt;
mod reddit;
mod rss;
mod stackexchange;
mod survey;
mod telegram;
mod trustpilot;
mod webhook;
mod x;
mod youtube;
