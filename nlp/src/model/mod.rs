//! The engine of the sentiment model: what a text consists of, which features that gives, and the table of their weights.
//!
//! A model is linear when it runs: one small row of weights for each hashed feature, summed from left to right. So the
//! tone of a part of a text is a difference of two sums, and a correction is a small addition to some rows. What makes
//! it better than a plain linear model happens while it is trained, see [`train`].

pub(crate) mod features;
pub(crate) mod fold;
pub(crate) mod roles;
pub(crate) mod tokens;
pub(crate) mod train;
pub(crate) mod weights;
