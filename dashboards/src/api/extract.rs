//! From a query string to a checked [`Filter`] and the parameters of one route.

use axum::http::Uri;

use crate::{
    filter::{Dimension, Filter},
    parameters::Parameters,
    period::now,
    problem::Problem,
    server::App,
};

/// Reads the filter, lets `more` take what else the route knows, refuses the rest, and runs the search, if there is one.
pub(crate) async fn read<T>(
    app: &App,
    uri: &Uri,
    more: impl FnOnce(&mut Parameters) -> T,
) -> Result<(Filter, T), Problem> {
    let mut parameters = Parameters::read(uri.query());
    let filter = Filter::take(&mut parameters, now());
    let more = more(&mut parameters);
    parameters.finish()?;
    Ok((filter.looked_up(app).await?, more))
}

/// Takes `limit`, the number of rows wanted.
pub(crate) fn limit(parameters: &mut Parameters, usual: u32, most: u32) -> u32 {
    let rule = format!("must be a number from 1 to {most}");
    let parse = |text: &str| text.parse().ok().filter(|limit| (1..=most).contains(limit));
    parameters.take_as("limit", &rule, parse).unwrap_or(usual)
}

/// Takes a parameter that names a property; `usual` when it is not there.
pub(crate) fn dimension(parameters: &mut Parameters, name: &str, usual: Dimension) -> Dimension {
    let rule = format!("must be one of {}", Dimension::ALL.map(Dimension::name).join(", "));
    parameters.take_as(name, &rule, Dimension::named).unwrap_or(usual)
}

/// Takes a parameter that is `true` or `false`; `usual` when it is not there.
pub(crate) fn flag(parameters: &mut Parameters, name: &str, usual: bool) -> bool {
    parameters.take_as(name, "must be `true` or `false`", |text| text.parse().ok()).unwrap_or(usual)
}
