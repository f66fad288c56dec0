//! An operator's questions to a server: its version, and the names that it holds.

use std::{io, time::Duration};

use percent_encoding::percent_decode_str;
use tokio::time::sleep;

use super::{connection::Connection, node::Node};
use crate::engine::{
    Count, Error, Result, StoreInfo,
    shared::{is_here, timeout::within},
};

/// Lists what is in the hash table.
const LIST: &str = "lru_crawler metadump hash\r\n";
/// The same for servers that don't know that. It passes over what is being moved between the lists by which
/// they forget, because it was just read.
const LIST_OF_OLD: &str = "lru_crawler metadump all\r\n";
const TIMEOUT: Duration = Duration::from_secs(2);
/// The tries with a server that lists for somebody else, and the pause between them.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(25);

pub(super) async fn info(nodes: &[Node]) -> Result<StoreInfo> {
    let (mut release, mut items) = (String::new(), 0);
    for Node { address, .. } in nodes {
        let tried = format!("asking {address} what it is");
        let broken = |error| Error::because(&tried, error);
        release = version(address).await.map_err(broken)?;
        let held = ask(address, "stats\r\n", "STAT curr_items ").await.map_err(broken)?;
        items += held.parse::<u64>().map_err(io::Error::other).map_err(broken)?;
    }
    let forgets = "memcached forgets sessions when it is restarted or full, and then people are logged \
                   out: cached_db keeps them in a database too";
    let mut warnings = vec![forgets.to_owned()];
    let mut hosts = nodes.iter().filter_map(|node| node.address.rsplit_once(':'));
    if !hosts.all(|(host, _)| is_here(host)) {
        warnings.push("memcached is on another host, and nothing is encrypted".into());
    }
    Ok(StoreInfo {
        server: format!("memcached {release}, {} servers", nodes.len()),
        warnings,
        rows: Some(Count {
            number: items,
            // Other programs may keep something there too, and what has ended leaves later.
            exact: false,
        }),
        ..StoreInfo::default()
    })
}

/// The version that a server says it has.
pub(super) async fn version(server: &str) -> io::Result<String> {
    ask(server, "version\r\n", "VERSION ").await
}

/// The rest of the line of an answer that begins with `wanted`.
async fn ask(server: &str, command: &str, wanted: &str) -> io::Result<String> {
    let mut found = None;
    let each = |line: &str| {
        found = line.strip_prefix(wanted).map(str::to_owned);
        // Only statistics have several lines; whatever else there is comes last.
        found.is_some() || !line.starts_with("STAT ")
    };
    send(server, command, each).await?;
    found.ok_or_else(|| io::Error::other("it doesn't answer as memcached does"))
}

/// Calls `each` with the name of everything that a server holds. It lists for one at a time, so others wait.
pub(super) async fn names(server: &str, mut each: impl FnMut(&str)) -> io::Result<()> {
    let mut tries = 0;
    let mut command = LIST;
    loop {
        match list(server, command, &mut each).await? {
            None => return Ok(()),
            Some(why) if why.starts_with("BUSY") && tries < TRIES => {
                tries += 1;
                sleep(PAUSE).await;
            }
            Some(why) if command == LIST && !why.starts_with("BUSY") => command = LIST_OF_OLD,
            Some(why) => return Err(io::Error::other(why)),
        }
    }
}

/// The same, once; answers why the server doesn't, if it doesn't.
async fn list(
    server: &str,
    command: &str,
    mut each: impl FnMut(&str),
) -> io::Result<Option<String>> {
    let mut refused = None;
    let each = |line: &str| {
        let (word, _) = line.split_once(' ').unwrap_or((line, ""));
        match word.strip_prefix("key=") {
            // It is escaped as in an address.
            Some(name) => each(&percent_decode_str(name).decode_utf8_lossy()),
            None if line != "END" => refused = Some(line.to_owned()),
            None => {}
        }
        line == "END" || refused.is_some()
    };
    send(server, command, each).await?;
    Ok(refused)
}

/// Sends a command, and hands over the lines of the answer until one is the last.
async fn send(
    server: &str,
    command: &str,
    mut is_last: impl FnMut(&str) -> bool,
) -> io::Result<()> {
    let mut connection = within(TIMEOUT, Connection::open(server)).await?;
    connection.write(command.as_bytes()).await?;
    while !is_last(&connection.line(TIMEOUT).await?) {}
    Ok(())
}
