//! What changes as sessions become many: judged, and as the report shows it.

use report::{Aim, Bar, Chart, Section, Table as Figures};

use crate::{
    cache::{self, Cached},
    clearing::NEW,
    database::Databases,
    loads::AT_ONCE,
    measured::{Cleared, Measured},
    scale::Scale,
    site::Program,
    words::{cells, many, megabytes, times},
};

/// What one types to measure it again.
pub(crate) const COMMAND: &str = "cargo run --release -p growth -- --huihua target/release/huihua \
                                  --site target/site --out target/bench";
/// How much longer a load may take in the largest table than in the smallest.
const LONGER: f64 = 1.5;
/// New sessions a second that count as all of them.
const ALL_CAME: f64 = 0.98 * NEW as f64;
/// How much faster expired sessions have to go than new ones come.
const FASTER: f64 = 2.0;
/// By what share a table may grow in the second half of the time while as many go as come.
const LEVEL: f64 = 0.05;
/// By how many bytes the server's memory may differ from table to table. Each of its connections to
/// SQLite has 2 MB in which it keeps what it read last, and a small table doesn't fill them.
const MEMORY: u64 = 10_000_000;
/// What a session may take in the server's memory beside its payload, in bytes.
const BESIDE: f64 = 1024.0;

pub(crate) async fn section(program: &Program, scale: &Scale) -> Result<Section, String> {
    let cached = cache::measure(program, scale).await;
    let mut all = Vec::new();
    for databases in [|| Ok(Databases::sqlite()), Databases::postgres] {
        let databases = databases().map_err(|missing| missing.to_string())?;
        let on = Measured::on(&databases, program, scale).await;
        for aim in judge(&on) {
            eprintln!("{}: {}", aim.aim, aim.measured);
        }
        all.push(on);
    }
    let aims = all.iter().flat_map(judge);
    Ok(Section {
        place: 20,
        title: "Growth".into(),
        text: text(&all, &cached, scale),
        commands: vec![COMMAND.into()],
        aims: aims.chain([takes(&cached)]).collect(),
        tables: vec![loads(&all), memory(&all), clearings(&all)],
        charts: all.iter().map(chart).collect(),
    })
}

fn judge(on: &Measured) -> [Aim; 4] {
    [load(on), keeps_up(on), levels_off(on), stays(on)]
}

fn load(on: &Measured) -> Aim {
    let ratios = [0, 1].map(|at| {
        let median = |timings: &measure::Timings| timings.micros(0.5);
        median(&on.largest().loads[at]) / median(&on.smallest().loads[at])
    });
    let [alone, together] = AT_ONCE.map(|at_once| at_once.to_string());
    Aim {
        aim: format!(
            "{}: the median load from {} sessions takes at most {LONGER} times that from {}",
            on.name,
            many(on.largest().size),
            many(on.smallest().size),
        ),
        measured: format!(
            "{} times ({alone} at a time), {} times ({together} at once)",
            times(ratios[0]),
            times(ratios[1]),
        ),
        // Of several at once, each waits for the others too.
        met: ratios[0] <= LONGER,
    }
}

fn keeps_up(on: &Measured) -> Aim {
    let clearings = || on.steady.iter().chain([&on.backlogs]);
    let came = clearings()
        .map(|of| of.seen.came)
        .fold(f64::INFINITY, f64::min);
    let went = on.backlogs.seen.a_second();
    Aim {
        aim: format!(
            "{}: clearsessions keeps up with {NEW} new sessions a second, and could with {} times \
             as many",
            on.name, FASTER,
        ),
        measured: format!("{went:.0} removed a second, while {came:.0} came"),
        met: came >= ALL_CAME && went >= FASTER * f64::from(NEW),
    }
}

fn levels_off(on: &Measured) -> Aim {
    let most = on
        .steady
        .iter()
        .map(|of| of.seen.growth())
        .fold(0.0, f64::max);
    Aim {
        aim: format!(
            "{}: a table that as many leave as come stops growing: by less than {:.0}% in the \
             second half of the time",
            on.name,
            100.0 * LEVEL,
        ),
        measured: format!("{:.1}%", 100.0 * most),
        met: most < LEVEL,
    }
}

fn stays(on: &Measured) -> Aim {
    let memory = || on.tables.iter().map(|table| table.traffic.afterwards);
    let (least, most) = (memory().min().unwrap_or(0), memory().max().unwrap_or(0));
    Aim {
        aim: format!(
            "{}: the server's memory doesn't grow with the sessions: it differs by less than {} MB",
            on.name,
            MEMORY / 1_000_000,
        ),
        measured: format!("{} to {} MB", megabytes(least), megabytes(most)),
        met: most - least < MEMORY,
    }
}

fn takes(cached: &Cached) -> Aim {
    let beside = cached.each - cached.payload as f64;
    Aim {
        aim: format!("`cache`: a session takes at most {BESIDE} bytes beside its payload"),
        measured: format!("{beside:.0} bytes"),
        met: beside <= BESIDE,
    }
}

