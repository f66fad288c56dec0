//! The races, run against what people would use instead: an axum site on tower-sessions, and the
//! manual's Django site. Prints a table in Markdown.

mod stock;

use std::path::{Path, PathBuf};

use races::{ALL, Site};
use servers::{Django, Python};
use tempfile::TempDir;

/// How often each race is run against each site.
const ROUNDS: usize = 200;

#[tokio::main]
async fn main() -> Result<(), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let python = Python::installed().map_err(|missing| missing.to_string())?;
    let python = python.last().ok_or("Django is not installed")?;
    let folder = tempfile::tempdir().map_err(|error| text(&error))?;
    let django = Django::start(python, &site_of_django(), &settings(&folder));
    let stock = stock::start().await.map_err(|error| text(&error))?;
    let peers = [
        ("tower-sessions 0.15, memory".to_owned(), stock),
        (format!("Django {}, db on SQLite", python.version), django.url()),
    ];
    println!("| site | race | rounds | violations | the first |\n|---|---|---|---|---|");
    for (name, url) in peers {
        let site = Site::at(url).map_err(|error| text(&error))?;
        // Nobody can turn their clocks.
        for race in ALL.iter().filter(|race| !race.needs_clock) {
            let tally = race.run(&site, ROUNDS).await;
            let first = tally.violations.first().map_or("", String::as_str);
            let (rounds, violations) = (tally.rounds, tally.violations.len());
            println!("| {name} | {} | {rounds} | {violations} | {first} |", race.name);
        }
    }
    Ok(())
}

fn site_of_django() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/django/site")
}

fn settings(folder: &TempDir) -> Vec<(String, String)> {
    let database = folder.path().join("db.sqlite3");
    [
        ("SECRET_KEY", "a secret for tests".to_owned()),
        ("DATABASE_URL", format!("sqlite:{}", database.display())),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.db".to_owned()),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .to_vec()
}
