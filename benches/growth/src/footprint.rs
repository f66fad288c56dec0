//! What the program takes before anybody has come: its size, its start, its memory, and what
//! connections add to it.

use std::fs;

use report::{Aim, Section, Table as Figures};

use crate::{
    database::Databases,
    idle::{self, CONNECTIONS},
    scale::Scale,
    site::Program,
    start,
    table::Table,
    words::{cells, many, megabytes},
};

/// The server answers by then, in milliseconds.
const START: f64 = 100.0;
/// What the connections may take, in bytes.
const MEMORY: u64 = 100_000_000;
/// Sessions in the database on which it starts.
const SESSIONS: u64 = 100_000;

pub(crate) async fn section(program: &Program, scale: &Scale) -> Result<Section, String> {
    idle::allow()?;
    let size = fs::metadata(&program.huihua).map_err(|error| error.to_string())?;
    let databases = Databases::sqlite();
    let table = Table::filled(&databases, program, SESSIONS).await;
    let mut starts = Vec::new();
    for path in ["/healthz", "/"] {
        let timings = start::measure(program, &table.url, path, scale);
        starts.push((
            path,
            timings.micros(0.5) / 1000.0,
            timings.micros(1.0) / 1000.0,
        ));
    }
    let idle = idle::measure(program, &table.url).await;
    let connections = idle.with_connections.saturating_sub(idle.at_rest);

    let slowest = starts.iter().fold(0.0_f64, |most, start| most.max(start.1));
    let aims = vec![
        Aim {
            aim: format!(
                "from its start to its first answer under {START} ms, on a database that exists"
            ),
            measured: format!("{slowest:.1} ms"),
            met: slowest < START,
        },
        Aim {
            aim: format!(
                "{CONNECTIONS} idle connections cost under {} MB",
                MEMORY / 1_000_000
            ),
            measured: format!("{} MB", megabytes(connections)),
            met: connections < MEMORY,
        },
    ];
    let mut rows: Vec<_> = starts
        .iter()
        .map(|(path, median, longest)| {
            let start = format!("{median:.1} ms (longest {longest:.1} ms)");
            cells([&format!("from its start to the answer of `{path}`"), &start])
        })
        .collect();
    let each = connections as f64 / CONNECTIONS as f64 / 1000.0;
    for (what, bytes) in [
        ("the program's file".to_owned(), size.len()),
        ("memory at rest, after one page".to_owned(), idle.at_rest),
        (
            format!("memory with {CONNECTIONS} idle connections"),
            idle.with_connections,
        ),
    ] {
        rows.push(cells([&what, &format!("{} MB", megabytes(bytes))]));
    }
    rows.push(cells(["memory for each of them", &format!("{each:.1} kB")]));
    Ok(Section {
        place: 30,
        title: "Footprint".into(),
        text: format!(
            "The server on SQLite with {} sessions. A start is measured from the moment the process \
             is made until all of an answer has come, {} times; the median counts. Connections are \
             kept open after each has loaded the page once. Memory is what Linux calls the resident \
             set.",
            many(SESSIONS),
            scale.starts,
        ),
        commands: vec![crate::growth::COMMAND.into()],
        aims,
        tables: vec![Figures {
            caption: "What the server takes".into(),
            head: cells(["", "measured"]),
            rows,
        }],
        charts: Vec::new(),
    })
}
