//! How often requests ask the store: counted by the site's own metrics, which are of its engine.

use std::{thread, time::Duration};

use anyhow::{Context, Result, ensure};

use crate::{
    client::Client,
    program::{Program, Site},
    section::Section,
};

/// Visitors, each with a session.
const VISITORS: usize = 200;
/// A session that ends after so many seconds without a visit is touched once a second at most.
const SHORT: &str = "100";
const LONG: &str = "1209600";

/// Operations of the store, of one request.
#[derive(Debug, Clone, Copy)]
struct Asked {
    loads: f64,
    writes: f64,
}

/// Visits of each kind.
pub(super) fn measure(program: &Program, section: &mut Section) -> Result<()> {
    let site = Visited::start(program, &[])?;
    let (login, cookies) = site.log_in("expiry=default")?;
    let guest = site.visit(&vec![String::new(); VISITORS])?;
    let page = site.visit(&cookies)?;
    let (_, cookies) = site.log_in(&format!("expiry=idle&seconds={LONG}"))?;
    let not_due = site.visit(&cookies)?;
    let (_, cookies) = site.log_in(&format!("expiry=idle&seconds={SHORT}"))?;
    thread::sleep(Duration::from_millis(1100));
    let due = site.visit(&cookies)?;
    let site = Visited::start(program, &[("SESSION_SAVE_EVERY_REQUEST", "true")])?;
    let (_, cookies) = site.log_in("expiry=default")?;
    let every_time = site.visit(&cookies)?;

    section.aim(
        "a guest's page asks the store nothing".into(),
        format!("{:.2} loads, {:.2} writes", guest.loads, guest.writes),
        guest.loads + guest.writes == 0.0,
    );
    section.aim(
        "a visitor's page asks once and writes nothing".into(),
        format!("{:.2} loads, {:.2} writes", page.loads, page.writes),
        page.loads == 1.0 && page.writes == 0.0,
    );
    section.aim(
        "a visit that puts the end off by less than 1% writes nothing, any other once".into(),
        format!("{:.2} and {:.2} writes", not_due.writes, due.writes),
        not_due.writes == 0.0 && due.writes == 1.0,
    );
    let rows = [
        ("a guest's page", guest),
        ("a visitor's page", page),
        ("the same, ends by inactivity, seen just now", not_due),
        ("the same, not seen for 1% of its time: touched", due),
        ("with `SESSION_SAVE_EVERY_REQUEST`", every_time),
        ("a login", login),
    ];
    let rows = rows.map(|(name, Asked { loads, writes })| {
        [
            name.to_owned(),
            format!("{loads:.2}"),
            format!("{writes:.2}"),
        ]
    });
    section.table(
        "How often a request asks the store",
        ["request", "loads", "writes"],
        rows.into(),
    );
    Ok(())
}

struct Visited {
    client: Client,
    metrics: Client,
    _site: Site,
}

impl Visited {
    fn start(program: &Program, more: &[(&str, &str)]) -> Result<Self> {
        let settings = [("SESSION_ENGINE", "cache"), ("METRICS_ADDR", "127.0.0.1:0")];
        let site = Site::start(program, &[&settings, more].concat())?;
        let metrics = site.huihua.metrics_url().context("no metrics")?;
        Ok(Self {
            client: Client::new(site.huihua.url()),
            metrics: Client::new(&metrics),
            _site: site,
        })
    }

    /// Everybody logs in anew.
    fn log_in(&self, expiry: &str) -> Result<(Asked, Vec<String>)> {
        self.counted(|| {
            let logins = (0..VISITORS)
                .map(|number| self.client.log_in(&format!("visitor{number}&{expiry}")));
            logins.collect()
        })
    }

    /// Each of these cookies is brought to the first page once; an empty one is none.
    fn visit(&self, cookies: &[String]) -> Result<Asked> {
        let visits = || {
            for cookie in cookies {
                let page = self.client.get("/", cookie)?.text;
                let known = page.contains("你好：visitor");
                ensure!(known != cookie.is_empty(), "the session has to be there");
            }
            Ok(())
        };
        Ok(self.counted(visits)?.0)
    }

    /// What each visitor asked the store for, while `visits` was done.
    fn counted<T>(&self, visits: impl FnOnce() -> Result<T>) -> Result<(Asked, T)> {
        let before = self.asked()?;
        let done = visits()?;
        let after = self.asked()?;
        let each = |before: f64, after: f64| (after - before) / VISITORS as f64;
        let asked = Asked {
            loads: each(before.loads, after.loads),
            writes: each(before.writes, after.writes),
        };
        Ok((asked, done))
    }

    fn asked(&self) -> Result<Asked> {
        let metrics = self.metrics.get("", "")?.text;
        let count = |operation: &str| {
            let label = format!("operation=\"{operation}\"");
            let lines = metrics.lines().filter(|line| {
                line.starts_with("huihua_engine_seconds_count") && line.contains(&label)
            });
            let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
            counts.sum::<f64>()
        };
        Ok(Asked {
            loads: count("load"),
            writes: count("create") + count("replace") + count("delete"),
        })
    }
}
