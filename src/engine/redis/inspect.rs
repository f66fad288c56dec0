//! An operator's questions to Redis: its sessions, page by page, and what it is.

use std::collections::HashSet;

use futures_util::future::try_join_all;
use redis::{RedisResult, cmd};

use super::Redis;
use crate::engine::{Count, Cursor, Page, StoreInfo};

/// The most keys that Redis looks at in one step: it serves nobody else meanwhile.
const LARGEST_PAGE: usize = 10_000;

impl Redis {
    pub(super) async fn page(&self, from: Option<&Cursor>, limit: usize) -> RedisResult<Page> {
        let nodes = self.connection.primaries().await?;
        let (node, cursor) = from.and_then(position).unwrap_or_default();
        let Some(at) = nodes.get(node) else {
            return Ok(Page::default());
        };
        let mut scan = cmd("SCAN");
        scan.arg(cursor)
            .arg("MATCH")
            .arg(format!("{}*", as_pattern(&self.prefix)))
            .arg("COUNT")
            .arg(limit.clamp(1, LARGEST_PAGE));
        let found = self.connection.query_at(at, &scan).await?;
        let (cursor, names): (u64, Vec<Vec<u8>>) = found;
        let rows = names.iter().filter_map(|name| self.key(std::str::from_utf8(name).ok()?)).map(
            |key| async {
                let row = self.listed(self.stored(&key).await?);
                RedisResult::Ok(row.map(|row| (key, row)))
            },
        );
        let rows = try_join_all(rows).await?;
        let next = match cursor {
            0 => (node + 1 < nodes.len()).then_some((node + 1, 0)),
            cursor => Some((node, cursor)),
        };
        Ok(Page {
            rows: rows.into_iter().flatten().collect(),
            next: next.map(|(node, cursor)| Cursor::new(format!("{node}:{cursor}"))),
        })
    }

    pub(super) async fn description(&self) -> RedisResult<StoreInfo> {
        let nodes = self.connection.primaries().await?;
        let (mut server, mut warnings, mut keys) = (String::new(), Vec::new(), 0);
        for node in &nodes {
            let info: String = self.connection.query_at(node, &cmd("INFO")).await?;
            keys += self.connection.query_at::<u64>(node, &cmd("DBSIZE")).await?;
            let of = |name: &str| {
                let line = info.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_default().trim()
            };
            if server.is_empty() {
                server = match of("valkey_version:") {
                    "" => format!("Redis {}", of("redis_version:")),
                    version => format!("Valkey {version}"),
                };
            }
            let policy = of("maxmemory_policy:");
            if !matches!(policy, "" | "noeviction") {
                warnings.push(format!(
                    "Redis throws sessions out when its memory is full (maxmemory-policy {policy}): \
                     set noeviction, or people are logged out"
                ));
            }
            let saves = of("rdb_last_save_time:");
            if of("aof_enabled:") == "0" && (saves.is_empty() || of("rdb_saves:") == "0") {
                let why = "Redis writes no log (appendonly no): a crash loses what was changed since the \
                           last snapshot, logouts too";
                warnings.push(why.to_owned());
            }
        }
        if nodes.len() > 1 {
            server = format!("{server}, a Cluster of {}", nodes.len());
        }
        warnings.extend(self.connection.warning.map(str::to_owned));
        // Nodes are alike, and each thing is said once.
        let mut said = HashSet::new();
        warnings.retain(|warning| said.insert(warning.clone()));
        Ok(StoreInfo {
            server,
            warnings,
            rows: Some(Count {
                number: keys,
                // Other programs may keep something there too.
                exact: false,
            }),
            ..StoreInfo::default()
        })
    }
}

fn position(cursor: &Cursor) -> Option<(usize, u64)> {
    let (node, cursor) = cursor.as_str().split_once(':')?;
    Some((node.parse().ok()?, cursor.parse().ok()?))
}

/// Text that a pattern of Redis finds as it stands.
fn as_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\' | '^') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
