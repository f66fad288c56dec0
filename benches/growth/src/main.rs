//! Measures what the site costs as sessions and connections become many, and leaves what it found
//! for the report.

mod awake;
mod cache;
mod clearing;
mod database;
mod footprint;
mod growth;
mod idle;
mod loads;
mod measured;
mod running;
mod scale;
mod site;
mod sql;
mod start;
mod table;
mod traffic;
mod visitor;
mod words;

use std::{fs, path::PathBuf};

use clap::Parser;

use self::{scale::Scale, site::Program};

/// Measures what the site costs as sessions and connections become many.
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
    /// Leaves out the large tables: less than two minutes
    #[arg(long)]
    quick: bool,
}

#[tokio::main]
async fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    // The site is started in a folder of its own.
    let at = |path: PathBuf| {
        fs::canonicalize(&path).map_err(|error| {
            let path = path.display();
            format!("{path}: {error}: build the site with `cargo leptos build --release`")
        })
    };
    let program = Program {
        huihua: at(arguments.huihua)?,
        site: at(arguments.site)?,
    };
    let scale = match arguments.quick {
        true => Scale::quick(),
        false => Scale::full(),
    };
    let leave = |section: report::Section, name| {
        section
            .leave(&arguments.out, name)
            .map(|file| println!("{}", file.display()))
            .map_err(|error| format!("{}: {error}", arguments.out.display()))
    };
    // First of all, because it says at once if the machine refuses so many connections.
    leave(footprint::section(&program, &scale).await?, "footprint")?;
    leave(growth::section(&program, &scale).await?, "growth")
}
