//! Sessions: connections that outlive a request, so that temporary tables and `SET` last.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::errors::{Code, Exception};
use super::request::SessionRequest;
use crate::ffi::Connection;

/// How many sessions are held at most; the one that has been idle longest makes room.
const MAX_SESSIONS: usize = 128;
/// How long a request waits for its session. A client that has all its rows may ask again a moment before the request that
/// gave them is over.
const PATIENCE: Duration = Duration::from_millis(500);

enum State {
    /// A request is using the connection.
    Busy,
    Idle {
        connection: Connection,
        expires: Instant,
    },
}

/// The sessions of one server.
#[derive(Default)]
pub(crate) struct Sessions {
    states: Mutex<HashMap<String, State>>,
    given_back: Condvar,
}

/// A session held by one request; it goes back when dropped.
pub(crate) struct Held<'s> {
    sessions: &'s Sessions,
    id: String,
    timeout: Duration,
    connection: Option<Connection>,
}

impl Sessions {
    /// Takes the session's connection, or starts a new session with `open`.
    ///
    /// # Errors
    /// 373 when another request is using it, 372 when it must exist and does not, 202 when too many are in use.
    pub(crate) fn hold(
        &self,
        request: &SessionRequest,
        open: impl FnOnce() -> Result<Connection, Exception>,
    ) -> Result<Held<'_>, Exception> {
        let id = request.id.clone();
        let busy = |states: &mut HashMap<String, State>| matches!(states.get(&id), Some(State::Busy));
        let waited = self.given_back.wait_timeout_while(self.lock(), PATIENCE, busy);
        let (mut states, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let found = match states.remove(&id) {
            Some(State::Busy) => {
                states.insert(id.clone(), State::Busy);
                return Err(Exception::new(
                    Code::SESSION_IS_LOCKED,
                    format_args!("Session {id} is locked by a concurrent client"),
                ));
            }
            Some(State::Idle { connection, expires }) if expires > Instant::now() => Some(connection),
            _ if request.must_exist => {
                return Err(Exception::new(Code::SESSION_NOT_FOUND, format_args!("Session {id} not found")));
            }
            _ => None,
        };
        if found.is_none() && states.len() >= MAX_SESSIONS {
            make_room(&mut states)?;
        }
        states.insert(id.clone(), State::Busy);
        drop(states);
        let mut held = Held { sessions: self, id, timeout: request.timeout, connection: found };
        if held.connection.is_none() {
            held.connection = Some(open()?);
        }
        Ok(held)
    }

    /// Closes the sessions whose time is over.
    pub(crate) fn expire(&self) {
        let now = Instant::now();
        self.lock().retain(|_, state| !matches!(state, State::Idle { expires, .. } if *expires <= now));
    }

    /// Closes every idle session.
    pub(crate) fn close(&self) {
        self.lock().retain(|_, state| matches!(state, State::Busy));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(states: &mut HashMap<String, State>) -> Result<(), Exception> {
    let idle = states.iter().filter_map(|(id, state)| match state {
        State::Idle { expires, .. } => Some((*expires, id.clone())),
        State::Busy => None,
    });
    match idle.min() {
        Some((_, id)) => {
            states.remove(&id);
            Ok(())
        }
        None => Err(Exception::new(Code::TOO_MANY_SIMULTANEOUS_QUERIES, "Too many sessions in use")),
    }
}

impl Held<'_> {
    pub(crate) fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut states = self.sessions.lock();
        match self.connection.take() {
            Some(connection) => {
                let expires = Instant::now() + self.timeout;
                states.insert(std::mem::take(&mut self.id), State::Idle { connection, expires });
            }
            None => {
                states.remove(&self.id);
            }
        }
        drop(states);
        self.sessions.given_back.notify_all();
    }
}
