//! What the end-to-end tests share.

pub mod events;
pub mod hark;
pub mod real_kafka;
