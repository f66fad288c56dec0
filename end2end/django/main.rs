//! A Django site and one of ours on the same sessions, and a visitor who goes back and forth.
//!
//! Every case runs on every store that both have, with every Django that is installed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod ours;
mod shared;
mod visitor;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use huihua::Clock;
use servers::{Django, Python, Running, Trials};
use tokio::{runtime::Runtime, sync::OnceCell, time::timeout};

use self::{
    cases::Case,
    ours::Ours,
    shared::{Shared, Store},
    visitor::Peer,
};

/// So long a case takes only if somebody waits for ever.
const TOO_LONG: Duration = Duration::from_secs(120);

/// Both sites, on one store.
pub(crate) struct Both {
    ours: Ours,
    django: Django,
    shared: Shared,
    python: Python,
}

impl Both {
    /// Starts both, Django first: it makes its tables.
    async fn start(python: Python, shared: Shared) -> Self {
        let django = Django::start(&python, &site(), &shared.django(&[]));
        Self { ours: Ours::start(&shared.ours(&[]), Clock::system()).await, django, shared, python }
    }

    fn ours(&self) -> Peer {
        Peer(self.ours.url())
    }

    fn django(&self) -> Peer {
        Peer(self.django.url())
    }

    /// Whether sessions live in their cookies.
    fn in_cookies(&self) -> bool {
        self.shared.engine() == "signed_cookies"
    }

    /// Whether Django pickles sessions, and signs nothing.
    fn is_pickled(&self) -> bool {
        matches!(self.shared.engine(), "redis" | "memcached") && self.shared.has_django_cache()
    }

    /// Whether ours reads a database that Django reads through a cache.
    fn is_beside(&self) -> bool {
        self.shared.engine() == "cached_db"
    }

    /// Whether a session that has ended stays in the store until it is cleared.
    fn keeps_what_has_ended(&self) -> bool {
        matches!(self.shared.engine(), "db" | "cached_db" | "file")
    }
}

pub(crate) fn site() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("end2end/django/site")
}

/// One Django and one store: started when a case first needs them.
struct Pair {
    python: Python,
    store: &'static Store,
    both: OnceCell<Both>,
}

struct Everything {
    runtime: Runtime,
    running: Running,
    pairs: Vec<Pair>,
}

impl Everything {
    fn run(&self, pair: usize, case: &Case) {
        let Pair { python, store, both } = &self.pairs[pair];
        let done = self.runtime.block_on(async {
            let start = || Both::start(python.clone(), (store.share)(&self.running));
            let both = both.get_or_init(start).await;
            timeout(TOO_LONG, (case.run)(both)).await
        });
        done.unwrap();
    }
}

fn main() -> ExitCode {
    let mut trials = Trials::from_args();
    let pythons = Python::installed().unwrap_or_else(|missing| {
        trials.add_missing("every case".into(), missing);
        Vec::new()
    });
    let pairs = pythons.into_iter().flat_map(|python| {
        shared::ALL.iter().map(move |store| Pair {
            python: python.clone(),
            store,
            both: OnceCell::new(),
        })
    });
    let everything = Arc::new(Everything {
        runtime: Runtime::new().unwrap(),
        running: Running::default(),
        pairs: pairs.collect(),
    });
    for (index, Pair { python, store, .. }) in everything.pairs.iter().enumerate() {
        for case in cases::ALL.iter().filter(|case| case.runs_on(store.name)) {
            let name = format!("django_{}::{}::{}", python.version, store.name, case.name);
            let everything = everything.clone();
            trials.add(name, store.programs, move || everything.run(index, case));
        }
    }
    trials.run()
}
