//! Who asks, what they may do, and which brands they may see.
//!
//! A caller is somebody with a session (password or single sign-on), a program with a token, whom a trusted proxy names,
//! or, as long as there are no users and only this machine can reach the port, anybody. [`guard`] finds out before a
//! route runs and refuses by the table in [`rules`]; a route takes [`Caller`](caller::Caller) where it needs to know.
//!
//! The one rule: a team's limits are the database's. Its members' questions run as a database user who can read only
//! views of the team's brands (see [`scope`]), so that no route, and no SQL that somebody writes, can forget them.

mod accounts;
mod caller;
mod config;
pub(crate) mod cookies;
mod guard;
mod oidc;
mod password;
mod role;
mod rules;
mod scope;
pub(crate) mod secrets;
mod sessions;
mod throttle;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, header};
use hark_mention::Timestamp;

pub use accounts::{Account, AccountError, Accounts};
pub(crate) use accounts::{Token, User};
pub(crate) use caller::{Caller, How};
pub(crate) use config::check_teams;
pub use config::{OidcConfig, ProxyConfig, TeamConfig, UserConfig, check_name, check_people};
pub(crate) use guard::guard;
pub(crate) use oidc::{LogIn, Oidc};
pub use password::{check_password, hash as hash_password};
pub use role::Role;
pub(crate) use scope::Team;
pub(crate) use sessions::{Granted, Sessions};

use crate::{
    Options,
    problem::Problem,
    store::{Deed, PrivateError, Store},
};

/// How old what is known of users and tokens may be: a change elsewhere counts at most so much later.
const FRESH: Duration = Duration::from_secs(5);
/// While the database is away, those who were let in before still are, for so long.
const STALE: Duration = Duration::from_secs(600);

/// Users and tokens, as they were a moment ago.
#[derive(Default)]
struct People {
    users: Vec<User>,
    /// By the hash of the secret.
    tokens: HashMap<String, Token>,
}

/// Everything that decides about callers.
pub(crate) struct Access {
    /// Users of `hark.toml`.
    configured: Vec<User>,
    /// Where all others are kept; `None` where the dashboards may not write.
    pub(crate) accounts: Option<Accounts>,
    known: Mutex<Option<(Arc<People>, Instant)>>,
    pub(crate) sessions: Sessions,
    pub(crate) log_ins: throttle::LogIns,
    requests: throttle::Requests,
    pub(crate) oidc: Option<Oidc>,
    proxy: Option<ProxyConfig>,
    pub(crate) teams: Vec<Arc<Team>>,
    /// Whether anybody may come in as long as there are no users.
    local: bool,
    /// Whether browsers reach the page over `https`.
    pub(crate) secure: bool,
    /// Host names that requests may be for, beside this machine's own; `None` for any.
    pub(crate) hosts: Option<Vec<String>>,
}

impl Access {
    /// # Errors
    ///
    /// A rule for a person, when a secret cannot be had or single sign-on cannot be set up.
    pub(crate) fn new(options: &Options, loopback: bool) -> Result<Self, String> {
        let config = &options.config;
        let accounts = options.writer.as_ref().map(|writer| Accounts::new(writer, &options.users)).transpose()?;
        let public = config.public_url.as_deref().and_then(|url| url.parse::<url::Url>().ok());
        let public_host = public.as_ref().and_then(|url| url.host_str()).map(str::to_ascii_lowercase);
        let hosts = match (loopback, public_host) {
            (false, None) => None,
            (_, host) => Some(host.into_iter().collect()),
        };
        let store = accounts.as_ref().map(|accounts| accounts.store.clone());
        Ok(Self {
            configured: accounts::configured(&options.users)?,
            known: Mutex::default(),
            sessions: Sessions::new(store, config.session.duration()),
            log_ins: throttle::LogIns::default(),
            requests: throttle::Requests::new(config.requests_per_minute),
            oidc: config.oidc.as_ref().map(|oidc| Oidc::new(oidc, config.public_url.as_deref())).transpose()?,
            proxy: config.proxy.clone(),
            teams: options.teams.iter().map(|team| Arc::new(Team::new(team, options.writer.as_ref()))).collect(),
            local: loopback || config.trusted_network,
            secure: public.is_some_and(|url| url.scheme() == "https"),
            hosts,
            accounts,
        })
    }

