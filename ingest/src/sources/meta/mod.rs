//! Facebook pages and Instagram, by Meta's Graph API: posts, tags, hashtags and comments.
//!
//! The interface tells neither edits nor deletions. So each look goes over the posts of the last weeks, reads the
//! comments where something happened, and compares with what is known; what no longer appears is asked for by its id, for
//! lists leave entries out, and counts as deleted only when it cannot be had.

mod api;
mod config;
mod graph;
mod history;
mod parse;
mod source;

pub use self::{
    config::{FacebookConfig, InstagramConfig},
    source::MetaSource,
};
