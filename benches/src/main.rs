//! Measures one part of `docs/benchmarks.md`, or makes the page of what was measured: `cargo xtask bench`
//! has everything built and calls it in the repository's root.

// Clippy looks deeper into what the engines wait for than the 128 that it may by default.
#![recursion_limit = "256"]

mod chart;
mod client;
mod costs;
mod found;
mod growth;
mod load;
mod number;
mod program;
mod report;
mod rounds;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures one part of docs/benchmarks.md
#[derive(Parser)]
struct Arguments {
    part: Part,
    /// Minutes instead of an hour
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// Puts load on the site and on what would be used in its place
    Load,
    /// Very many sessions and connections
    Growth,
    /// What a session and a request cost the store
    Costs,
    /// Makes the page of what the others have left
    Report,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { part, quick } = Arguments::parse();
    match part {
        Part::Load => load::load(quick),
        Part::Growth => growth::growth(quick).await,
        Part::Costs => costs::costs(quick).await,
        Part::Report => report::report(quick),
    }
}
