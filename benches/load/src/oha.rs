//! At a fixed rate, made by oha.

use std::process::Command;

use serde::Deserialize;

use crate::{results::Fixed, sites::Site};

const CONNECTIONS: &str = "16";

/// What oha says, as far as it is needed here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    summary: Summary,
    latency_percentiles: Percentiles,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    success_rate: f64,
    requests_per_sec: f64,
}

/// Seconds.
#[derive(Debug, Deserialize)]
struct Percentiles {
    p50: f64,
    p99: f64,
}

/// The greeting page at so many requests a second.
pub(crate) fn put_on(site: &Site, rate: f64, seconds: u32) -> Result<Fixed, String> {
    let sent = rate.floor();
    let cookie = site.visitors.cookies.first();
    let mut oha = Command::new("oha");
    oha.args([
        "--no-tui",
        "--output-format",
        "json",
        "--latency-correction",
    ]);
    oha.args(["-c", CONNECTIONS, "-z", &format!("{seconds}s")]);
    oha.args(["-q", &sent.to_string()]);
    oha.arg("-H")
        .arg(format!("Cookie: {}", cookie.map_or("", String::as_str)));
    oha.arg(format!("{}{}", site.url(), site.who.greeting()));
    let done = oha.output().map_err(|error| format!("oha: {error}"))?;
    let said: Said = serde_json::from_slice(&done.stdout).map_err(|error| {
        let errors = String::from_utf8_lossy(&done.stderr);
        format!("{}: oha: {error}: {errors}", site.name())
    })?;
    if said.summary.success_rate < 1.0 {
        return Err(format!("{}: not all were answered: {said:?}", site.name()));
    }
    Ok(Fixed {
        who: site.who,
        store: site.store,
        sent,
        answered: said.summary.requests_per_sec,
        p50: said.latency_percentiles.p50 * 1000.0,
        p99: said.latency_percentiles.p99 * 1000.0,
    })
}
