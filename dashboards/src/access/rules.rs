//! What each route asks of its caller. The one table: a route that is not named may be read by every viewer, and written
//! by editors only.

use axum::http::Method;

use super::Role;

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: whoever reaches the port.
    Nothing,
    /// A role.
    Role(Role),
    /// A role, and to see all brands: what it tells is not divided by brand.
    AllBrands(Role),
}

/// What the route at `path` below `/api/v1` asks of its caller.
pub(crate) fn needs(method: &Method, path: &str) -> Needs {
    let reads = method == Method::GET || method == Method::HEAD;
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match (first, reads) {
        ("session" | "openapi.json", _) => Needs::Nothing,
        // Each for oneself.
        ("tokens" | "password" | "views" | "preferences" | "visits", _) => Needs::Role(Role::Viewer),
        ("triage", _) => Needs::Role(Role::Analyst),
        ("sql", _) => Needs::Role(Role::Analyst),
        ("export", _) => Needs::Role(Role::Analyst),
        ("dead-letters" | "verify" | "metrics", true) => Needs::AllBrands(Role::Viewer),
        ("dead-letters" | "verify", false) => Needs::AllBrands(Role::Editor),
        // A preview compares with all mentions, and a rule labels those of every team.
        ("rules" | "relabel", true) => Needs::AllBrands(Role::Viewer),
        ("rules" | "relabel", false) => Needs::AllBrands(Role::Editor),
        ("users" | "teams" | "audit", _) => Needs::AllBrands(Role::Admin),
        (_, true) => Needs::Role(Role::Viewer),
        (_, false) => Needs::Role(Role::Editor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_read_by_viewers_and_written_by_editors() {
        assert_eq!(needs(&Method::GET, "/mentions"), Needs::Role(Role::Viewer));
        assert_eq!(needs(&Method::POST, "/corrections"), Needs::Role(Role::Editor));
        assert_eq!(needs(&Method::GET, "/nowhere"), Needs::Role(Role::Viewer));
        assert_eq!(needs(&Method::GET, "/users"), Needs::AllBrands(Role::Admin));
        assert_eq!(needs(&Method::GET, "/users/"), Needs::AllBrands(Role::Admin));
        assert_eq!(needs(&Method::GET, "//users"), Needs::AllBrands(Role::Admin));
        assert_eq!(needs(&Method::POST, "/sql/estimate"), Needs::Role(Role::Analyst));
        assert_eq!(needs(&Method::HEAD, "/dead-letters"), Needs::AllBrands(Role::Viewer));
    }
}
