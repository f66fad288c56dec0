//! Tables and charts of what was measured.

use report::{Bar, Chart, Table};

use crate::{
    results::{Rates, Results},
    sites::Who,
    wrk::Deed,
};

pub(crate) fn rates_table(results: &Results, deed: Deed) -> Table {
    let rows = results.of(deed).map(|rates| {
        vec![
            name(rates),
            count(rates.median()),
            rates.spread().map_or_else(String::new, percent),
        ]
    });
    Table {
        caption: "The median of the rounds, and how far the fastest is from the slowest".to_owned(),
        head: ["", "requests a second", "spread"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
    }
}

/// Of a page, without those whose page is another: axum's alone has no more than a greeting.
pub(crate) fn chart(results: &Results, deed: Deed, chart: &str) -> Chart {
    let is_shown = |rates: &&Rates| match deed {
        Deed::Greeting | Deed::Mix => !matches!(rates.who, Who::Swapped | Who::Tower | Who::Axum),
        _ => true,
    };
    let title = match deed {
        Deed::Greeting => "The greeting page, logged in",
        Deed::OneKey => "One key of the session, no page",
        Deed::Login => "Logins",
        Deed::Mix => "90% greeting, 5% login, 4% change, 1% logout",
        Deed::Guest | Deed::Change | Deed::InAndOut => "",
    };
    let bars = results.of(deed).filter(is_shown).map(|rates| Bar {
        label: name(rates),
        value: rates.median().round(),
        ours: matches!(rates.who, Who::Huihua | Who::NoSessions | Who::Swapped),
    });
    Chart {
        name: chart.to_owned(),
        title: title.to_owned(),
        unit: "requests a second".to_owned(),
        bars: bars.collect(),
    }
}

pub(crate) fn name(rates: &Rates) -> String {
    format!("{}, {}", rates.who.name(), rates.store.name())
}

/// `12,345`.
pub(crate) fn count(number: f64) -> String {
    report::shown(number.round())
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}
