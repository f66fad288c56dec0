//! Puts load on the site and on what would be used in its place, side by side, and leaves what it
//! found for the report.
//!
//! All of them run at once, so that what the machine does meanwhile hits all alike. Load is put on
//! one after the other, and then again: of each the median counts, and of two the median of how they
//! compare in each round.

mod oha;
mod programs;
mod results;
mod sections;
mod shown;
mod sites;
mod started;
mod visitors;
mod walk;
mod wrk;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use self::{
    programs::Programs,
    results::{Rates, Results},
    sites::{Site, Who},
    wrk::Deed,
};

/// Puts load on the site and on what would be used in its place.
#[derive(Parser)]
struct Arguments {
    /// The built program
    #[arg(long)]
    huihua: PathBuf,
    /// The folder of the built site
    #[arg(long)]
    site: PathBuf,
    /// The folder in which what was found is left
    #[arg(long)]
    out: PathBuf,
    /// A second of the most important and once, instead of two of all and seven times
    #[arg(long)]
    quick: bool,
}

/// How long load is put on, and how often.
#[derive(Debug, Clone, Copy)]
struct Scale {
    seconds: u32,
    rounds: u32,
    deeds: &'static [Deed],
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let arguments = Arguments::parse();
    let scale = match arguments.quick {
        true => Scale {
            seconds: 1,
            rounds: 1,
            // Those of which something is aimed at, and the mix.
            deeds: &[Deed::Greeting, Deed::OneKey, Deed::Login, Deed::Mix],
        },
        false => Scale {
            seconds: 2,
            rounds: 7,
            deeds: &Deed::ALL,
        },
    };
    let programs = Programs::find(&arguments.huihua, &arguments.site)?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut sites = sites::start(&programs, folder.path())?;
    for site in &mut sites {
        walk::walk(site).await?;
        site.visitors = visitors::log_in(site, folder.path()).await?;
        // Node.js compiles what is called often, and Python reads its modules: not while measured.
        wrk::put_on(site, Deed::Greeting, 1)?;
    }
    let results = Results {
        closed: closed_loop(&sites, scale)?,
        fixed: fixed_rate(&sites, scale)?,
    };
    // Whoever had answered wrongly in between would have been fast for nothing.
    for site in &sites {
        visitors::check(site).await?;
    }
    for (section, name) in sections::of(&results) {
        let left = section.leave(&arguments.out, name);
        let file = left.map_err(|error| format!("{}: {error}", arguments.out.display()))?;
        println!("{}", file.display());
    }
    Ok(())
}

fn closed_loop(sites: &[Site], scale: Scale) -> Result<Vec<Rates>, String> {
    let mut all = Vec::new();
    for deed in scale.deeds.iter().copied() {
        let does = |site: &&Site| site.who.does(deed);
        let mut of_deed: Vec<_> = sites
            .iter()
            .filter(does)
            .map(|site| Rates::of(site, deed))
            .collect();
        for round in 1..=scale.rounds {
            for (site, rates) in sites.iter().filter(does).zip(&mut of_deed) {
                let rate = wrk::put_on(site, deed, scale.seconds)?;
                eprintln!("{deed:?}, round {round}, {}: {rate:.0}/s", site.name());
                rates.add(rate);
            }
        }
        all.extend(of_deed);
    }
    Ok(all)
}

/// Each store at the rate that Django reaches on it.
fn fixed_rate(sites: &[Site], scale: Scale) -> Result<Vec<results::Fixed>, String> {
    let mut all = Vec::new();
    for django in sites.iter().filter(|site| site.who == Who::Django) {
        let rate = wrk::put_on(django, Deed::Greeting, scale.seconds)?;
        let same_store = sites.iter().filter(|site| {
            site.store == django.store
                && matches!(site.who, Who::Django | Who::Huihua | Who::Express)
        });
        for site in same_store {
            let fixed = oha::put_on(site, rate, scale.seconds * 2)?;
            eprintln!("{} at {rate:.0}/s: p99 {:.2} ms", site.name(), fixed.p99);
            all.push(fixed);
        }
    }
    Ok(all)
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    fs::canonicalize(path).map_err(|error| {
        let path = path.display();
        format!("{path}: {error}: `cargo xtask bench` builds everything first")
    })
}
