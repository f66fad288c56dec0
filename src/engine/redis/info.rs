//! Redis, described for its operator.

use redis::{RedisResult, cmd};

use super::connection::Connection;
use crate::engine::{Count, StoreInfo};

pub(super) async fn info(connection: &Connection) -> RedisResult<StoreInfo> {
    let nodes = connection.primaries().await?;
    let mut store_info = StoreInfo::default();
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
        if store_info.server.is_empty() {
            store_info.server = version;
        }
        let policy = of("maxmemory_policy:");
        if !matches!(policy, "" | "noeviction") {
            store_info.warn(format!(
                "Redis throws sessions out when its memory is full (maxmemory-policy {policy}): \
                 set noeviction, or people are logged out"
            ));
        }
        let saves = of("rdb_last_save_time:");
        if of("aof_enabled:") == "0" && (saves.is_empty() || of("rdb_saves:") == "0") {
            store_info.warn(
                "Redis writes no log (appendonly no): a crash loses what was changed since the \
                 last snapshot, logouts too"
                    .into(),
            );
        }
    }
    if nodes.len() > 1 {
        store_info.server = format!("{}, a Cluster of {}", store_info.server, nodes.len());
    }
    if let Some(warning) = connection.warning() {
        store_info.warn(warning.into());
    }
    store_info.rows = Some(Count {
        number: keys,
        // Other programs may keep something there too.
        exact: false,
    });
    Ok(store_info)
}

impl StoreInfo {
    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}
