//! The programs that make the load.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::site::Site;
use crate::program::CONNECTIONS;

/// The outcome of a fixed rate.
pub(super) struct Fixed<'a> {
    pub(super) site: &'a Site,
    /// Requests a second.
    pub(super) sent: f64,
    pub(super) answered: f64,
    /// The time that half, nine of ten and 99 of a hundred took at most, from when they should have been
    /// sent: milliseconds.
    pub(super) took: [f64; 3],
}

/// The requests that are answered in a second, by wrk. One that is answered with an error is an error.
pub(super) fn rate(site: &Site, action: &str, seconds: u32) -> Result<f64> {
    let (path, form) = site.change();
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s")]);
    wrk.args(["-s", "benches/visitors.lua"]);
    wrk.args([&site.listener.url(), "--", action, path, form]).arg(&site.cookie_file);
    let done = wrk.output().context("wrk")?;
    let said = String::from_utf8_lossy(&done.stdout);
    let well = !said.contains("Non-2xx") && !said.contains("Socket errors");
    let rate = said.split_once("Requests/sec:").filter(|_| well);
    let rate = rate.and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    rate.with_context(|| format!("{}, {action}: {said}", site.name))
}

/// The greeting page at so many requests a second, by oha.
pub(super) fn at_rate(site: &Site, rate: f64, seconds: u32) -> Result<Fixed<'_>> {
    let sent = rate.floor();
    let options = format!(
        "--no-tui --output-format json --latency-correction -c {CONNECTIONS} -z {seconds}s -q {sent}"
    );
    let mut oha = Command::new("oha");
    oha.args(options.split(' '));
    oha.args(["-H", &format!("Cookie: {}", site.cookies[0]), &site.listener.url()]);
    let done = oha.output().context("oha")?;
    let said = serde_json::from_slice(&done.stdout);
    let said: Value = said.with_context(|| String::from_utf8_lossy(&done.stderr).into_owned())?;
    // What is under way when time is up doesn't count.
    let statuses = said["statusCodeDistribution"].as_object();
    let well = statuses.is_some_and(|all| all.keys().eq(["200"]))
        && said["summary"]["successRate"] == json!(1.0);
    ensure!(well, "{}: not all are answered: {said}", site.name);
    let took = ["p50", "p90", "p99"].map(|name| said["latencyPercentiles"][name].as_f64());
    let [Some(p50), Some(p90), Some(p99)] = took else {
        bail!("oha says {said}");
    };
    Ok(Fixed {
        site,
        sent,
        answered: said["summary"]["requestsPerSec"].as_f64().unwrap_or_default(),
        took: [p50, p90, p99].map(|took| took * 1000.0),
    })
}
