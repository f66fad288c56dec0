//! Events of sessions, in `tracing`, for logs and counters.
//!
//! Each has the target [`TARGET`] and its name in the field `event`. Those of one session have in the
//! field `session` the beginning of its key's hash: enough to find the session
//! (`huihua sessions keys 'a1b2*'`, while keys are hashed), and nothing to open it with.
//!
//! | `event` | level | |
//! |---|---|---|
//! | `begun` | info | somebody who was nobody has a session now |
//! | `login` | info | somebody logged in: see [`crate::Session::login`]; `begins`: there was no session before it |
//! | `renewed` | info | a session goes on under a new key |
//! | `logout` | info | a session was ended by its owner |
//! | `expired` | info | a session was asked for that had ended by itself |
//! | `cleared` | info | expired rows were removed; `rows`: how many |
//! | `touch_failed` | warn | the end of a session couldn't be put off, and its page was served; `error` |
//! | `refused_payload` | warn | what was stored, or sent, isn't signed by us; `why` |
//! | `store_failed` | error | a request was answered with 503; `error` |
//!
//! Everything logged while a session's request is handled stands in the span `unit_of_work` (debug), which has
//! the field `session` too: `RUST_LOG=info,huihua=debug`.
//!
//! Stores that drop expired rows by themselves tell nobody, so not every end is an `expired`.

use crate::{engine, key::Fingerprint, signing::VerifyError, tower_sessions::session::Id};

/// The target of every event.
pub const TARGET: &str = "huihua::session";

pub(crate) fn begun(session: Id, is_login: bool) {
    if is_login { login(session, true) } else { happened("begun", session) }
}

pub(crate) fn renewed(session: Id, is_login: bool) {
    if is_login { login(session, false) } else { happened("renewed", session) }
}

fn login(session: Id, begins: bool) {
    tracing::info!(target: TARGET, event = "login", session = %Fingerprint::of(session), begins);
}

pub(crate) fn logout(session: Id) {
    happened("logout", session);
}

pub(crate) fn expired(session: Id) {
    happened("expired", session);
}

fn happened(event: &str, session: Id) {
    tracing::info!(target: TARGET, event, session = %Fingerprint::of(session));
}

#[cfg(any(feature = "sql", feature = "cache", feature = "file"))]
pub(crate) fn cleared(rows: u64) {
    tracing::info!(target: TARGET, event = "cleared", rows, "expired sessions removed");
}

pub(crate) fn refused_payload(session: Id, why: VerifyError) {
    tracing::warn!(target: TARGET, event = "refused_payload", session = %Fingerprint::of(session), %why);
}

pub(crate) fn touch_failed(session: Id, error: &engine::Error) {
    tracing::warn!(target: TARGET, event = "touch_failed", session = %Fingerprint::of(session), %error);
}

pub(crate) fn store_failed(error: &engine::Error) {
    tracing::error!(target: TARGET, event = "store_failed", %error, "the session store is broken");
}
