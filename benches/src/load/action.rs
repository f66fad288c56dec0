//! Actions of visitors, in the words of the script for wrk.

/// The greeting page, logged in.
pub(super) const GREETING: &str = "greeting";
/// The same page without a cookie.
pub(super) const GUEST: &str = "guest";
/// One value of the session, without a page.
pub(super) const ONE_KEY: &str = "one";
/// A login of somebody who had no session.
pub(super) const LOGIN: &str = "login";
/// A change of a session.
pub(super) const CHANGE: &str = "change";
/// A login, then its logout, then a login, and so on.
pub(super) const IN_AND_OUT: &str = "in-and-out";
/// 90 of a hundred read the greeting, 5 log in, 4 change something, 1 logs out.
pub(super) const MIX: &str = "mix";
