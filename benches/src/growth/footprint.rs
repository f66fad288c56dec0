//! The footprint of the program before anybody has come: its size, its start, its memory, and what
//! connections add to it.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use servers::free_port;

use super::table::{Databases, Table};
use crate::{
    client::Client,
    found::Found,
    number::{megabytes, micros},
    program::{self, Site},
};

/// The server answers by then, in milliseconds.
const START: f64 = 100.0;
/// Starts that are measured.
const STARTS: usize = 10;
/// Bytes that the connections may take.
const MEMORY: u64 = 100_000_000;
/// Sessions in the database on which it starts.
const SESSIONS: u64 = 100_000;
const CONNECTIONS: usize = 5_000;
/// Files that the benchmark, or the server, has open beside them.
const OTHER_FILES: u64 = 200;

pub(super) async fn measure(found: &mut Found) -> Result<()> {
    // For this process and for the server that it starts.
    let needed = CONNECTIONS as u64 + OTHER_FILES;
    let allowed = rlimit::increase_nofile_limit(needed)?;
    let how = format!("{needed} open files are needed: `ulimit -Hn {needed}` as root");
    ensure!(allowed >= needed, how);

    let databases = Databases::Sqlite(tempfile::tempdir()?);
    let table = Table::filled(&databases, SESSIONS).await?;
    let mut slowest: f64 = 0.0;
    for path in ["/healthz", "/"] {
        let starts = (0..STARTS).map(|_| start(&table.url, path));
        let starts = starts.collect::<Result<Vec<_>>>()?;
        let [median, longest] = [0.5, 1.0].map(|share| micros(&starts, share) / 1000.0);
        slowest = slowest.max(median);
        let took = format!("{median:.1} ms (longest {longest:.1} ms)");
        found.add(format!("start to {path}"), took);
    }
    found.aim("start", format!("{slowest:.1} ms"), slowest < START);

    let site = Site::start(&[("DATABASE_URL", &table.url)])?;
    ask(&Client::new(site.huihua.url()), "/")?;
    let at_rest = site.memory()?;
    // Each keeps its connection.
    let client = |_| Client::new(site.huihua.url());
    let clients: Vec<_> = (0..CONNECTIONS).map(client).collect();
    clients.iter().try_for_each(|client| ask(client, "/"))?;
    let with_connections = site.memory()?;
    let all_open = site.open_files()? >= CONNECTIONS;
    ensure!(all_open, "the server has closed some connections");

    let added = with_connections.saturating_sub(at_rest);
    let each = added as f64 / CONNECTIONS as f64 / 1000.0;
    let size = fs::metadata(program::huihua()?)?.len();
    found.add("size of the program", megabytes(size));
    found.add("memory at rest", megabytes(at_rest));
    found.add("memory with connections", megabytes(with_connections));
    found.add("memory of a connection", format!("{each:.1}"));
    let reached = format!("{} MB", megabytes(added));
    found.aim("connections", reached, added < MEMORY);
    Ok(())
}

/// The time of the server from its start to its first answer.
fn start(database: &str, path: &str) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let address = format!("127.0.0.1:{}", free_port());
    let settings = [("DATABASE_URL", database), ("LEPTOS_SITE_ADDR", &address)];
    let mut command = Command::new(program::huihua()?);
    command.current_dir(folder.path()).stdout(Stdio::null());
    command.env_clear().envs(program::settings(&settings)?);
    let client = Client::new(&format!("http://{address}"));
    let start = Instant::now();
    let mut running = command.spawn()?;
    while let Err(error) = ask(&client, path) {
        ensure!(start.elapsed() < Duration::from_secs(20), error);
        thread::sleep(Duration::from_micros(200));
    }
    let took = start.elapsed();
    running.kill()?;
    running.wait()?;
    Ok(took)
}

fn ask(client: &Client, path: &str) -> Result<()> {
    let status = client.get(path, "")?.status;
    ensure!(status == 200, "{path} is answered by {status}");
    Ok(())
}
