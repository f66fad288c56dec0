//! As fast as it answers: 16 connections that each send the next request with the last answer, made
//! by wrk.

use std::process::Command;

use crate::sites::Site;

const CONNECTIONS: u32 = 16;
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/visitors.lua");

/// What visitors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The greeting page, logged in.
    Greeting,
    /// The same page without a cookie.
    Guest,
    /// One value of the session, without a page.
    OneKey,
    /// A login of somebody who had no session.
    Login,
    /// A change of a session.
    Change,
    /// A login, then its logout, then a login, and so on.
    InAndOut,
    /// 90 of a hundred read the greeting, 5 log in, 4 change something, 1 logs out.
    Mix,
}

impl Deed {
    pub(crate) const ALL: [Self; 7] = [
        Self::Greeting,
        Self::Guest,
        Self::OneKey,
        Self::Login,
        Self::Change,
        Self::InAndOut,
        Self::Mix,
    ];

    /// What the script calls it.
    fn word(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Guest => "guest",
            Self::OneKey => "one",
            Self::Login => "login",
            Self::Change => "change",
            Self::InAndOut => "in-and-out",
            Self::Mix => "mix",
        }
    }
}

/// How many requests a second it answers. One that is answered with an error is an error.
pub(crate) fn put_on(site: &Site, deed: Deed, seconds: u32) -> Result<f64, String> {
    let (path, form) = site.who.change();
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s")]);
    wrk.args(["-s", SCRIPT, &site.url(), "--", deed.word()]);
    wrk.arg(site.who.greeting());
    wrk.args([path, form]).arg(&site.visitors.file);
    let done = wrk.output().map_err(|error| format!("wrk: {error}"))?;
    let said = String::from_utf8_lossy(&done.stdout);
    rate(&said).ok_or_else(|| {
        let errors = String::from_utf8_lossy(&done.stderr);
        format!("{}, {deed:?}: {said}{errors}", site.name())
    })
}

/// `None`: some were not answered, or not well.
fn rate(said: &str) -> Option<f64> {
    let well = !said.contains("Non-2xx") && !said.contains("Socket errors");
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))?;
    line.trim().parse().ok().filter(|_| well)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_and_errors_are_none() {
        assert_eq!(rate("x\nRequests/sec:  28080.03\n"), Some(28080.03));
        assert_eq!(
            rate("Requests/sec: 1\n  Non-2xx or 3xx responses: 3\n"),
            None
        );
        assert_eq!(rate("wrk: unable to connect"), None);
    }
}