    /// Whether anybody needs to log in, as far as the configuration tells.
    pub(crate) fn is_configured(&self) -> bool {
        !self.configured.is_empty() || self.oidc.is_some() || self.proxy.is_some()
    }

    /// The dashboards' own records.
    ///
    /// # Errors
    ///
    /// [`Problem`] where the dashboards may not write.
    pub(crate) fn accounts(&self) -> Result<&Accounts, Problem> {
        self.accounts.as_ref().ok_or_else(|| {
            Problem::unavailable("nothing can be kept: the dashboards have no `[clickhouse] user` that writes")
        })
    }

    pub(crate) fn store(&self) -> Result<&Store, Problem> {
        Ok(&self.accounts()?.store)
    }

    /// Whether there is anybody who could log in.
    ///
    /// # Errors
    ///
    /// Why it cannot be told.
    pub(crate) async fn has_users(&self) -> Result<bool, PrivateError> {
        Ok(!self.read_people().await?.users.is_empty())
    }

    /// Whether nobody needs to log in: there are no users, and only those who are trusted reach the port.
    pub(crate) async fn is_open(&self) -> Result<bool, Problem> {
        Ok(self.local && !self.is_configured() && self.people().await?.users.is_empty())
    }

    /// Who sends these headers; `None` for nobody that is known.
    ///
    /// # Errors
    ///
    /// [`Problem`] when a token is wrong, a proxy names somebody who may not come in, or the users cannot be read.
    pub(crate) async fn caller(&self, headers: &HeaderMap, peer: SocketAddr) -> Result<Option<Caller>, Problem> {
        let people = self.people().await?;
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let secret = authorization.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
            let caller = secret.and_then(|secret| self.by_token(&people, secret.trim()));
            return caller.map(Some).ok_or_else(Problem::wrong_token);
        }
        if let Some(caller) = self.by_proxy(&people, headers, peer.ip()) {
            return caller.map(Some);
        }
        let cookie = cookies::read(headers, &self.session_cookie());
        if let Some((hash, session)) = match cookie {
            Some(secret) => self.sessions.find(secret).await?,
            None => None,
        } && let Some((role, team)) = known_or_granted(&people, &session.user, session.granted, session.began_at)
        {
            return Ok(self.with_team(session.user, role, team, How::Session(hash)));
        }
        let nobody_needs_to = self.local && !self.is_configured() && people.users.is_empty();
        Ok(nobody_needs_to.then(Caller::local))
    }

    fn by_token(&self, people: &People, secret: &str) -> Option<Caller> {
        let token = people.tokens.get(&secrets::digest(secret))?;
        let now = Timestamp::now().as_millis();
        if token.expires_at.is_some_and(|at| at.as_millis() <= now) {
            return None;
        }
        let (role, team) = match people.users.iter().find(|user| user.name == token.user) {
            Some(user) => (user.role, user.team.clone()),
            // One that was made before there were users.
            None if token.user == Caller::LOCAL && people.users.is_empty() && self.local => (Role::Admin, None),
            None => return None,
        };
        self.with_team(token.user.clone(), role.min(token.scope), team, How::Token(token.id.clone()))
    }

    fn by_proxy(&self, people: &People, headers: &HeaderMap, peer: IpAddr) -> Option<Result<Caller, Problem>> {
        let proxy = self.proxy.as_ref().filter(|proxy| proxy.trusted.iter().any(|net| net.contains(&peer)))?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let name = text(&proxy.user_header).filter(|name| check_name(name).is_ok())?.to_owned();
        let groups: Vec<String> = text(&proxy.groups_header)
            .map(|groups| groups.split(',').map(|group| group.trim().to_owned()).collect())
            .unwrap_or_default();
        let granted = config::granted(&groups, &proxy.roles, &proxy.teams, proxy.default_role);
        let user = people.users.iter().find(|user| user.name == name);
        let caller = user.map(|user| (user.role, user.team.clone())).or(granted);
        let caller = caller.and_then(|(role, team)| self.with_team(name.clone(), role, team, How::Proxy));
        Some(caller.ok_or_else(|| Problem::not_admitted(&name)))
    }

    /// `None` for a team that is not configured any more: whoever belongs to it sees nothing rather than everything.
    fn with_team(&self, name: String, role: Role, team: Option<String>, how: How) -> Option<Caller> {
        let team = match team {
            None => None,
            Some(wanted) => Some(self.teams.iter().find(|team| team.name == wanted).cloned()?),
        };
        Some(Caller { name, role, team, how })
    }

    /// The users and tokens, at most [`FRESH`] old.
    async fn people(&self) -> Result<Arc<People>, Problem> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let age = known.as_ref().map(|(_, at)| at.elapsed());
        if let Some((people, _)) = known.as_ref().filter(|_| age.is_some_and(|age| age < FRESH)) {
            return Ok(Arc::clone(people));
        }
        match (self.read_people().await, known) {
            (Ok(people), _) => {
                let people = Arc::new(people);
                let now = (Arc::clone(&people), Instant::now());
                *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                Ok(people)
            }
            (Err(_), Some((people, at))) if at.elapsed() < STALE => Ok(people),
            (Err(error), _) => Err(Problem::unavailable(error.to_string())),
        }
    }

    async fn read_people(&self) -> Result<People, PrivateError> {
        let Some(accounts) = &self.accounts else {
            return Ok(People { users: self.configured.clone(), tokens: HashMap::new() });
        };
        let (users, tokens) = tokio::try_join!(accounts.users(), accounts.tokens())?;
        Ok(People { users, tokens: tokens.into_iter().collect() })
    }

    /// Reads users and tokens anew with the next request: somebody has changed them here.
    pub(crate) fn forget_people(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The user with this name and password, who may log in so.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the users cannot be read.
    pub(crate) async fn by_password(&self, name: &str, password: String) -> Result<Option<User>, Problem> {
        let people = self.people().await?;
        let user = people.users.iter().find(|user| user.name == name);
        let hash = user.and_then(|user| user.password.clone());
        let right = password::matches(password, hash).await;
        Ok(user.filter(|_| right).cloned())
    }

    /// Whether somebody of this name logs in with a password, so that single sign-on must not take the name.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the users cannot be read.
    pub(crate) async fn has_password(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.people().await?.users.iter().any(|user| user.name == name && user.password.is_some()))
    }

    /// Whether somebody who is granted so much would come in.
    pub(crate) async fn admits(&self, name: &str, granted: Option<Granted>) -> Result<bool, Problem> {
        let people = self.people().await?;
        let found = known_or_granted(&people, name, granted, Timestamp::now());
        Ok(found.is_some_and(|(role, team)| self.with_team(name.to_owned(), role, team, How::Proxy).is_some()))
    }

    /// Takes one request of the caller's allowance.
    ///
    /// # Errors
    ///
    /// [`Problem`] when it is used up.
    pub(crate) fn allow(&self, caller: &Caller) -> Result<(), Problem> {
        if matches!(caller.how, How::Local) {
            return Ok(());
        }
        self.requests.take(&caller.key(), Instant::now()).map_err(Problem::too_many_requests)
    }

    /// Name of the session's cookie.
    pub(crate) fn session_cookie(&self) -> String {
        cookies::named("hark_session", self.secure)
    }

    /// Notes what somebody did, in the log and, where the dashboards may write, for good.
    pub(crate) fn audit(&self, who: &str, action: &'static str, what: &str, address: IpAddr) {
        tracing::info!(who, action, what, %address, "audit");
        let Some(accounts) = &self.accounts else { return };
        let (store, at_ms) = (accounts.store.clone(), Timestamp::now().as_millis());
        let (action, address) = (action.to_owned(), address.to_string());
        let deed = Deed { at_ms, who: who.to_owned(), action, what: what.to_owned(), address };
        tokio::spawn(async move {
            if let Err(error) = store.note(&deed).await {
                tracing::error!(%error, who = deed.who, action = deed.action, "could not be noted in the audit log");
            }
        });
    }
}

/// What somebody with a session may do: what the users say of them, or what single sign-on granted.
fn known_or_granted(
    people: &People,
    name: &str,
    granted: Option<Granted>,
    began_at: Timestamp,
) -> Option<(Role, Option<String>)> {
    match people.users.iter().find(|user| user.name == name) {
        Some(user) => (began_at.as_millis() >= user.since.as_millis()).then(|| (user.role, user.team.clone())),
        None => granted.map(|granted| (granted.role, granted.team)),
    }
}
