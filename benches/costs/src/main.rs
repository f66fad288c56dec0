//! What a session and a request cost the store, and what very many of them need: the calculation in
//! `docs/scaling.md`, from figures that are measured each time.

mod asked;
mod forwarder;
mod needs;
mod postgres;
mod redis;
mod shown;

use std::path::PathBuf;

use clap::Parser;

/// Measures what a session and a request cost the store.
#[derive(Parser)]
struct Arguments {
    /// The built program
    #[arg(long)]
    huihua: PathBuf,
    /// The folder of the built site
    #[arg(long)]
    site: PathBuf,
    /// How many sessions are stored to see what one takes
    #[arg(long, default_value_t = 1_000_000)]
    sessions: u32,
    /// Where what was found is left
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
}

/// What one store was found to cost.
#[derive(Debug)]
struct Costs {
    store: &'static str,
    /// Of memory or disk, indexes and all.
    bytes_a_session: f64,
    /// Bytes of its log on the disk, where sessions all over the store are touched.
    logged_a_touch: f64,
    kinds: Vec<(Kind, PerRequest)>,
}

impl Costs {
    fn of(&self, kind: Kind) -> PerRequest {
        of(&self.kinds, kind)
    }

    /// What a touch costs beyond the visit that it comes with.
    fn touch(&self) -> PerRequest {
        difference(&self.kinds, Kind::Due, Kind::NotDue)
    }
}

fn of(kinds: &[(Kind, PerRequest)], kind: Kind) -> PerRequest {
    let found = kinds.iter().find(|(known, _)| *known == kind);
    found.map(|(_, spent)| *spent).unwrap_or_default()
}

fn difference(kinds: &[(Kind, PerRequest)], more: Kind, less: Kind) -> PerRequest {
    of(kinds, more).with(of(kinds, less), |more, less| more - less)
}

/// A request that is known to do something to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Guest,
    Page,
    NotDue,
    Due,
    EveryTime,
    Login,
}

/// What one request costs the store.
#[derive(Debug, Clone, Copy, Default)]
struct PerRequest {
    /// Commands of Redis, statements of PostgreSQL.
    operations: f64,
    /// Those of them that write.
    writes: f64,
    /// Of the processor, in microseconds.
    micros: f64,
    /// Bytes from the site to the store.
    to_store: f64,
    /// Bytes from the store to the site.
    from_store: f64,
    /// Bytes that the store logs to the disk.
    logged: f64,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let mut costs = Vec::new();
    match redis::costs(&arguments).await {
        Ok(found) => costs.push(found),
        Err(missing) => eprintln!("Redis is left out: {missing}"),
    }
    match postgres::costs(&arguments).await {
        Ok(found) => costs.push(found),
        Err(missing) => eprintln!("PostgreSQL is left out: {missing}"),
    }
    let section = shown::section(&costs, arguments.sessions);
    shown::print(&section);
    let left = section.leave(&arguments.out, "costs");
    let left = left.expect("a folder that can be written");
    println!("\nleft in {}", left.display());
}
