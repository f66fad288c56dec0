//! The audit log: events of `tracing` with a target of their own about all that operators do, each
//! with its name in the field `event` and who did it in `by`.
//!
//! A session is named by its fingerprint. No key, token or value stands in any of them, and nobody's
//! name: those are values too.

/// The target of every event.
pub const TARGET: &str = "huihua::audit";
/// `by` in the console; an address follows.
pub const CONSOLE: &str = "console";
/// `by` on the command line.
pub const COMMAND_LINE: &str = "command line";

/// A login to the console.
pub fn console_opened(by: &str) {
    tracing::info!(target: TARGET, event = "console_opened", by);
}

/// A refused login to the console.
pub fn console_refused(by: &str, why: &str) {
    tracing::warn!(target: TARGET, event = "console_refused", by, why);
}

/// A logout from the console.
pub fn console_closed(by: &str) {
    tracing::info!(target: TARGET, event = "console_closed", by);
}

/// The values of a session were shown.
pub fn values_shown(by: &str, session: &str) {
    tracing::info!(target: TARGET, event = "values_shown", by, session);
}

/// A session was ended.
pub fn session_ended(by: &str, session: &str) {
    tracing::info!(target: TARGET, event = "session_ended", by, session);
}

/// All sessions of a name are about to be ended.
pub fn ending_sessions(by: &str) {
    tracing::info!(target: TARGET, event = "ending_sessions", by);
}

/// The number of sessions of a name that were ended.
pub fn sessions_ended(by: &str, sessions: u64) {
    tracing::info!(target: TARGET, event = "sessions_ended", by, sessions);
}

/// Expired sessions are about to be cleared.
pub fn clearing(by: &str) {
    tracing::info!(target: TARGET, event = "clearing", by);
}

/// The number of expired sessions that were cleared.
pub fn cleared(by: &str, rows: u64) {
    tracing::info!(target: TARGET, event = "cleared", by, rows);
}
