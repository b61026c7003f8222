//! `[[user]]`, `[[team]]`, `[dashboards.oidc]` and `[dashboards.proxy]`: who may come in, and what they may see.

use std::collections::{BTreeMap, BTreeSet};

use hark_mention::config::{Problem, Secret};
use ipnet::IpNet;
use serde::Deserialize;

use super::Role;

/// `[[user]]`: somebody who may log in. Users can also be added with `hark user add` or on the page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserConfig {
    /// Name to log in with.
    pub name: String,
    /// The password, or its argon2id hash as `hark user hash` prints it. Default: none, then only single sign-on lets
    /// them in.
    #[serde(default)]
    pub password: Option<Secret>,
    /// What they may do: viewer, analyst, editor or admin. Default: viewer.
    #[serde(default)]
    pub role: Role,
    /// Name of a `[[team]]`: they see the mentions of its brands only. Default: none, then they see all.
    #[serde(default)]
    pub team: Option<String>,
}

/// `[[team]]`: people who see the mentions of some brands only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamConfig {
    /// Its name.
    pub name: String,
    /// The brands that it sees.
    pub brands: Vec<String>,
}

/// `[dashboards.oidc]`: single sign-on with OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// Address of the provider: `https://login.example.org/realms/main`.
    pub issuer: String,
    /// The name that the provider knows Hark by.
    pub client_id: String,
    /// The secret that goes with it. Default: none, for a public client; PKCE is used in any case.
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// What the log-in page calls it. Default: `single sign-on`.
    #[serde(default = "OidcConfig::default_label")]
    pub label: String,
    /// What is asked for beside `openid`. Default: `["profile", "email"]`.
    #[serde(default = "OidcConfig::default_scopes")]
    pub scopes: Vec<String>,
    /// Claim that names the user. Default: `email`, which the provider must not call unverified.
    #[serde(default = "OidcConfig::default_name_claim")]
    pub name_claim: String,
    /// Claim that lists groups. Default: `groups`.
    #[serde(default = "OidcConfig::default_groups_claim")]
    pub groups_claim: String,
    /// What members of a group may do: `{ "hark-admins" = "admin" }`; the most counts. Default: none.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    /// The `[[team]]` of a group's members. Default: none.
    #[serde(default)]
    pub teams: BTreeMap<String, String>,
    /// What everyone else may do. Default: none, then nobody else comes in.
    #[serde(default)]
    pub default_role: Option<Role>,
}

impl OidcConfig {
    fn default_label() -> String {
        "single sign-on".to_owned()
    }

    fn default_scopes() -> Vec<String> {
        vec!["profile".to_owned(), "email".to_owned()]
    }

    fn default_name_claim() -> String {
        "email".to_owned()
    }

    fn default_groups_claim() -> String {
        "groups".to_owned()
    }
}

/// `[dashboards.proxy]`: a proxy in front logs people in and tells who they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// Networks that the proxy asks from: `["10.0.0.0/8"]`. The headers of everyone else are ignored.
    pub trusted: Vec<IpNet>,
    /// Header with the user's name. Default: `x-forwarded-user`.
    #[serde(default = "ProxyConfig::default_user_header")]
    pub user_header: String,
    /// Header with the user's groups, separated by commas. Default: `x-forwarded-groups`.
    #[serde(default = "ProxyConfig::default_groups_header")]
    pub groups_header: String,
    /// What members of a group may do; the most counts. Default: none.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    /// The `[[team]]` of a group's members. Default: none.
    #[serde(default)]
    pub teams: BTreeMap<String, String>,
    /// What everyone else may do. Default: none, then nobody else comes in.
    #[serde(default)]
    pub default_role: Option<Role>,
}

impl ProxyConfig {
    fn default_user_header() -> String {
        "x-forwarded-user".to_owned()
    }

    fn default_groups_header() -> String {
        "x-forwarded-groups".to_owned()
    }
}

/// Role and team that groups give; `None` when they let nobody in.
pub(crate) fn granted(
    groups: &[String],
    roles: &BTreeMap<String, Role>,
    teams: &BTreeMap<String, String>,
    default_role: Option<Role>,
) -> Option<(Role, Option<String>)> {
    let role = groups.iter().filter_map(|group| roles.get(group)).max().copied().or(default_role)?;
    Some((role, groups.iter().find_map(|group| teams.get(group)).cloned()))
}

/// What is wrong with users and teams.
pub fn check_people(users: &[UserConfig], teams: &[TeamConfig], problems: &mut Vec<Problem>) {
    let mut names = BTreeSet::new();
    for (at, team) in teams.iter().enumerate() {
        if team.name.is_empty() || !names.insert(&team.name) {
            problems.push(Problem::new(
                format!("team[{at}].name"),
                format!("must be a name of its own, found `{}`", team.name),
            ));
        }
        if team.brands.is_empty() {
            problems.push(Problem::new(format!("team[{at}].brands"), "must name a brand; who sees all needs no team"));
        }
    }
    let mut known = BTreeSet::new();
    for (at, user) in users.iter().enumerate() {
        if let Err(rule) = check_name(&user.name) {
            problems.push(Problem::new(format!("user[{at}].name"), rule));
        } else if !known.insert(&user.name) {
            problems.push(Problem::new(format!("user[{at}].name"), format!("`{}` stands twice", user.name)));
        }
        if let Some(team) = user.team.as_ref().filter(|team| !names.contains(team)) {
            problems.push(Problem::new(format!("user[{at}].team"), format!("there is no [[team]] named `{team}`")));
        }
    }
}

/// Whether somebody may be called so.
///
/// # Errors
///
/// The rule, for a person.
pub fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    if (1..=100).contains(&name.chars().count()) && name.chars().all(plain) {
        return Ok(());
    }
    Err(format!("must be 1 to 100 characters without spaces, found `{}`", name.escape_debug()))
}

/// Checks the names of teams that groups are given.
pub(crate) fn check_teams(
    path: &str,
    mapped: &BTreeMap<String, String>,
    teams: &[TeamConfig],
    problems: &mut Vec<Problem>,
) {
    for team in mapped.values().filter(|name| teams.iter().all(|team| team.name != **name)) {
        problems.push(Problem::new(format!("{path}.teams"), format!("there is no [[team]] named `{team}`")));
    }
}
