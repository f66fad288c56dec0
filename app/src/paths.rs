//! Paths of pages and forms that more than one file names. A server function's is its `PATH`.

pub const LOGIN: &str = "/login/";
/// The status of the visitor's session, as JSON.
pub const SESSION_STATUS: &str = "/session/";

/// The console's overview, or its login.
pub const CONSOLE: &str = "/console/";
pub const CONSOLE_LOGOUT: &str = "/console/leave/";
/// The part of the overview that is refreshed.
pub const CONSOLE_NOW: &str = "/console/now/";
pub const CONSOLE_CLEAR: &str = "/console/clear/";
pub const CONSOLE_END_ALL: &str = "/console/end-all/";
pub const CONSOLE_SESSIONS: &str = "/console/sessions/";
pub const CONSOLE_SESSION: &str = "/console/session/";
pub const CONSOLE_END_SESSION: &str = "/console/session/end/";
