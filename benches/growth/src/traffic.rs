//! A running site over each table: how long requests take, and what memory it needs.

use std::time::Instant;

use huihua::key::SessionKey;
use measure::Timings;

use crate::{
    loads::AT_ONCE,
    scale::Scale,
    site::{Program, Site},
    table::Table,
    visitor::Visitor,
};

/// What answers with the session alone, no page.
const SESSION: &str = "/session/";

/// What was seen of one site.
#[derive(Debug)]
pub(crate) struct Traffic {
    /// How long requests took, at each concurrency.
    pub(crate) requests: [Timings; 2],
    /// Bytes of memory when it had started.
    pub(crate) at_start: u64,
    /// Bytes of memory when all requests were answered.
    pub(crate) afterwards: u64,
}

/// The same number of requests, whatever the table's size: a tenth of them one by one.
pub(crate) async fn over(program: &Program, table: &Table, scale: &Scale) -> Traffic {
    let site = Site::start(program, &[("DATABASE_URL", &table.url)]);
    let at_start = site.memory();
    let mut requests = <[Timings; 2]>::default();
    let shares = [scale.requests / 10, scale.requests - scale.requests / 10];
    for ((requests, at_once), share) in requests.iter_mut().zip(AT_ONCE).zip(shares) {
        let visitors: Vec<_> = (0..at_once)
            .map(|_| {
                let keys = (0..share / at_once).map(|_| table.key().clone()).collect();
                tokio::spawn(visit(site.address(), keys))
            })
            .collect();
        let mut all = Vec::new();
        for visitor in visitors {
            all.push(visitor.await.expect("a visitor"));
        }
        *requests = Timings::join(all);
    }
    Traffic {
        requests,
        at_start,
        afterwards: site.memory(),
    }
}

async fn visit(address: std::net::SocketAddr, keys: Vec<SessionKey>) -> Timings {
    let mut visitor = Visitor::arrive(address).await;
    let mut timings = Timings::default();
    for key in &keys {
        let start = Instant::now();
        let answer = visitor.get(SESSION, Some(key)).await;
        timings.push(start.elapsed());
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains("小明"), "not the session: {answer}");
    }
    timings
}
