//! What was found, for the terminal and the report.

use report::{Aim, Section, Table};

use crate::{
    Costs, Kind,
    needs::{AGE, GIB, Needs, REQUESTS, SESSIONS, Touches, written},
};

/// How far the calculation's own figure may be from the measured one.
const NEAR: f64 = 0.2;

pub(crate) fn section(costs: &[Costs], sessions: u32) -> Section {
    let mut section = Section {
        place: 40,
        title: "What 100 million sessions and a million requests a second need".into(),
        text: format!(
            "A session's bytes are those of {sessions} stored ones (Redis: `used_memory`; PostgreSQL: \
             `pg_total_relation_size`, with its three indexes). A request's are the difference of \
             what the store counts before and after 2000 of them, eight at once, from 500 sessions: \
             `INFO` of Redis; `pg_stat_statements`, the kernel's count of the time of its processes, \
             and a counting forwarder in front of PostgreSQL, each with `deploy/`'s settings. The \
             site is the built one. What is made of it, and how, is in \
             [scaling](scaling.md#a-hundred-million-sessions)."
        ),
        commands: vec!["cargo xtask bench".into()],
        ..Section::default()
    };
    for costs in costs {
        section.aims.extend(aims(costs));
        section.tables.push(per_request(costs));
    }
    section.tables.push(needs(costs));
    section
}

pub(crate) fn print(section: &Section) {
    for Table {
        caption,
        head,
        rows,
    } in &section.tables
    {
        println!(
            "\n{caption}\n\n| {} |\n|{}",
            head.join(" | "),
            "---|".repeat(head.len())
        );
        for row in rows {
            println!("| {} |", row.join(" | "));
        }
    }
    println!();
    for Aim { aim, measured, met } in &section.aims {
        println!(
            "- {}: {aim}: {measured}",
            if *met { "met" } else { "NOT MET" }
        );
    }
}

fn aims(costs: &Costs) -> Vec<Aim> {
    let (store, bytes) = (costs.store, costs.bytes_a_session);
    let written = written(store);
    let (guest, page) = (costs.of(Kind::Guest), costs.of(Kind::Page));
    let (not_due, due) = (costs.of(Kind::NotDue), costs.of(Kind::Due));
    // Redis is asked for a session and its end in one go, by two commands.
    let most = if store == "Redis" { 2.0 } else { 1.0 };
    let aim = |aim: &str, measured: String, met| Aim {
        aim: format!("{store}: {aim}"),
        measured,
        met,
    };
    vec![
        aim(
            &format!("a session takes what scaling.md says, {written} bytes, within 20%"),
            format!("{bytes:.0} bytes"),
            (bytes - written).abs() <= NEAR * written,
        ),
        aim(
            "a guest's page asks the store nothing",
            format!("{:.2} operations", guest.operations),
            guest.operations == 0.0,
        ),
        aim(
            "a visitor's page asks once and writes nothing",
            format!(
                "{:.2} operations, {:.2} writes",
                page.operations, page.writes
            ),
            page.operations <= most && page.writes == 0.0,
        ),
        aim(
            "a visit that puts the end off by less than 1% writes nothing, any other once",
            format!("{:.2} and {:.2} writes", not_due.writes, due.writes),
            not_due.writes == 0.0 && due.writes == 1.0,
        ),
    ]
}

fn per_request(costs: &Costs) -> Table {
    let kinds = [
        (Kind::Guest, "a guest's page"),
        (Kind::Page, "a visitor's page"),
        (Kind::NotDue, "the same, ends by inactivity, seen just now"),
        (Kind::Due, "the same, not seen for 1% of its time: touched"),
        (Kind::EveryTime, "with `SESSION_SAVE_EVERY_REQUEST`"),
        (Kind::Login, "a login"),
    ];
    let rows = kinds.map(|(kind, name)| {
        let spent = costs.of(kind);
        let figures = [spent.micros, spent.to_store, spent.from_store, spent.logged];
        [
            name.to_owned(),
            format!("{:.2}", spent.operations),
            format!("{:.2}", spent.writes),
        ]
        .into_iter()
        .chain(figures.map(|figure| format!("{figure:.0}")))
        .collect()
    });
    let head = [
        "request",
        if costs.store == "Redis" {
            "commands"
        } else {
            "statements"
        },
        "that write",
        "processor, µs",
        "bytes to it",
        "bytes from it",
        "bytes logged",
    ];
    Table {
        caption: format!(
            "{}: a session takes {:.0} bytes; a touch anywhere in the store logs {:.0} bytes; a \
             request costs",
            costs.store, costs.bytes_a_session, costs.logged_a_touch
        ),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.to_vec(),
    }
}

fn needs(costs: &[Costs]) -> Table {
    let rows = costs.iter().flat_map(|costs| {
        [
            (Touches::Throttled, "throttled"),
            (Touches::Always, "every request"),
        ]
        .map(|(touches, name)| {
            let needs = Needs::of(costs, touches);
            vec![
                costs.store.to_owned(),
                name.to_owned(),
                format!("{:.0}", needs.touches_a_second),
                format!("{:.0}", needs.bytes / GIB),
                format!("{:.0}", needs.cores),
                format!("{:.0}", needs.machines),
                format!("{:.1}", needs.network / 1e9),
                format!("{:.1}", needs.logged / 1e6),
            ]
        })
    });
    let head = [
        "store",
        "touches",
        "touches a second",
        "GiB",
        "processors",
        "masters, or machines",
        "network, Gbit/s",
        "logged, MB/s",
    ];
    Table {
        caption: format!(
            "{SESSIONS:e} live sessions that end after {AGE} s without a visit, {REQUESTS:e} requests a \
             second"
        ),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
