//! The sites under load.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};
use servers::{Listener, Redis};

use super::programs::{
    AXUM, At, CACHED_DB, COOKIES, DJANGO, EXPRESS, HUIHUA, MEMORY, NOWHERE, Programs, REDIS,
    SQLITE, SWAPPED, TOWER,
};
use crate::client::Client;

// Actions of visitors, in the words of the script for wrk.

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

/// Visitors who are logged in, and have their turn one after the other.
const VISITORS: usize = 100;

/// Something that runs and answers.
pub(super) struct Site {
    /// Whose program it is.
    pub(super) who: &'static str,
    /// The store of its sessions.
    pub(super) store: &'static str,
    /// Both.
    pub(super) name: String,
    /// The cookies of everybody who is logged in, and the file that holds them line by line.
    pub(super) cookies: Vec<String>,
    pub(super) cookie_file: PathBuf,
    /// Bytes of the greeting page.
    pub(super) page: usize,
    pub(super) listener: Listener,
    /// Its Redis, if it has one: of its own, so that nobody's keys are in another's way.
    _redis: Option<Redis>,
}

const ALL: [(&str, &str); 18] = [
    (HUIHUA, SQLITE),
    (HUIHUA, REDIS),
    (HUIHUA, MEMORY),
    (HUIHUA, CACHED_DB),
    (HUIHUA, COOKIES),
    (HUIHUA, NOWHERE),
    (DJANGO, SQLITE),
    (DJANGO, REDIS),
    (DJANGO, COOKIES),
    (EXPRESS, SQLITE),
    (EXPRESS, REDIS),
    (SWAPPED, SQLITE),
    (TOWER, SQLITE),
    (SWAPPED, REDIS),
    (TOWER, REDIS),
    (SWAPPED, MEMORY),
    (TOWER, MEMORY),
    (AXUM, NOWHERE),
];

impl Site {
    /// Starts all of them, each with visitors who are logged in.
    pub(super) fn start_all(folder: &Path) -> Result<Vec<Self>> {
        let programs = Programs::find()?;
        let all = ALL.iter();
        all.map(|&(who, store)| Self::start(&programs, folder, who, store)).collect()
    }

    fn start(
        programs: &Programs,
        folder: &Path,
        who: &'static str,
        store: &'static str,
    ) -> Result<Self> {
        // As Redis is when nobody sets anything, but that it takes no snapshot while load is put on.
        let redis = || Redis::start_with(&["--appendonly", "no", "--save", ""]);
        let redis = (store == REDIS).then(redis).transpose()?;
        let listener = Listener::start(|port, folder| {
            let database = folder.join("sessions.sqlite3").display().to_string();
            let at = At { store, port, database, redis: redis.as_ref() };
            programs.command(who, &at)
        });
        let client = Client::new(&listener.url());
        let cookies = (0..VISITORS).map(|_| match store {
            // Nobody asks for it there; but it comes along all the same.
            NOWHERE => Ok("sessionid=abcdefghijklmnopqrstuvwxyz012345".to_owned()),
            _ => client.log_in("ming"),
        });
        let name = format!("{who}, {store}");
        let mut site = Self {
            who,
            store,
            cookies: cookies.collect::<Result<_>>()?,
            cookie_file: folder.join(&name),
            name,
            page: 0,
            listener,
            _redis: redis,
        };
        fs::write(&site.cookie_file, site.cookies.join("\n"))?;
        site.page = site.check()?;
        site.walk(&client)?;
        Ok(site)
    }

    pub(super) fn does(&self, action: &str) -> bool {
        let has_sessions = self.store != NOWHERE;
        match action {
            GREETING => self.who != HUIHUA || has_sessions,
            GUEST => self.who == HUIHUA,
            ONE_KEY => self.who != HUIHUA && self.who != DJANGO,
            _ => has_sessions,
        }
    }

    /// A change of a session: where, and its form, with `{n}` for a number that is another each time.
    pub(super) fn change(&self) -> (&'static str, &'static str) {
        match self.who {
            HUIHUA => ("/expiry/", "expiry=days&days={n}"),
            DJANGO => ("/login_handle/", "uname=ming&expiry=days"),
            _ => ("/expiry/", "days={n}"),
        }
    }

    /// Changes something and logs out, and sees what became of it: who does nothing is fast, but no measure.
    fn walk(&self, client: &Client) -> Result<()> {
        if self.store == NOWHERE {
            return Ok(());
        }
        let cookie = client.log_in("ming")?;
        let (path, form) = self.change();
        let changed = client.post(path, &cookie, &form.replace("{n}", "3"))?;
        let redirected = (300..400).contains(&changed.status);
        ensure!(redirected, "{}: a change fails", self.name);
        client.get("/logout/", &cookie)?;
        // What is in a cookie alone can't be taken back.
        let greeted = client.get("/", &cookie)?.text.contains("ming");
        let well = !greeted || self.store == COOKIES;
        ensure!(well, "{}: a logout does nothing", self.name);
        Ok(())
    }

    /// Sees that everybody is greeted by name, and answers how long the page is.
    pub(super) fn check(&self) -> Result<usize> {
        let client = Client::new(&self.listener.url());
        let greeting = match self.store {
            NOWHERE => "你好：游客",
            _ => "你好：ming",
        };
        let mut page = 0;
        for cookie in &self.cookies {
            let text = client.get("/", cookie)?.text;
            ensure!(text.contains(greeting), "{}: no {greeting}", self.name);
            page = text.len();
        }
        Ok(page)
    }
}