fn text(all: &[Measured], cached: &Cached, scale: &Scale) -> String {
    let filled: Vec<_> = all
        .iter()
        .map(|on| {
            let (table, name) = (on.largest(), on.name);
            let (bytes, seconds) = (megabytes(table.bytes), table.filling.as_secs_f64());
            format!(
                "{name}: {} sessions take {bytes} MB and were put in in {seconds:.1} s.",
                many(table.size)
            )
        })
        .collect();
    let Scale { note, .. } = scale;
    let (period, backlog) = (scale.period.as_secs(), many(scale.backlog));
    format!(
        "{note}Tables that the program's own migration has made are filled with sessions that end \
         over the next two weeks, under random keys; on PostgreSQL, indexes are made when the rows \
         are in. {} All of it fits into the machine's memory.\n\n\
         Sessions are loaded through the engine, at random, from some that are spread over the table \
         and have all been loaded once before; tables take turns. Meanwhile a process of the lowest \
         priority keeps each processor from falling asleep. The aim is that of a load alone: of 16 \
         at once, each waits for the others.\n\n\
         Requests are `GET /session/` with the cookies of random sessions, answered by the built \
         server.\n\n\
         While {NEW} sessions come a second and last {period} s, and others load sessions, expired \
         ones are cleared every {period} s; then {backlog} of them at once, {} times: as many come \
         in the ten minutes after which a running site clears. They are put in while nobody clears, \
         so the table grows by them once. PostgreSQL tidies up when a fifth of a table has been \
         deleted, so a large one grows by about that before it stays as it is.\n\n\
         In the server's memory (`cache`), {} sessions made by logins take {:.0} bytes each, {} of \
         them payload: {} MB with the server itself.",
        filled.join(" "),
        scale.backlogs,
        many(scale.cached[1] as u64),
        cached.each,
        cached.payload,
        megabytes(cached.in_all),
    )
}

fn loads(all: &[Measured]) -> Figures {
    let mut rows = Vec::new();
    for (on, table) in all
        .iter()
        .flat_map(|on| on.tables.iter().map(move |table| (on, table)))
    {
        for (at, at_once) in AT_ONCE.into_iter().enumerate() {
            let both = |timings: &measure::Timings| {
                [0.5, 0.99].map(|share| format!("{:.0}", timings.micros(share)))
            };
            let [load, slow_load] = both(&table.loads[at]);
            let [request, slow_request] = both(&table.traffic.requests[at]);
            rows.push(cells([
                on.name,
                &many(table.size),
                &at_once.to_string(),
                &load,
                &slow_load,
                &request,
                &slow_request,
            ]));
        }
    }
    Figures {
        caption: "How long a load and a request take, by how many sessions there are, in µs".into(),
        head: cells([
            "database",
            "sessions",
            "at once",
            "load, median",
            "load, p99",
            "request, median",
            "request, p99",
        ]),
        rows,
    }
}

fn memory(all: &[Measured]) -> Figures {
    let mut rows = Vec::new();
    for (on, table) in all
        .iter()
        .flat_map(|on| on.tables.iter().map(move |table| (on, table)))
    {
        rows.push(cells([
            on.name,
            &many(table.size),
            &megabytes(table.bytes),
            &megabytes(table.traffic.at_start),
            &megabytes(table.traffic.afterwards),
        ]));
    }
    Figures {
        caption: "The table's size, and the server's memory before and after the same number of \
                  requests, in MB"
            .into(),
        head: cells([
            "database",
            "sessions",
            "table",
            "memory at start",
            "memory afterwards",
        ]),
        rows,
    }
}

fn clearings(all: &[Measured]) -> Figures {
    let mut rows = Vec::new();
    for on in all {
        let steady = on.steady.iter().map(|of| ("as they expire", of));
        for (when, Cleared { size, seen }) in steady.chain([("many at once", &on.backlogs)]) {
            let slow = seen
                .loads
                .each_ref()
                .map(|loads| format!("{:.0}", loads.micros(0.99)));
            let bytes: Vec<_> = seen.bytes.iter().map(|bytes| megabytes(*bytes)).collect();
            rows.push(cells([
                on.name,
                &many(*size),
                when,
                &seen.cleared.to_string(),
                &format!("{:.0}", seen.a_second()),
                &format!("{:.0}", seen.came),
                &slow[0],
                &slow[1],
                &bytes.join(", "),
            ]));
        }
    }
    Figures {
        caption: "Clearing, while new sessions come: rows, loads in µs, and the table in MB after \
                  each clearing"
            .into(),
        head: cells([
            "database",
            "sessions",
            "cleared",
            "rows",
            "a second",
            "new a second",
            "load p99, otherwise",
            "load p99, meanwhile",
            "the table",
        ]),
        rows,
    }
}

fn chart(on: &Measured) -> Chart {
    let bars = on.tables.iter().map(|table| Bar {
        label: format!("{} sessions", many(table.size)),
        value: table.loads[0].micros(0.5),
        ours: true,
    });
    Chart {
        name: format!("growth-{}", on.name.to_lowercase()),
        title: format!(
            "Median load from {}, by how many sessions there are",
            on.name
        ),
        unit: "µs".into(),
        bars: bars.collect(),
    }
}
