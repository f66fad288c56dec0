//! At a fixed rate, made by oha.

use std::{collections::BTreeMap, process::Command};

use serde::Deserialize;

use crate::{results::Fixed, sites::Site};

const CONNECTIONS: &str = "16";

/// What oha says, as far as it is needed here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    summary: Summary,
    latency_percentiles: Percentiles,
    /// How often each status was answered.
    status_code_distribution: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    /// The share that was answered at all.
    success_rate: f64,
    requests_per_sec: f64,
}

/// Seconds.
#[derive(Debug, Deserialize)]
struct Percentiles {
    p50: f64,
    p90: f64,
    p99: f64,
}

impl Said {
    /// Whether each was answered, and well. What is under way when time is up doesn't count.
    fn is_well(&self) -> bool {
        let statuses: Vec<_> = self.status_code_distribution.keys().collect();
        self.summary.success_rate >= 1.0 && statuses == ["200"]
    }
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
    if !said.is_well() {
        let name = site.name();
        return Err(format!("{name}: not all were answered with 200: {said:?}"));
    }
    Ok(Fixed {
        who: site.who,
        store: site.store,
        sent,
        answered: said.summary.requests_per_sec,
        p50: said.latency_percentiles.p50 * 1000.0,
        p90: said.latency_percentiles.p90 * 1000.0,
        p99: said.latency_percentiles.p99 * 1000.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(success_rate: f64, statuses: &str) -> Said {
        let text = format!(
            r#"{{
                "summary": {{ "successRate": {success_rate}, "total": 8.0, "requestsPerSec": 1000.1 }},
                "latencyPercentiles": {{ "p10": 0.001, "p50": 0.002, "p90": 0.003, "p99": 0.004 }},
                "statusCodeDistribution": {statuses},
                "errorDistribution": {{ "aborted due to deadline": 4 }}
            }}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn only_answers_with_200_are_well() {
        let well = said(1.0, r#"{ "200": 8000 }"#);
        assert!(well.is_well());
        assert_eq!(well.latency_percentiles.p90, 0.003);
        assert!(!said(1.0, r#"{ "200": 7999, "503": 1 }"#).is_well());
        assert!(!said(1.0, "{}").is_well());
        assert!(!said(0.999, r#"{ "200": 7992 }"#).is_well());
    }
}
