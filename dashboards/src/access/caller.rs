//! Who asks, as the routes see it.

use std::{convert::Infallible, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{Role, Team};

/// Who asks.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Limits what they see to the brands of a team.
    pub(crate) team: Option<Arc<Team>>,
    pub(crate) how: How,
}

/// How they came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// There are no users, and the port is reached by those only who are trusted.
    Local,
    /// With a session, by the hash of its secret.
    Session(String),
    /// With a token, by its id.
    Token(String),
    /// A trusted proxy names them.
    Proxy,
}

impl Caller {
    /// Name of anybody, as long as there are no users.
    pub(crate) const LOCAL: &'static str = "local";

    pub(crate) fn local() -> Self {
        Self { name: Self::LOCAL.to_owned(), role: Role::Admin, team: None, how: How::Local }
    }

    /// What counts against one allowance of requests.
    pub(crate) fn key(&self) -> String {
        match &self.how {
            How::Token(id) => format!("token {id}"),
            _ => format!("user {}", self.name),
        }
    }
}

/// The guard has put it there; a route outside of it has nobody's rights.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let nobody = || Self { name: String::new(), role: Role::Viewer, team: None, how: How::Proxy };
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(nobody))
    }
}
