//! What the program takes before anybody has come: its size, its start, its memory, and what
//! connections add to it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use servers::free_port;

use super::table::{Databases, Table};
use crate::{
    found::Found,
    number::megabytes,
    program::{Program, Site},
    timings::Timings,
};

/// The server answers by then, in milliseconds.
const START: f64 = 100.0;
/// How often it is started.
const STARTS: usize = 10;
/// What the connections may take, in bytes.
const MEMORY: u64 = 100_000_000;
/// Sessions in the database on which it starts.
const SESSIONS: u64 = 100_000;
const CONNECTIONS: usize = 5_000;
/// Files that the benchmark, or the server, has open beside them.
const OTHER_FILES: u64 = 200;
const WHOLE: &str = "</html>";

pub(super) async fn measure(program: &Program, found: &mut Found) -> Result<()> {
    // For this process and for the server that it starts.
    let needed = CONNECTIONS as u64 + OTHER_FILES;
    let allowed = rlimit::increase_nofile_limit(needed)?;
    ensure!(
        allowed >= needed,
        "{needed} open files are needed: `ulimit -Hn {needed}` as root"
    );

    let databases = Databases::sqlite()?;
    let table = Table::filled(&databases, program, SESSIONS).await?;
    let mut slowest: f64 = 0.0;
    for (path, end) in [("/healthz", "\r\n\r\n"), ("/", WHOLE)] {
        let mut starts = Timings::default();
        for _ in 0..STARTS {
            starts.push(start(program, &table.url, path, end)?);
        }
        let starts = Timings::join([starts]);
        let [median, longest] = [0.5, 1.0].map(|share| starts.micros(share) / 1000.0);
        slowest = slowest.max(median);
        found.add(
            format!("start to {path}"),
            format!("{median:.1} ms (longest {longest:.1} ms)"),
        );
    }
    found.aim("start", format!("{slowest:.1} ms"), slowest < START);

    let site = Site::start(program, &[("DATABASE_URL", &table.url)])?;
    let address = site.huihua.url().trim_start_matches("http://");
    ask(&mut TcpStream::connect(address)?, "/", WHOLE)?;
    let at_rest = site.memory()?;
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = TcpStream::connect(address)?;
        ask(&mut connection, "/", WHOLE)?;
        connections.push(connection);
    }
    let with_connections = site.memory()?;
    // The server has closed none of them.
    for connection in &mut connections {
        ask(connection, "/healthz", "\r\n\r\n")?;
    }

    let added = with_connections.saturating_sub(at_rest);
    found.add(
        "size of the program",
        megabytes(fs::metadata(&program.huihua)?.len()),
    );
    found.add("memory at rest", megabytes(at_rest));
    found.add("memory with connections", megabytes(with_connections));
    found.add(
        "memory of a connection",
        format!("{:.1}", added as f64 / CONNECTIONS as f64 / 1000.0),
    );
    found.aim(
        "connections",
        format!("{} MB", megabytes(added)),
        added < MEMORY,
    );
    Ok(())
}

/// How long the server takes from its start to its first answer.
fn start(program: &Program, database: &str, path: &str, end: &str) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let address = format!("127.0.0.1:{}", free_port());
    let settings = [("DATABASE_URL", database), ("LEPTOS_SITE_ADDR", &address)];
    let mut command = Command::new(&program.huihua);
    command
        .current_dir(folder.path())
        .env_clear()
        .envs(program.settings(&settings));
    let start = Instant::now();
    let mut running = command.stdout(Stdio::null()).spawn()?;
    let mut connection = loop {
        match TcpStream::connect(&address) {
            Ok(connection) => break connection,
            Err(error) if start.elapsed() > Duration::from_secs(20) => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_micros(200)),
        }
    };
    ask(&mut connection, path, end)?;
    let took = start.elapsed();
    running.kill()?;
    running.wait()?;
    Ok(took)
}

/// Asks for `path`, and reads until `end`: the connection is kept.
fn ask(connection: &mut TcpStream, path: &str, end: &str) -> Result<()> {
    connection.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
    let (mut answer, mut bytes) = (String::new(), [0; 32 * 1024]);
    while !answer.contains(end) {
        let read = connection.read(&mut bytes)?;
        ensure!(read > 0, "{path} isn't answered wholly");
        answer += &String::from_utf8_lossy(&bytes[..read]);
    }
    ensure!(
        answer.contains("HTTP/1.1 200 "),
        "{path} is answered by {answer}"
    );
    Ok(())
}
