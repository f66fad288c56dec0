//! How long each operation of a session store takes: the same work for every store.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;

/// What every session holds, as JSON.
pub const SESSION: &str = r#"{"cart":[3,1415,92653],"uname":"小明","visits":1}"#;
/// How long sessions last, in seconds: two weeks.
pub const AGE: i64 = 1_209_600;
/// So many sessions go through all five operations at each concurrency.
const SESSIONS: usize = 2000;
const CONCURRENCY: [usize; 2] = [1, 32];

/// A store, ready to be measured. What fails panics: then there is nothing to measure.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// What a request knows of its session once it has loaded it.
    type Session: Send + 'static;

    /// A new session, from its data to the store.
    async fn create(&self) -> Self::Session;
    /// From the store to its data.
    async fn load(&self, session: &mut Self::Session);
    /// Other data, from there to the store.
    async fn replace(&self, session: &mut Self::Session);
    /// The same data, and an end that is later.
    async fn touch(&self, session: &mut Self::Session);
    /// A logout.
    async fn delete(&self, session: Self::Session);
}

/// How long many calls took.
#[derive(Debug, Default)]
pub struct Timings(Vec<Duration>);

impl Timings {
    /// Adds one call.
    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// Brings several together.
    pub fn join(all: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<_> = all.into_iter().flat_map(|timings| timings.0).collect();
        all.sort_unstable();
        Self(all)
    }

    /// How many calls there were.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that this share of the calls, of [`Timings::join`], took at most: microseconds.
    pub fn micros(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last as f64 * share).round() as usize;
        self.0.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
    }
}

/// The table's head; [`measure`] prints its lines.
pub fn print_head() {
    println!("| store | at once | create | load | load again | replace | touch | delete |");
    println!("|---|---|---|---|---|---|---|---|");
}

/// Puts sessions through all operations and prints median and 99th percentile of each, in µs.
pub async fn measure<S: Store>(name: &str, store: S) {
    let store = Arc::new(store);
    for at_once in CONCURRENCY {
        // Connections, scripts and prepared statements are made before the first is counted.
        run(&store, at_once, 10 * at_once).await;
        let cells = run(&store, at_once, SESSIONS).await;
        println!("| {name} | {at_once} | {} |", cells.join(" | "));
    }
}

/// Each operation on all sessions before the next: `at_once` tasks have a share each.
async fn run<S: Store>(store: &Arc<S>, at_once: usize, sessions: usize) -> [String; 6] {
    let nothing = vec![vec![(); sessions / at_once]; at_once];
    let (created, sessions) = step(
        store,
        nothing,
        |store, ()| async move { store.create().await },
    )
    .await;
    let (loaded, sessions) = step(store, sessions, |store, mut session| async move {
        store.load(&mut session).await;
        session
    })
    .await;
    // The first load may have filled a cache.
    let (loaded_again, sessions) = step(store, sessions, |store, mut session| async move {
        store.load(&mut session).await;
        session
    })
    .await;
    let (replaced, sessions) = step(store, sessions, |store, mut session| async move {
        store.replace(&mut session).await;
        session
    })
    .await;
    let (touched, sessions) = step(store, sessions, |store, mut session| async move {
        store.touch(&mut session).await;
        session
    })
    .await;
    let (deleted, _) = step(store, sessions, |store, session| async move {
        store.delete(session).await;
    })
    .await;
    [created, loaded, loaded_again, replaced, touched, deleted]
}

async fn step<S, I, O, F>(
    store: &Arc<S>,
    shares: Vec<Vec<I>>,
    operation: impl Fn(Arc<S>, I) -> F + Clone + Send + 'static,
) -> (String, Vec<Vec<O>>)
where
    S: Store,
    I: Send + 'static,
    O: Send + 'static,
    F: Future<Output = O> + Send,
{
    let tasks: Vec<_> = shares
        .into_iter()
        .map(|share| {
            let (store, operation) = (store.clone(), operation.clone());
            tokio::spawn(async move {
                let mut timings = Timings::default();
                let mut done = Vec::with_capacity(share.len());
                for item in share {
                    let start = Instant::now();
                    done.push(operation(store.clone(), item).await);
                    timings.push(start.elapsed());
                }
                (timings, done)
            })
        })
        .collect();
    let (mut timings, mut done) = (Vec::new(), Vec::new());
    for task in tasks {
        let (its_timings, its_done) = task.await.expect("a store that works");
        timings.push(its_timings);
        done.push(its_done);
    }
    (cell(&Timings::join(timings)), done)
}

fn cell(timings: &Timings) -> String {
    format!("{:.0} / {:.0}", timings.micros(0.5), timings.micros(0.99))
}
