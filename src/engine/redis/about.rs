//! What Redis is, for its operator.

use redis::{RedisResult, cmd};

use super::connection::Connection;
use crate::engine::{About, Count};

pub(super) async fn about(connection: &Connection) -> RedisResult<About> {
    let nodes = connection.primaries().await?;
    let mut about = About::default();
    let mut keys = 0;
    for node in &nodes {
        let info: String = connection.query_at(node, &cmd("INFO")).await?;
        keys += connection.query_at::<u64>(node, &cmd("DBSIZE")).await?;
        let of = |name: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim()
        };
        let version = match of("valkey_version:") {
            "" => format!("Redis {}", of("redis_version:")),
            version => format!("Valkey {version}"),
        };
        if about.server.is_empty() {
            about.server = version;
        }
        let policy = of("maxmemory_policy:");
        if !matches!(policy, "" | "noeviction") {
            about.warn(format!(
                "Redis throws sessions out when its memory is full (maxmemory-policy {policy}): \
                 set noeviction, or people are logged out"
            ));
        }
        let saves = of("rdb_last_save_time:");
        if of("aof_enabled:") == "0" && (saves.is_empty() || of("rdb_saves:") == "0") {
            about.warn(
                "Redis writes no log (appendonly no): a crash loses what was changed since the \
                 last snapshot, logouts too"
                    .into(),
            );
        }
    }
    if nodes.len() > 1 {
        about.server = format!("{}, a Cluster of {}", about.server, nodes.len());
    }
    if let Some(warning) = connection.warning() {
        about.warn(warning.into());
    }
    about.rows = Some(Count {
        number: keys,
        // Other programs may keep something there too.
        exact: false,
    });
    Ok(about)
}

impl About {
    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}
