//! From a query string to a checked [`Filter`] and the parameters of one route.

use axum::http::Uri;
use jiff::Timestamp;

use crate::{
    filter::{Filter, Parameters},
    problem::Problem,
};

/// Reads the filter, lets `more` take what else the route knows, and refuses the rest.
pub(crate) fn read<T>(uri: &Uri, more: impl FnOnce(&mut Parameters) -> T) -> Result<(Filter, T), Problem> {
    let mut parameters = Parameters::read(uri.query());
    let filter = Filter::take(&mut parameters, Timestamp::now());
    let more = more(&mut parameters);
    parameters.finish()?;
    Ok((filter, more))
}

/// Takes `limit`, the number of rows wanted.
pub(crate) fn limit(parameters: &mut Parameters, usual: u32, most: u32) -> u32 {
    let rule = format!("must be a number from 1 to {most}");
    let parse = |text: &str| text.parse().ok().filter(|limit| (1..=most).contains(limit));
    parameters.take_as("limit", &rule, parse).unwrap_or(usual)
}
