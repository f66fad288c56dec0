//! The programs that make the load.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{results::Fixed, site::Site};

// What visitors do, in the words of the script.

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

/// How many requests a second are answered, by wrk: 16 connections send the next request with the last
/// answer. One that is answered with an error is an error.
pub(super) fn rate(site: &Site, action: &str, seconds: u32) -> Result<f64> {
    let (path, form) = site.change();
    let mut wrk = Command::new("wrk");
    wrk.args([
        "-t1",
        "-c16",
        &format!("-d{seconds}s"),
        "-s",
        "benches/visitors.lua",
    ]);
    wrk.args([&site.url(), "--", action, path, form])
        .arg(&site.cookie_file);
    let done = wrk.output().context("wrk")?;
    let said = String::from_utf8_lossy(&done.stdout);
    let well = !said.contains("Non-2xx") && !said.contains("Socket errors");
    let rate = said
        .split_once("Requests/sec:")
        .and_then(|(_, rest)| rest.split_whitespace().next());
    let rate = rate.and_then(|rate| rate.parse().ok()).filter(|_| well);
    rate.with_context(|| format!("{}, {action}: {said}", site.name))
}

/// The greeting page at so many requests a second, by oha.
pub(super) fn at_rate(site: &Site, rate: f64, seconds: u32) -> Result<Fixed> {
    let sent = rate.floor();
    let mut oha = Command::new("oha");
    oha.args([
        "--no-tui",
        "--output-format",
        "json",
        "--latency-correction",
        "-c",
        "16",
    ]);
    oha.args(["-z", &format!("{seconds}s"), "-q", &sent.to_string()]);
    oha.args(["-H", &format!("Cookie: {}", site.cookies[0]), &site.url()]);
    let done = oha.output().context("oha")?;
    let said = serde_json::from_slice(&done.stdout);
    let said: Value = said.with_context(|| String::from_utf8_lossy(&done.stderr).into_owned())?;
    // What is under way when time is up doesn't count.
    let (summary, statuses) = (&said["summary"], &said["statusCodeDistribution"]);
    let well = statuses
        .as_object()
        .is_some_and(|all| all.keys().eq(["200"]));
    ensure!(
        well && summary["successRate"] == json!(1.0),
        "{}: not all are answered: {said}",
        site.name
    );
    let took = ["p50", "p90", "p99"].map(|name| said["latencyPercentiles"][name].as_f64());
    let [Some(p50), Some(p90), Some(p99)] = took else {
        anyhow::bail!("oha says {said}");
    };
    Ok(Fixed {
        who: site.who,
        store: site.store,
        sent,
        answered: summary["requestsPerSec"].as_f64().unwrap_or_default(),
        took: [p50, p90, p99].map(|took| took * 1000.0),
    })
}
