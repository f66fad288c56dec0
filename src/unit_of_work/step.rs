//! A request's step: the one thing that it does to its session, and what came of it.

use std::sync::Arc;

use serde_json::Value;
use time::Duration;

use super::{loaded_session::LoadedSession, state::SessionState};
use crate::{data::Changes, engine::Error, expiry::ExpiryPolicy, key::SessionKey};

/// The instruction to the browser about its cookie.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CookieAction {
    Leave,
    /// An `age` of `None`: until it is closed.
    Set {
        value: String,
        age: Option<Duration>,
    },
    Remove,
}

/// The one thing that a request does to its session.
#[derive(Debug)]
pub(super) enum Step {
    /// It had none, and has one now.
    Begin {
        key: SessionKey,
        changes: Changes,
        policy: Option<ExpiryPolicy>,
        is_login: bool,
    },
    /// The same session, with another state.
    Change {
        seen: Arc<LoadedSession>,
        changes: Changes,
        policy: Option<ExpiryPolicy>,
    },
    /// Another key.
    Renew(Renewal),
    /// A visit that changed nothing, and puts off the session's end.
    Touch(Arc<LoadedSession>),
    LogOut(Arc<LoadedSession>),
}

/// A new key: the session goes on under it, or another begins in its place.
#[derive(Debug)]
pub(super) struct Renewal {
    pub(super) seen: Arc<LoadedSession>,
    pub(super) key: SessionKey,
    pub(super) changes: Changes,
    pub(super) policy: Option<ExpiryPolicy>,
    /// True if the session comes along; else it was ended, and the changes are all there is.
    pub(super) carries: bool,
    pub(super) login: Option<Login>,
}

/// A login in this request: see [`crate::Session::login`].
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) key: String,
    pub(super) who: Value,
    /// The session had been ended before: it stays so, even if the login fails.
    pub(super) after_flush: bool,
}

/// A step that was done.
pub(super) struct Done {
    pub(super) action: CookieAction,
    /// The session as it is now.
    pub(super) seen: Option<Arc<LoadedSession>>,
    /// Why it isn't known whether all of it was done.
    pub(super) doubt: Option<Error>,
}

impl Done {
    pub(super) fn new(action: CookieAction, seen: Option<Arc<LoadedSession>>) -> Self {
        Self { action, seen, doubt: None }
    }

    /// Somebody logged out meanwhile. The cookie isn't ours to remove: the browser may have a newer
    /// one by now.
    pub(super) fn gone() -> Self {
        tracing::debug!("the session ended while this request was under way; nothing was saved");
        Self::new(CookieAction::Leave, None)
    }
}

impl Renewal {
    /// True if the handler ended the session, also if somebody logged in after that.
    pub(super) fn is_logout(&self) -> bool {
        let login = self.login.as_ref();
        !self.carries && login.is_none_or(|login| login.after_flush)
    }

    /// The state under the new key, of what came along. A login begins it anew.
    pub(super) fn applied_to(&self, state: SessionState) -> SessionState {
        let mut state = state.changed(&self.changes, self.policy);
        if self.login.is_some() {
            state.forget_beginning();
        }
        state
    }
}
