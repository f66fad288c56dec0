//! What was measured, for the report.

use report::{Aim, Section, Table};

use crate::{
    results::{Rates, Results},
    shown::{chart, count, name, rates_table},
    sites::{Store, Who, cores},
    wrk::Deed,
};

/// Where sessions are that a page without sessions is compared with, and what share of it is to be
/// reached.
const SHARES: [(Store, f64); 5] = [
    (Store::Memory, 0.85),
    (Store::CachedDb, 0.85),
    (Store::Cookies, 0.85),
    (Store::Sqlite, 0.6),
    (Store::Redis, 0.6),
];

/// The sections, and the names of their files.
pub(crate) fn of(results: &Results) -> [(Section, &'static str); 4] {
    [
        (greeting(results), "load-greeting"),
        (one_key(results), "load-one-key"),
        (writes(results), "load-writes"),
        (fixed_rate(results), "load-fixed-rate"),
    ]
}

fn command(place: u32, title: &str, text: String) -> Section {
    Section {
        place,
        title: title.to_owned(),
        text,
        commands: vec!["cargo xtask bench --only load".to_owned()],
        ..Section::default()
    }
}

fn greeting(results: &Results) -> Section {
    let mut aims = Vec::new();
    for store in [Store::Sqlite, Store::Redis] {
        for (peer, times) in [(Who::Django, 10.0), (Who::Express, 3.0)] {
            aims.extend(at_least(results, Deed::Greeting, peer, store, times));
        }
    }
    for (store, share) in SHARES {
        let known = (Who::NoSessions, Store::Nowhere);
        let Some(reached) = results.times(Deed::Greeting, (Who::Huihua, store), known) else {
            continue;
        };
        aims.push(Aim {
            aim: format!(
                "{}: at least {:.0}% of the same page without sessions",
                store.name(),
                share * 100.0
            ),
            measured: format!("{:.1}%", reached * 100.0),
            met: reached >= share,
        });
    }
    let page = |who| {
        let of = |rates: &&Rates| rates.who == who;
        let rates = results.of(Deed::Greeting).find(of);
        count(rates.map_or(0, |rates| rates.page) as f64)
    };
    let mut guests = rates_table(results, Deed::Guest);
    guests.caption.insert_str(0, "The same for guests. ");
    let tables = [rates_table(results, Deed::Greeting), guests];
    let measured = |table: &Table| !table.rows.is_empty();
    Section {
        aims,
        charts: vec![chart(results, Deed::Greeting, "load-greeting")],
        tables: tables.into_iter().filter(measured).collect(),
        ..command(
            10,
            "The greeting page, logged in",
            format!(
                "Requests a second, as fast as each answers: `wrk -t1 -c16` with the cookies of a \
                 hundred visitors, on the same {} cores. All are measured in turns, in several \
                 rounds: of the rounds of each the median is shown, and of two that are compared, \
                 the median of their ratios within a round. Django and Express have a process for each \
                 core. Huihua's is the real page of this site, of {} bytes; Django's is the \
                 manual's, of {}, and the others answer the same. \"No sessions\" is Huihua's page \
                 of values that are known beforehand, or the guest's, with `SESSION_ENABLED=false`.",
                cores(),
                page(Who::Huihua),
                page(Who::Django),
            ),
        )
    }
}

fn at_least(results: &Results, deed: Deed, peer: Who, store: Store, times: f64) -> Option<Aim> {
    let times_theirs = results.times(deed, (Who::Huihua, store), (peer, store))?;
    Some(Aim {
        aim: format!(
            "{}: at least {times} times {}'s requests a second",
            store.name(),
            peer.name()
        ),
        measured: format!("{times_theirs:.1} times"),
        met: times_theirs >= times,
    })
}

fn one_key(results: &Results) -> Section {
    let aims = [Store::Sqlite, Store::Redis, Store::Memory].map(|store| {
        let times = results.times(Deed::OneKey, (Who::Swapped, store), (Who::Tower, store))?;
        Some(Aim {
            aim: format!("{}: not slower than stock tower-sessions", store.name()),
            measured: format!("{times:.2} times as fast"),
            met: times >= 1.0,
        })
    });
    Section {
        aims: aims.into_iter().flatten().collect(),
        charts: vec![chart(results, Deed::OneKey, "load-one-key")],
        tables: vec![rates_table(results, Deed::OneKey)],
        ..command(
            11,
            "One key of the session, no page",
            "The same handlers on axum, once under stock tower-sessions and once under Huihua's \
             layer, which signs, verifies and hashes keys beside. `wrk -t1 -c16`, requests a second."
                .to_owned(),
        )
    }
}

fn writes(results: &Results) -> Section {
    let aim = at_least(results, Deed::Login, Who::Django, Store::Sqlite, 5.0);
    let aims = aim.map(|aim| Aim {
        aim: format!("Login, {}", aim.aim),
        ..aim
    });
    let deeds = [Deed::Login, Deed::Change, Deed::InAndOut, Deed::Mix];
    let rows = results.of(Deed::Login).map(|rates| {
        let of = |deed| results.rate(deed, rates.who, rates.store);
        let mut row = vec![name(rates)];
        row.extend(deeds.map(|deed| of(deed).map_or_else(String::new, count)));
        row
    });
    let head = [
        "",
        "login",
        "change",
        "login, then logout",
        "90% greeting, 5% login, 4% change, 1% logout",
    ];
    let table = Table {
        caption: "Requests a second".to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    };
    Section {
        aims: aims.into_iter().collect(),
        charts: vec![
            chart(results, Deed::Login, "load-login"),
            chart(results, Deed::Mix, "load-mix"),
        ],
        tables: vec![table],
        ..command(
            12,
            "Logins, changes, logouts, and the mix",
            "As the greeting page; on SQLite every acknowledged write is on the disk (WAL, \
             `synchronous = FULL`), for all of them. A logout needs a login before it, so it is \
             measured with one. Express is spared its `touch`, which would write at every request. \
             Requests a second."
                .to_owned(),
        )
    }
}

fn fixed_rate(results: &Results) -> Section {
    let aims = [Store::Sqlite, Store::Redis].map(|store| {
        let ours = results.at_djangos_rate(Who::Huihua, store)?;
        let theirs = results.at_djangos_rate(Who::Django, store)?;
        Some(Aim {
            aim: format!(
                "{}: p99 at most a fifth of Django's at Django's own top rate",
                store.name()
            ),
            measured: format!("{:.2} ms of {:.2} ms", ours.p99, theirs.p99),
            met: ours.p99 * 5.0 <= theirs.p99,
        })
    });
    let rows = results.fixed.iter().map(|fixed| {
        vec![
            format!("{}, {}", fixed.who.name(), fixed.store.name()),
            count(fixed.sent),
            count(fixed.answered),
            format!("{:.2}", fixed.p50),
            format!("{:.2}", fixed.p90),
            format!("{:.2}", fixed.p99),
        ]
    });
    let head = [
        "",
        "sent a second",
        "answered a second",
        "p50, ms",
        "p90, ms",
        "p99, ms",
    ];
    let table = Table {
        caption: "How long the greeting page took, from when it should have been asked for".into(),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    };
    Section {
        aims: aims.into_iter().flatten().collect(),
        tables: vec![table],
        ..command(
            13,
            "How long it takes at a fixed rate",
            "The greeting page, logged in, at the rate that Django reached on the same store: oha \
             sends on time whether the last answer is there or not, and a request that had to wait \
             for its turn counts from when that was (no coordinated omission)."
                .to_owned(),
        )
    }
}
