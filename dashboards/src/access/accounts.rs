//! Users and their API tokens: those of `hark.toml`, and those that were added later and are stored.

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Role, UserConfig, check_name, check_password, password, secrets};
use crate::store::{PrivateError, Store};

const USER: &str = "user";
const TOKEN: &str = "token";
/// How an API token begins, so that one that is left lying about is recognised.
const TOKEN_PREFIX: &str = "hark_";

/// A stored user. Never shown as it is: it holds the hash of the password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    /// argon2id; none: only single sign-on lets them in.
    pub(crate) password: Option<String>,
    pub(crate) role: Role,
    pub(crate) team: Option<String>,
    /// Sessions that began earlier are over: the password has changed since.
    pub(crate) since: Timestamp,
    /// Of `hark.toml`, where alone it can be changed.
    #[serde(skip)]
    pub(crate) configured: bool,
}

/// A stored token, under the hash of its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) user: String,
    /// What it is for.
    pub(crate) label: String,
    /// The most that it may do; its user's role caps it.
    pub(crate) scope: Role,
    pub(crate) made_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Why an account cannot be changed so.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The change is not allowed; the text says what would be.
    #[error("{0}")]
    Refused(String),
    /// The database cannot be used.
    #[error(transparent)]
    Private(#[from] PrivateError),
}

/// A user, as people may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Name to log in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their team, which limits what they see.
    pub team: Option<String>,
    /// Whether they can log in with a password.
    pub has_password: bool,
    /// Whether they stand in `hark.toml`, where alone they can be changed.
    pub configured: bool,
}

impl From<&User> for Account {
    fn from(user: &User) -> Self {
        Self {
            name: user.name.clone(),
            role: user.role,
            team: user.team.clone(),
            has_password: user.password.is_some(),
            configured: user.configured,
        }
    }
}

/// The users and tokens of one installation.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) store: Store,
    configured: Vec<User>,
}

impl Accounts {
    /// Users of `hark.toml`, and those stored in the database that `writer` writes.
    ///
    /// # Errors
    ///
    /// When a password's reference cannot be resolved, or it cannot be hashed.
    pub fn new(writer: &hark_store::Access, users: &[UserConfig]) -> Result<Self, String> {
        Ok(Self { store: Store::new(writer), configured: configured(users)? })
    }

    /// All users, by name.
    ///
    /// # Errors
    ///
    /// [`PrivateError`] when the database cannot be used.
    pub async fn list(&self) -> Result<Vec<Account>, PrivateError> {
        Ok(self.users().await?.iter().map(Account::from).collect())
    }

    pub(crate) async fn users(&self) -> Result<Vec<User>, PrivateError> {
        let stored = self.store.all::<User>(USER).await?;
        let mut users = self.configured.clone();
        users.extend(stored.into_iter().map(|(_, user)| user).filter(|user| !is_in(&self.configured, &user.name)));
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }

    /// Adds a user, or changes the role and team of one; `password` stays as it is when `None`.
    ///
    /// # Errors
    ///
    /// [`AccountError::Refused`] for a user of `hark.toml`, a name or password that cannot be taken, and a change that
    /// would leave nobody to manage users.
    pub async fn set(
        &self,
        name: &str,
        role: Role,
        team: Option<String>,
        password: Option<String>,
    ) -> Result<(), AccountError> {
        let refused = AccountError::Refused;
        check_name(name).map_err(|rule| refused(format!("the name {rule}")))?;
        let users = self.users().await?;
        let known = users.iter().find(|user| user.name == name);
        if known.is_some_and(|user| user.configured) {
            return Err(refused(format!("`{name}` stands in hark.toml; change it there")));
        }
        let admin_left = users.iter().any(|user| user.name != name && user.is_admin());
        let is_admin = role == Role::Admin && team.is_none();
        if !(admin_left || is_admin) {
            let why = "there must be an admin without a team, or nobody could manage users; make that one first";
            return Err(refused(why.to_owned()));
        }
        let mut since = known.map_or_else(Timestamp::now, |user| user.since);
        let hash = match password {
            Some(password) => {
                check_password(&password).map_err(|rule| refused(format!("the password {rule}")))?;
                since = Timestamp::now();
                let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
                Some(hashed.map_err(|error| refused(error.to_string()))?.map_err(refused)?)
            }
            None => known.and_then(|user| user.password.clone()),
        };
        let user = User { name: name.to_owned(), password: hash, role, team, since, configured: false };
        Ok(self.store.put(USER, name, &user).await?)
    }

    /// Removes a user with all tokens and sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::Refused`] when there is no such user, it stands in `hark.toml`, or it is the last admin of several
    /// users.
    pub async fn remove(&self, name: &str) -> Result<(), AccountError> {
        let users = self.users().await?;
        let known = users.iter().find(|user| user.name == name);
        let refused = AccountError::Refused;
        let known = known.ok_or_else(|| refused(format!("there is no user `{name}`")))?;
        if known.configured {
            return Err(refused(format!("`{name}` stands in hark.toml; remove it there")));
        }
        if users.len() > 1 && !users.iter().any(|user| user.name != name && user.is_admin()) {
            return Err(refused(format!("`{name}` is the last admin; make another one first")));
        }
        for (key, token) in self.tokens().await? {
            if token.user == name {
                self.store.remove(TOKEN, &key).await?;
            }
        }
        Ok(self.store.remove(USER, name).await?)
    }

    pub(crate) async fn tokens(&self) -> Result<Vec<(String, Token)>, PrivateError> {
        self.store.all(TOKEN).await
    }

    /// Makes a token; the secret is shown once and never again.
    pub(crate) async fn make_token(
        &self,
        user: &str,
        label: String,
        scope: Role,
        expires_at: Option<Timestamp>,
    ) -> Result<(String, Token), PrivateError> {
        let secret = format!("{TOKEN_PREFIX}{}", secrets::random());
        let key = secrets::digest(&secret);
        let id = key.chars().take(12).collect();
        let token = Token { id, user: user.to_owned(), label, scope, made_at: Timestamp::now(), expires_at };
        self.store.put(TOKEN, &key, &token).await?;
        Ok((secret, token))
    }

    pub(crate) async fn remove_token(&self, key: &str) -> Result<(), PrivateError> {
        self.store.remove(TOKEN, key).await
    }
}

impl User {
    fn is_admin(&self) -> bool {
        self.role == Role::Admin && self.team.is_none()
    }
}

/// The users of `hark.toml`, with hashed passwords.
pub(crate) fn configured(users: &[UserConfig]) -> Result<Vec<User>, String> {
    let user = |config: &UserConfig| {
        let secret = config.password.as_ref().map(hark_mention::config::Secret::reveal).transpose();
        let secret = secret.map_err(|error| format!("password of user `{}`: {error}", config.name))?;
        let password = match secret {
            Some(hash) if password::is_hash(&hash) => Some(hash),
            Some(text) => Some(password::hash(&text)?),
            None => None,
        };
        let since = Timestamp::from_millis(0);
        Ok(User {
            name: config.name.clone(),
            password,
            role: config.role,
            team: config.team.clone(),
            since,
            configured: true,
        })
    };
    users.iter().map(user).collect()
}

fn is_in(users: &[User], name: &str) -> bool {
    users.iter().any(|user| user.name == name)
}
