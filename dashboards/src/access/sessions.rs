//! Sessions: a random secret in a cookie, and its hash with who began it in the database.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Role, secrets};
use crate::{problem::Problem, store::Store};

const SESSION: &str = "session";
/// How old what is known of a session may be: one that is ended elsewhere goes on at most so long.
const FRESH: Duration = Duration::from_secs(10);
/// Most sessions that are remembered here; more are looked up each time.
const MOST: usize = 10_000;

/// What single sign-on granted to somebody who is not among the users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Granted {
    pub(crate) role: Role,
    pub(crate) team: Option<String>,
}

/// A session, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) user: String,
    pub(crate) granted: Option<Granted>,
    pub(crate) began_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

/// The sessions of these dashboards, and of all others on the same database.
pub(crate) struct Sessions {
    /// `None`: they last as long as this process.
    store: Option<Store>,
    lasts: Duration,
    known: Mutex<HashMap<String, (Option<Session>, Instant)>>,
}

impl Sessions {
    pub(crate) fn new(store: Option<Store>, lasts: Duration) -> Self {
        Self { store, lasts, known: Mutex::default() }
    }

    /// How many seconds a session lasts.
    pub(crate) fn seconds(&self) -> u64 {
        self.lasts.as_secs()
    }

    /// Begins a session; gives the secret for the cookie.
    pub(crate) async fn begin(&self, user: &str, granted: Option<Granted>) -> Result<String, Problem> {
        let secret = secrets::random();
        let began_at = Timestamp::now();
        let lasts = i64::try_from(self.lasts.as_millis()).unwrap_or(i64::MAX);
        let ends_at = Timestamp::from_millis(began_at.as_millis().saturating_add(lasts));
        let session = Session { user: user.to_owned(), granted, began_at, ends_at };
        let hash = secrets::digest(&secret);
        if let Some(store) = &self.store {
            store.put(SESSION, &hash, &session).await.map_err(Problem::private)?;
        }
        self.remember(hash, Some(session));
        Ok(secret)
    }

    /// The session with this secret, and the hash that it is known by.
    pub(crate) async fn find(&self, secret: &str) -> Result<Option<(String, Session)>, Problem> {
        let hash = secrets::digest(secret);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        let session = match (known, &self.store) {
            (Some((session, at)), Some(_)) if at.elapsed() < FRESH => session,
            (known, None) => known.and_then(|(session, _)| session),
            (known, Some(store)) => match (store.get::<Session>(SESSION, &hash).await, known) {
                (Ok(session), _) => {
                    self.remember(hash.clone(), session.clone());
                    session
                }
                // While the database is away, who was in stays in.
                (Err(_), Some((session, _))) => session,
                (Err(error), None) => return Err(Problem::private(error)),
            },
        };
        let now = Timestamp::now().as_millis();
        Ok(session.filter(|session| session.ends_at.as_millis() > now).map(|session| (hash, session)))
    }

    /// Ends a session.
    pub(crate) async fn end(&self, hash: &str) -> Result<(), Problem> {
        self.remember(hash.to_owned(), None);
        match &self.store {
            Some(store) => store.remove(SESSION, hash).await.map_err(Problem::private),
            None => Ok(()),
        }
    }

    fn remember(&self, hash: String, session: Option<Session>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && self.store.is_some() {
            known.retain(|_, (_, at)| at.elapsed() < FRESH);
        }
        if known.len() < MOST {
            known.insert(hash, (session, Instant::now()));
        }
    }
}
