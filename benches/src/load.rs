//! Puts load on the site and on what would be used in its place, side by side.
//!
//! All of them run at once, so that what the machine does meanwhile hits all alike. Load is put on
//! one after the other, and then again: of each the median counts, and of two the median of how they
//! compare in each round.

mod programs;
mod results;
mod sections;
mod site;
mod tools;

use anyhow::Result;

use self::{
    programs::{DJANGO, EXPRESS, HUIHUA},
    results::{Rates, Results},
    site::{CHANGE, GREETING, GUEST, IN_AND_OUT, LOGIN, MIX, ONE_KEY, Site},
};

/// Measures, and leaves what was found.
pub(crate) fn load(quick: bool) -> Result<()> {
    let (seconds, rounds, actions): (_, _, &[_]) = if quick {
        // Those of which something is aimed at, and the mix.
        (1, 1, &[GREETING, ONE_KEY, LOGIN, MIX])
    } else {
        (2, 7, &[GREETING, GUEST, ONE_KEY, LOGIN, CHANGE, IN_AND_OUT, MIX])
    };
    let folder = tempfile::tempdir()?;
    let sites = Site::start_all(folder.path())?;
    for site in &sites {
        // Node.js compiles what is called often, and Python reads its modules: not while measured.
        tools::rate(site, GREETING, 1)?;
    }
    let mut results = Results::default();
    for &action in actions {
        let doing = sites.iter().filter(|site| site.does(action));
        let mut all: Vec<_> =
            doing.map(|site| Rates { site, action, rounds: Vec::new() }).collect();
        for round in 1..=rounds {
            for Rates { site, rounds, .. } in &mut all {
                let rate = tools::rate(site, action, seconds)?;
                eprintln!("{action}, round {round}, {}: {rate:.0}/s", site.name);
                rounds.push(rate);
            }
        }
        results.rates.extend(all);
    }
    // Each store at the rate that Django reaches on it.
    for django in sites.iter().filter(|site| site.who == DJANGO) {
        let rate = tools::rate(django, GREETING, seconds)?;
        let same_store = sites.iter().filter(|site| site.store == django.store);
        for site in same_store.filter(|site| [HUIHUA, DJANGO, EXPRESS].contains(&site.who)) {
            results.fixed.push(tools::at_rate(site, rate, seconds * 2)?);
        }
    }
    // Whoever had answered wrongly in between would have been fast for nothing.
    for site in &sites {
        site.check()?;
    }
    sections::found(&results)?.leave("load")
}
