//! What the end-to-end tests share.

pub mod cluster;
pub mod events;
pub mod hark;
pub mod real_kafka;
