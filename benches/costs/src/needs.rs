//! The calculation: what very many sessions and requests need, from what one of each costs.

use crate::{Costs, Kind};

/// Live sessions.
pub(crate) const SESSIONS: f64 = 100e6;
/// Requests a second, each with a session.
pub(crate) const REQUESTS: f64 = 1e6;
/// Seconds without a visit after which sessions end: two weeks.
pub(crate) const AGE: f64 = 1_209_600.0;
/// A session is touched at most once in this part of its time.
const TOUCHED_AFTER: f64 = AGE / 100.0;

/// So much of a processor is used at most, so that the others can take a failed one's part.
const BUSY: f64 = 0.5;
/// Bytes of sessions that one Redis holds: it can copy itself in minutes, and while it does, what is
/// written meanwhile fits beside it on a machine of 32 GiB.
const A_SHARD: f64 = 16.0 * GIB;
/// Of each shard there is one that serves and one that takes its place.
const COPIES: f64 = 2.0;
/// Processors of a machine for PostgreSQL.
const CORES: f64 = 32.0;
/// Dead rows, half-empty pages: beyond what the table takes when it is new.
const BLOAT: f64 = 1.5;
pub(crate) const GIB: f64 = 1_073_741_824.0;

/// What `docs/scaling.md` says that a session takes, in bytes.
pub(crate) fn written(store: &str) -> f64 {
    match store {
        "Redis" => 400.0,
        _ => 500.0,
    }
}

/// How many requests touch their session.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Touches {
    /// As Huihua does it.
    Throttled,
    /// Each, as `SESSION_SAVE_EVERY_REQUEST` has it.
    Always,
}

/// What a store needs.
#[derive(Debug, PartialEq)]
pub(crate) struct Needs {
    pub(crate) touches_a_second: f64,
    /// Of memory (Redis, with its copies) or disk (PostgreSQL), bytes.
    pub(crate) bytes: f64,
    /// Processors at full use.
    pub(crate) cores: f64,
    /// Redis: masters. PostgreSQL: machines, if one could be as many as it takes.
    pub(crate) machines: f64,
    /// Between the site and the store, bits a second.
    pub(crate) network: f64,
    /// Written to the log on the disk and to each copy, bytes a second.
    pub(crate) logged: f64,
}

impl Needs {
    pub(crate) fn of(costs: &Costs, touches: Touches) -> Self {
        let touches_a_second = match touches {
            Touches::Throttled => REQUESTS.min(SESSIONS / TOUCHED_AFTER),
            Touches::Always => REQUESTS,
        };
        let (visit, touch) = (costs.of(Kind::NotDue), costs.touch());
        let each = |visit: f64, touch: f64| REQUESTS * visit + touches_a_second * touch;
        let cores = each(visit.micros, touch.micros) / 1e6;
        let net = each(
            visit.to_store + visit.from_store,
            touch.to_store + touch.from_store,
        );
        let held = SESSIONS * costs.bytes_a_session;
        let (bytes, machines) = match costs.store {
            "Redis" => {
                let shards = (held / A_SHARD).max(cores / BUSY).ceil();
                (held * COPIES, shards)
            }
            _ => (held * BLOAT, (cores / BUSY / CORES).ceil()),
        };
        Self {
            touches_a_second,
            bytes,
            cores,
            machines,
            network: 8.0 * net,
            logged: touches_a_second * costs.logged_a_touch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PerRequest;

    fn costs(store: &'static str) -> Costs {
        let page = PerRequest {
            micros: 10.0,
            to_store: 100.0,
            from_store: 300.0,
            ..PerRequest::default()
        };
        let due = PerRequest {
            micros: 30.0,
            to_store: 900.0,
            ..page
        };
        Costs {
            store,
            bytes_a_session: 500.0,
            logged_a_touch: 400.0,
            kinds: vec![(Kind::NotDue, page), (Kind::Due, due)],
        }
    }

    #[test]
    fn redis_is_as_many_as_the_processors_ask_for() {
        let needs = Needs::of(&costs("Redis"), Touches::Always);
        assert_eq!(needs.touches_a_second, 1e6);
        assert_eq!(needs.cores, 30.0);
        assert_eq!(needs.machines, 60.0);
        assert_eq!(needs.network, 8.0 * 1200.0 * 1e6);
        assert_eq!(needs.logged, 400e6);
        assert_eq!(needs.bytes, 100e9);
    }

    #[test]
    fn a_throttled_touch_is_one_in_a_hundredth_of_two_weeks() {
        let needs = Needs::of(&costs("PostgreSQL"), Touches::Throttled);
        assert_eq!(needs.touches_a_second.round(), 8267.0);
        assert_eq!(needs.machines, 1.0);
        assert_eq!(needs.bytes, 75e9);
    }
}
