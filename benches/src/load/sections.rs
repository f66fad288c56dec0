//! What was measured, for the report.

use std::path::Path;

use anyhow::Result;

use super::{
    programs::{AXUM, DJANGO, EXPRESS, HUIHUA, MEMORY, REDIS, SQLITE, SWAPPED, TOWER},
    results::Results,
    tools::{CHANGE, GREETING, GUEST, IN_AND_OUT, LOGIN, MIX, ONE_KEY},
};
use crate::{
    program::cores,
    section::{Chart, Section, shown},
};

/// Microseconds of the processor that a session in memory may cost a request.
const SESSION: f64 = 10.0;
const MIXED: &str = "90% greeting, 5% login, 4% change, 1% logout";

pub(super) fn leave(results: &Results, out: &Path) -> Result<()> {
    greeting(results).leave(out, "load-greeting")?;
    one_key(results).leave(out, "load-one-key")?;
    writes(results).leave(out, "load-writes")?;
    fixed_rate(results).leave(out, "load-fixed-rate")
}

fn greeting(results: &Results) -> Section {
    let mut section = Section::default();
    section.fact("cores", cores());
    for who in [HUIHUA, DJANGO] {
        let page = results
            .of(GREETING)
            .find(|rates| rates.who == who)
            .map_or(0, |rates| rates.page);
        section.fact(&format!("page of {who}"), shown(page as f64));
    }
    for store in [SQLITE, REDIS] {
        at_least(&mut section, results, "", (GREETING, DJANGO, store, 10.0));
        at_least(&mut section, results, "", (GREETING, EXPRESS, store, 3.0));
    }
    section.charts.push(chart(
        results,
        GREETING,
        "load-greeting",
        "The greeting page, logged in",
    ));
    rates(&mut section, results, GREETING, "");
    rates(&mut section, results, GUEST, "The same for guests. ");
    section
}

fn at_least(
    section: &mut Section,
    results: &Results,
    what: &str,
    (action, peer, store, times): (&str, &str, &str, f64),
) {
    if let Some(reached) = results.times(action, HUIHUA, peer, store) {
        section.aim(
            format!("{what}{store}: at least {times} times {peer}'s requests a second"),
            format!("{reached:.1} times"),
            reached >= times,
        );
    }
}

fn one_key(results: &Results) -> Section {
    let mut section = Section::default();
    for store in [SQLITE, REDIS, MEMORY] {
        if let Some(times) = results.times(ONE_KEY, SWAPPED, TOWER, store) {
            section.aim(
                format!("{store}: not slower than stock tower-sessions"),
                format!("{times:.2} times as fast"),
                times >= 1.0,
            );
        }
    }
    if let Some(cost) = results.session_cost(SWAPPED, MEMORY) {
        let aim = format!("{MEMORY}: a session costs a request at most {SESSION} µs");
        section.aim(aim, format!("{cost:.1} µs"), cost <= SESSION);
    }
    section.charts.push(chart(
        results,
        ONE_KEY,
        "load-one-key",
        "One key of the session, no page",
    ));
    rates(&mut section, results, ONE_KEY, "");
    let costs = results
        .of(ONE_KEY)
        .filter(|rates| [SWAPPED, TOWER].contains(&rates.who));
    let costs = costs.filter_map(|rates| {
        let cost = results.session_cost(rates.who, rates.store)?;
        Some([rates.name.clone(), format!("{cost:.1}")])
    });
    section.table(
        "What a session costs a request, in µs of all cores",
        ["", "µs"],
        costs.collect(),
    );
    section
}

fn writes(results: &Results) -> Section {
    let mut section = Section::default();
    at_least(
        &mut section,
        results,
        "Login, ",
        (LOGIN, DJANGO, SQLITE, 5.0),
    );
    section
        .charts
        .push(chart(results, LOGIN, "load-login", "Logins"));
    section.charts.push(chart(results, MIX, "load-mix", MIXED));
    let rows = results.of(LOGIN).map(|login| {
        let [login_rate, change, in_and_out, mix] =
            [LOGIN, CHANGE, IN_AND_OUT, MIX].map(|action| {
                let rates = results.find(action, login.who, login.store);
                rates.map_or_else(String::new, |rates| shown(rates.median().round()))
            });
        [login.name.clone(), login_rate, change, in_and_out, mix]
    });
    let head = ["", "login", "change", "login, then logout", MIXED];
    section.table("Requests a second", head, rows.collect());
    section
}

fn fixed_rate(results: &Results) -> Section {
    let mut section = Section::default();
    for store in [SQLITE, REDIS] {
        if let [Some(ours), Some(theirs)] = [HUIHUA, DJANGO].map(|who| results.p99(who, store)) {
            section.aim(
                format!("{store}: p99 at most a fifth of Django's at Django's own top rate"),
                format!("{ours:.2} ms of {theirs:.2} ms"),
                ours * 5.0 <= theirs,
            );
        }
    }
    let rows = results.fixed.iter().map(|fixed| {
        let name = format!("{}, {}", fixed.who, fixed.store);
        let [p50, p90, p99] = fixed.took.map(|took| format!("{took:.2}"));
        [
            name,
            shown(fixed.sent),
            shown(fixed.answered.round()),
            p50,
            p90,
            p99,
        ]
    });
    let caption = "How long the greeting page took, from when it should have been asked for";
    let head = [
        "",
        "sent a second",
        "answered a second",
        "p50, ms",
        "p90, ms",
        "p99, ms",
    ];
    section.table(caption, head, rows.collect());
    section
}

fn rates(section: &mut Section, results: &Results, action: &str, of: &str) {
    let rows = results.of(action).map(|rates| {
        let spread = format!("{:.0}%", 100.0 * rates.spread());
        [rates.name.clone(), shown(rates.median().round()), spread]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        let caption = "The median of the rounds, and how far the fastest is from the slowest";
        section.table(
            &format!("{of}{caption}"),
            ["", "requests a second", "spread"],
            rows,
        );
    }
}

/// Of a page, without those whose page is another: axum's alone has no more than a greeting.
fn chart(results: &Results, action: &str, name: &str, title: &str) -> Chart {
    let is_page = [GREETING, MIX].contains(&action);
    let drawn = results.of(action);
    let drawn = drawn.filter(|rates| !is_page || ![SWAPPED, TOWER, AXUM].contains(&rates.who));
    let ours = [HUIHUA, SWAPPED];
    let bar = drawn.map(|rates| {
        (
            rates.name.clone(),
            rates.median().round(),
            ours.contains(&rates.who),
        )
    });
    Chart {
        name: name.to_owned(),
        title: title.to_owned(),
        unit: "requests a second".to_owned(),
        bars: bar.collect(),
    }
}
