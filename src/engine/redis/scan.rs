//! Lists the sessions of every node, a page at a time.

use futures_util::future::try_join_all;
use redis::{RedisResult, cmd};

use super::Redis;
use crate::engine::{Cursor, Page};

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
            .arg(limit.max(1));
        let found = self.connection.query_at(at, &scan).await?;
        let (cursor, names): (u64, Vec<Vec<u8>>) = found;
        let rows = names
            .iter()
            .filter_map(|name| self.key(std::str::from_utf8(name).ok()?))
            .map(|key| async {
                let stored = self.stored(&key).await?;
                // One that is too large to be read is passed over.
                let row = self.row_of(stored).ok().flatten();
                RedisResult::Ok(row.map(|row| (key, row)))
            });
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
