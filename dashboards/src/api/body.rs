//! What is sent with a request: JSON of a known shape, or a problem that says what is wrong with it.

use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The JSON of a request.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(Problem::bad_body("it must be JSON, with the header `Content-Type: application/json`"))
            }
            Err(rejection) => Err(Problem::bad_body(rejection.body_text())),
        }
    }
}
