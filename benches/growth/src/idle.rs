//! Connections that are kept and not used.

use crate::{
    site::{Program, Site},
    visitor::Visitor,
};

/// How many there are.
pub(crate) const CONNECTIONS: usize = 5_000;
/// Files that the benchmark, or the server, has open beside them.
const OTHER_FILES: u64 = 200;
/// Those who come at the same time.
const AT_ONCE: usize = 100;

/// Bytes of memory.
#[derive(Debug)]
pub(crate) struct Idle {
    /// Once it has started and answered somebody.
    pub(crate) at_rest: u64,
    /// With all connections open.
    pub(crate) with_connections: u64,
}

/// Asks the machine for so many open files, for this process and for the server that it starts.
pub(crate) fn allow() -> Result<(), String> {
    let needed = CONNECTIONS as u64 + OTHER_FILES;
    match rlimit::increase_nofile_limit(needed) {
        Ok(allowed) if allowed >= needed => Ok(()),
        Ok(allowed) => Err(format!(
            "a process may only have {allowed} open files here, and {needed} are needed: raise the \
             hard limit, as root with `ulimit -Hn {needed}`"
        )),
        Err(error) => Err(format!("the limit of open files can't be raised: {error}")),
    }
}

/// Each visitor loads the page once and then keeps the connection.
pub(crate) async fn measure(program: &Program, database: &str) -> Idle {
    let site = Site::start(program, &[("DATABASE_URL", database)]);
    let address = site.address();
    let mut first = Visitor::arrive(address).await;
    first.get("/", None).await;
    let at_rest = site.memory();

    let mut visitors = Vec::with_capacity(CONNECTIONS);
    while visitors.len() < CONNECTIONS {
        let coming: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                tokio::spawn(async move {
                    let mut visitor = Visitor::arrive(address).await;
                    visitor.get("/", None).await;
                    visitor
                })
            })
            .collect();
        for visitor in coming {
            visitors.push(visitor.await.expect("a visitor"));
        }
    }
    let with_connections = site.memory();
    // The server has closed none of them.
    for visitor in &mut visitors {
        visitor.get("/healthz", None).await;
    }
    Idle {
        at_rest,
        with_connections,
    }
}
