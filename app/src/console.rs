//! What an operator sees of the site's sessions: in the console, and on the command line.

use std::time::Duration;

use huihua::{
    engine::{Count, Lookups, Order, Pool},
    expiry::ExpiryPolicy,
    key::StoredKey,
};
use time::OffsetDateTime;

/// Days that the histogram of ends looks ahead.
pub const DAYS: usize = 14;
/// Minutes that are counted one by one.
pub const MINUTES: usize = 60;

/// A session as it lies in the store.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where it lies. With `SESSION_HASH_KEYS=false` that is what its cookie says, so it stands in
    /// no page.
    pub key: StoredKey,
    /// What names it in logs: the beginning of its key's hash.
    pub name: String,
    /// Who is logged in.
    pub uname: Option<String>,
    /// How it ends; `None`: it can't be read with this `SECRET_KEY`.
    pub policy: Option<ExpiryPolicy>,
    /// When it was last written; `None`: it doesn't say.
    pub changed: Option<OffsetDateTime>,
    /// When it ends in the store.
    pub end: OffsetDateTime,
    /// Bytes of its payload.
    pub bytes: usize,
}

/// How many sessions there are, and how they end.
#[derive(Debug, Clone, Default)]
pub struct Census {
    /// Live sessions as the store counts them; `None`: it can't.
    pub live: Option<Count>,
    /// Expired ones that still lie there; `None`: unknown.
    pub expired: Option<u64>,
    /// How many sessions were read for all that follows.
    pub read: u64,
    /// Whether those were all: if not, they are a sample.
    pub complete: bool,
    /// By how they end.
    pub by_policy: ByPolicy,
    /// How many end within a day from now, within the day after it, and so on.
    pub by_day: [u64; DAYS],
    /// How many end after that, or never.
    pub later: u64,
}

/// Sessions by how they end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByPolicy {
    /// As the site has it.
    pub default: u64,
    /// After some time without a visit.
    pub idle: u64,
    /// At a fixed moment.
    pub until: u64,
    /// With the browser.
    pub close: u64,
    /// Never.
    pub never: u64,
    /// Those that can't be read with this `SECRET_KEY`.
    pub unreadable: u64,
}

/// What happened to sessions within a minute, as far as this process knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minute {
    /// Sessions made.
    pub begun: u64,
    /// Sessions ended: by their owners, by an operator, or cleared after they had expired.
    pub ended: u64,
}

/// How the store is.
#[derive(Debug, Clone)]
pub struct Health {
    /// Name and version.
    pub server: String,
    /// What is unsafe about it: a sentence each.
    pub warnings: Vec<String>,
    /// How long it took to look up one key, or why that failed.
    pub latency: Result<Duration, String>,
    /// Its connections.
    pub pool: Option<Pool>,
    /// What its cache had.
    pub cache: Option<Lookups>,
}

/// Work that goes on in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What it does.
    pub kind: JobKind,
    /// When it began.
    pub begun_at: OffsetDateTime,
    /// Sessions that it has removed so far.
    pub removed: u64,
    /// How far it is, in whatever it counts.
    pub done: u64,
    /// How far it will have to go; `None`: unknown.
    pub of: Option<u64>,
    /// Whether it still works.
    pub state: JobState,
}

/// What a job does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// Removes expired sessions.
    ClearExpired,
    /// Ends all sessions of somebody.
    EndAllOf(String),
}

/// How a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It works.
    Running,
    /// It is done.
    Done,
    /// It couldn't go on; why, for the operator.
    Failed(String),
}

/// Every order.
pub const ORDERS: [Order; 3] = [Order::Own, Order::EndsFirst, Order::EndsLast];

/// What an order is called in forms, addresses and flags.
pub fn order_name(order: Order) -> &'static str {
    match order {
        Order::Own => "own",
        Order::EndsFirst => "ends-first",
        Order::EndsLast => "ends-last",
    }
}

/// The order that is called so; everything else is the store's own.
pub fn order_named(name: &str) -> Order {
    ORDERS
        .into_iter()
        .find(|order| order_name(*order) == name)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_found_by_its_name() {
        for order in ORDERS {
            assert_eq!(order_named(order_name(order)), order);
        }
        assert_eq!(order_named("nonsense"), Order::Own);
    }
}
