//! `/preferences`: how one user wants the page, on whatever machine they open it.

use axum::{Json, extract::State, http::StatusCode};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use crate::{access::Caller, period::Calendar, problem::Problem, server::Shared};

/// Kind of [`Preferences`] in the store, by the name of the user.
const KIND: &str = "preferences";
/// Languages of the page.
const LOCALES: [&str; 2] = ["en", "nl"];
const THEMES: [&str; 3] = ["auto", "light", "dark"];

/// How somebody wants the page. What is left out, the browser decides.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Preferences {
    /// Language: en or nl.
    locale: Option<String>,
    /// Colours: auto, light or dark.
    theme: Option<String>,
    /// Time zone in which days begin (IANA name).
    time_zone: Option<String>,
    /// First day of a week: monday, saturday or sunday.
    week_start: Option<String>,
}

impl Preferences {
    /// What is wrong with them, if something is.
    fn wrong(&self) -> Option<&'static str> {
        let unknown =
            |value: &Option<String>, known: &[&str]| value.as_deref().is_some_and(|value| !known.contains(&value));
        let is_zone = |name: &str| TimeZone::get(name).is_ok();
        let is_start = |day: &str| Calendar::week_start(day).is_some();
        if unknown(&self.locale, &LOCALES) {
            Some("`locale` must be `en` or `nl`")
        } else if unknown(&self.theme, &THEMES) {
            Some("`theme` must be `auto`, `light` or `dark`")
        } else if !self.time_zone.as_deref().is_none_or(is_zone) {
            Some("`time_zone` must be a time zone such as `Europe/Amsterdam`")
        } else if !self.week_start.as_deref().is_none_or(is_start) {
            Some("`week_start` must be `monday`, `saturday` or `sunday`")
        } else {
            None
        }
    }
}

/// How the caller wants the page.
#[utoipa::path(
    get, path = "/api/v1/preferences", tag = "access",
    responses(
        (status = 200, description = "The preferences", body = Preferences),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_preferences(
    State(shared): State<Shared>,
    caller: Caller,
) -> Result<Json<Preferences>, Problem> {
    let kept = shared.access.store()?.get(KIND, &caller.name).await.map_err(Problem::private)?;
    Ok(Json(kept.unwrap_or_default()))
}

/// Keeps how the caller wants the page.
#[utoipa::path(
    put, path = "/api/v1/preferences", tag = "access", request_body = Preferences,
    responses(
        (status = 204, description = "Kept"),
        (status = 422, description = "They cannot be so", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put_preferences(
    State(shared): State<Shared>,
    caller: Caller,
    Body(preferences): Body<Preferences>,
) -> Result<StatusCode, Problem> {
    if let Some(wrong) = preferences.wrong() {
        return Err(Problem::refused(wrong));
    }
    shared.access.store()?.put(KIND, &caller.name, &preferences).await.map_err(Problem::private)?;
    Ok(StatusCode::NO_CONTENT)
}
