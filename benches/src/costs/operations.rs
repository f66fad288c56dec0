//! Operations of the store for each request, counted by the site's own metrics of its engine.

use std::{thread, time::Duration};

use anyhow::{Context, Result, ensure};

use crate::{client::Client, found::Found, program::Site};

/// Visitors, each with a session.
const VISITORS: usize = 200;

/// Loads and writes of the store.
type Operations = [f64; 2];

pub(super) fn measure(found: &mut Found) -> Result<()> {
    let site = Visited::start("false")?;
    let mut add = |kind: &str, [loads, writes]: Operations| {
        found.add(kind, format!("{loads:.2} | {writes:.2}"));
        format!("{loads:.2} loads, {writes:.2} writes")
    };
    let ([loads, writes], cookies) = site.log_in("expiry=default")?;
    add("a login", [loads, writes]);
    let guest = site.visit(&vec![String::new(); VISITORS])?;
    let of_guest = add("a guest's page", guest);
    let page = site.visit(&cookies)?;
    let of_page = add("a visitor's page", page);
    // One that ends after so many seconds without a visit is touched once in 1% of them.
    let mut idle = |seconds: u32, kind: &str| {
        let (_, cookies) = site.log_in(&format!("expiry=idle&seconds={seconds}"))?;
        thread::sleep(Duration::from_millis(1100));
        let visit = site.visit(&cookies)?;
        add(kind, visit);
        anyhow::Ok(visit)
    };
    let [_, not_due] = idle(1_209_600, "a visitor who was just here")?;
    let [_, due] = idle(100, "a visitor who is touched")?;
    let site = Visited::start("true")?;
    let (_, cookies) = site.log_in("expiry=default")?;
    let every_time = site.visit(&cookies)?;
    add("a page that saves every time", every_time);

    found.aim("a guest asks nothing", of_guest, guest == [0.0, 0.0]);
    found.aim("a visitor asks once", of_page, page == [1.0, 0.0]);
    let reached = format!("{not_due:.2} and {due:.2} writes");
    found.aim("touches", reached, not_due == 0.0 && due == 1.0);
    Ok(())
}

struct Visited {
    client: Client,
    metrics: Client,
    _site: Site,
}

impl Visited {
    fn start(save_every_request: &str) -> Result<Self> {
        let settings = [
            ("SESSION_ENGINE", "cache"),
            ("SESSION_SAVE_EVERY_REQUEST", save_every_request),
            ("METRICS_ADDR", "127.0.0.1:0"),
            ("RUST_LOG", "info"),
        ];
        let site = Site::start(&settings)?;
        let metrics = site.huihua.metrics_url().context("no metrics")?;
        Ok(Self {
            client: Client::new(site.huihua.url()),
            metrics: Client::new(&metrics),
            _site: site,
        })
    }

    /// Everybody logs in anew.
    fn log_in(&self, expiry: &str) -> Result<(Operations, Vec<String>)> {
        let log_in = |number| self.client.log_in(&format!("visitor{number}&{expiry}"));
        self.counted(|| (0..VISITORS).map(log_in).collect())
    }

    /// Each of these cookies is brought to the first page once; an empty one is none.
    fn visit(&self, cookies: &[String]) -> Result<Operations> {
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

    /// The operations for each visitor while `visits` was done.
    fn counted<T>(&self, visits: impl FnOnce() -> Result<T>) -> Result<(Operations, T)> {
        let before = self.operations()?;
        let done = visits()?;
        let after = self.operations()?;
        let each = [0, 1].map(|at: usize| (after[at] - before[at]) / VISITORS as f64);
        Ok((each, done))
    }

    /// All that there were so far.
    fn operations(&self) -> Result<Operations> {
        let metrics = self.metrics.get("", "")?.text;
        let count = |operation: &str| -> f64 {
            let label = format!("operation=\"{operation}\"");
            let counts = metrics.lines().filter_map(|line| {
                let (labels, count) = line.rsplit_once(' ')?;
                let is_meant = labels.starts_with("huihua_engine_seconds_count");
                count.parse::<f64>().ok().filter(|_| is_meant && labels.contains(&label))
            });
            counts.sum()
        };
        let writes = ["create", "replace", "delete"].map(count);
        Ok([count("load"), writes.iter().sum()])
    }
}
