//! The figures for the report.

use anyhow::Result;

use super::{
    programs::{AXUM, DJANGO, EXPRESS, HUIHUA, MEMORY, REDIS, SQLITE, SWAPPED, TOWER},
    results::Results,
    site::{GREETING, LOGIN, MIX, ONE_KEY},
};
use crate::{chart, found::Found, number::shown, program::cores};

/// Microseconds of the processor that a session in memory may cost a request.
const SESSION: f64 = 10.0;

pub(super) fn found(results: &Results<'_>) -> Result<Found> {
    let mut found = Found::default();
    found.add("cores", cores());
    for rates in &results.rates {
        let (action, site) = (rates.action, rates.site);
        let name = &site.name;
        found.add(format!("{action}: {name}"), shown(rates.median().round()));
        let spread = format!("{:.0}%", 100.0 * rates.spread());
        found.add(format!("spread of {action}: {name}"), spread);
        found.add(format!("page of {}", site.who), shown(site.page as f64));
        if let Some(cost) = results.session_cost(site.who, site.store) {
            found.add(format!("session: {name}"), format!("{cost:.1}"));
        }
    }
    for (action, ours, theirs, store, least) in [
        (GREETING, HUIHUA, DJANGO, SQLITE, 10.0),
        (GREETING, HUIHUA, EXPRESS, SQLITE, 3.0),
        (GREETING, HUIHUA, DJANGO, REDIS, 10.0),
        (GREETING, HUIHUA, EXPRESS, REDIS, 3.0),
        (LOGIN, HUIHUA, DJANGO, SQLITE, 5.0),
        (ONE_KEY, SWAPPED, TOWER, SQLITE, 1.0),
        (ONE_KEY, SWAPPED, TOWER, REDIS, 1.0),
        (ONE_KEY, SWAPPED, TOWER, MEMORY, 1.0),
    ] {
        let pair = [(ours, store), (theirs, store)];
        if let Some(times) = results.compared(action, pair, |ours, theirs| ours / theirs) {
            let name = format!("{action}: {store} beside {theirs}");
            found.aim(name, format!("{times:.2} times"), times >= least);
        }
    }
    if let Some(cost) = results.session_cost(SWAPPED, MEMORY) {
        let reached = format!("{cost:.1} µs");
        found.aim("session in memory", reached, cost <= SESSION);
    }
    for fixed in &results.fixed {
        let [p50, p90, p99] = fixed.took.map(|took| format!("{took:.2}"));
        let [sent, answered] = [fixed.sent, fixed.answered.round()].map(shown);
        let name = format!("fixed rate: {}", fixed.site.name);
        found.add(name, [sent, answered, p50, p90, p99].join(" | "));
    }
    for store in [SQLITE, REDIS] {
        if let [Some(ours), Some(theirs)] = [HUIHUA, DJANGO].map(|who| results.p99(who, store)) {
            let reached = format!("{ours:.2} ms of {theirs:.2} ms");
            found.aim(format!("p99: {store}"), reached, ours * 5.0 <= theirs);
        }
    }
    let mix = "90% greeting, 5% login, 4% change, 1% logout";
    for (action, name, title) in [
        (GREETING, "load-greeting", "The greeting page, logged in"),
        (ONE_KEY, "load-one-key", "One key of the session, no page"),
        (LOGIN, "load-login", "Logins"),
        (MIX, "load-mix", mix),
    ] {
        // Of a page without those whose page is another: axum's has no more than a greeting.
        let is_page = [GREETING, MIX].contains(&action);
        let drawn = results.rates.iter().filter(|rates| {
            let is_other = is_page && [SWAPPED, TOWER, AXUM].contains(&rates.site.who);
            rates.action == action && !is_other
        });
        let bars = drawn.map(|rates| {
            let ours = [HUIHUA, SWAPPED].contains(&rates.site.who);
            (rates.site.name.clone(), rates.median().round(), ours)
        });
        let bars: Vec<_> = bars.collect();
        found.add(name, chart::draw(name, title, "requests a second", &bars)?);
    }
    Ok(found)
}
