//! What operators do, for whoever has to answer for it: events of `tracing` with a target of their
//! own, each with its name in the field `event` and who did it in `by`.
//!
//! A session is named by the beginning of its key's hash. No key, token or value stands in any of
//! them, and nobody's name: those are values too.

/// The target of every event.
pub const TARGET: &str = "huihua::audit";
/// Who did it: an operator in the console. The address follows, where there is one.
pub const CONSOLE: &str = "console";
/// Who did it: an operator on the command line.
pub const COMMAND_LINE: &str = "command line";

/// Somebody came into the console.
pub fn console_opened(by: &str) {
    tracing::info!(target: TARGET, event = "console_opened", by);
}

/// Somebody wanted to come into the console and may not: `why`.
pub fn console_refused(by: &str, why: &str) {
    tracing::warn!(target: TARGET, event = "console_refused", by, why);
}

/// Somebody left the console.
pub fn console_closed(by: &str) {
    tracing::info!(target: TARGET, event = "console_closed", by);
}

/// Somebody was shown what a session holds.
pub fn values_shown(by: &str, session: &str) {
    tracing::info!(target: TARGET, event = "values_shown", by, session);
}

/// A session was ended.
pub fn session_ended(by: &str, session: &str) {
    tracing::info!(target: TARGET, event = "session_ended", by, session);
}

/// All sessions of a name are being ended.
pub fn ending_sessions(by: &str) {
    tracing::info!(target: TARGET, event = "ending_sessions", by);
}

/// So many sessions of a name were ended.
pub fn sessions_ended(by: &str, sessions: u64) {
    tracing::info!(target: TARGET, event = "sessions_ended", by, sessions);
}

/// Expired sessions are being cleared.
pub fn clearing(by: &str) {
    tracing::info!(target: TARGET, event = "clearing", by);
}

/// So many expired sessions were cleared.
pub fn cleared(by: &str, rows: u64) {
    tracing::info!(target: TARGET, event = "cleared", by, rows);
}
