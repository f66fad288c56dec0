//! The conformance suite: what every engine has to do, one named test for each behaviour.
//!
//! To hold an engine of your own to it, say how to get one on an empty store, and let
//! [`engine_tests!`](crate::engine_tests) make the tests:
//!
//! ```
//! # #[cfg(feature = "cache")]
//! # mod tests {
//! use std::sync::Arc;
//!
//! use huihua::{Clock, Engine, engine::cache::Cache, key::StoredKey, testing::Fixture};
//!
//! struct LocalMemory;
//!
//! #[async_trait::async_trait]
//! impl Fixture for LocalMemory {
//!     async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
//!         Arc::new(Cache::new(64 << 20).with_clock(clock))
//!     }
//!
//!     async fn corrupt(&self, _: &StoredKey, _: &[u8]) -> bool {
//!         false // there is no way past the engine
//!     }
//! }
//!
//! huihua::engine_tests!(LocalMemory);
//! # }
//! ```

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod behaviours;
mod inspect;
mod races;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use time::{Duration, OffsetDateTime};
use tokio::{sync::Barrier, task::JoinSet};

#[doc(hidden)]
pub use crate::engine::shared::timeout::wait_longer;
use crate::{
    Clock, Engine,
    engine::{Inspect, Order, Replaced, Result, Row},
    key::{SessionKey, StoredKey},
};

/// A store under test.
#[async_trait]
pub trait Fixture: Send + Sync + 'static {
    /// An engine on an empty store of its own, with its time from `clock`. Called once for each behaviour.
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine>;

    /// Puts `bytes` where the row of `key` would be, past the engine, as a program with an error
    /// would. `false`: this store can't hold such bytes.
    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool;
}

/// One thing that every engine has to do.
#[derive(Clone, Copy)]
pub struct Behaviour {
    /// Its name, which is that of a test.
    pub name: &'static str,
    /// Panics if it doesn't.
    pub run: fn(Arc<dyn Fixture>) -> BoxFuture<'static, ()>,
}

/// A clock that tests turn. It starts at the machine's time in whole seconds, because some stores
/// drop what has ended by a clock of their own.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<OffsetDateTime>>);

impl TestClock {
    /// A clock that stands still at the present second.
    pub fn new() -> Self {
        let now = Clock::system().now();
        let second = now.replace_nanosecond(0).unwrap_or(now);
        Self(Arc::new(Mutex::new(second)))
    }

    /// The moment at which it stands.
    pub fn now(&self) -> OffsetDateTime {
        *self.0.lock()
    }

    /// Turns it on.
    pub fn pass(&self, time: Duration) {
        *self.0.lock() += time;
    }

    /// The same, for an engine and a layer.
    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Clock::from_fn(move || clock.now())
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes one `#[tokio::test]` of every behaviour, for a [`Fixture`].
///
/// The crate that uses it needs tokio with the features `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! engine_tests {
    ($fixture:expr) => {
        $crate::with_behaviours!([$crate::engine_tests_of] $fixture);
    };
}

/// Hands the names of all behaviours to a macro, and before them whatever it is to know.
#[doc(hidden)]
#[macro_export]
macro_rules! with_behaviours {
    ([$($macro:tt)*] $($known:tt)*) => {
        $($macro)*! {
            [$($known)*]
            behaviours:
                a_missing_row_is_none
                a_created_row_loads_as_it_was
                a_row_is_created_once
                a_key_is_free_again_after_a_delete
                a_row_is_replaced_only_as_it_was_seen
                a_touch_moves_only_the_end
                capitals_and_spaces_make_another_payload
                what_a_payload_holds_is_never_understood
                a_deleted_row_is_gone
                a_deleted_row_is_not_replaced
                a_row_loads_until_its_end_and_no_longer
                an_ended_row_is_not_replaced
                replacing_by_an_ended_row_ends_it
                a_row_without_end_stays
                a_row_that_has_ended_before_it_is_made_never_loads
                both_forms_of_keys_live_side_by_side
                a_million_bytes_are_kept
                bytes_that_are_no_row_read_as_none
                a_damaged_row_harms_no_other
                clearing_takes_only_what_has_ended;
            inspect:
                a_scan_of_nothing_ends
                a_scan_passes_over_what_has_ended
                a_scan_meets_everything_that_stays
                every_order_meets_everything
                orders_that_are_announced_hold
                an_order_meets_what_stays_once
                a_store_names_itself
                a_store_that_counts_rows_counts_what_was_written
                a_scan_meets_what_was_just_read
                metrics_count_what_was_cleared;
            races:
                one_of_many_creates_wins
                many_writers_on_one_key_lose_nothing
                many_sessions_at_once_stay_apart
                loads_at_once_find_their_own
                who_gives_up_leaves_nobody_their_answer
                a_delete_racing_with_replaces_wins
                a_delete_racing_with_touches_wins
                a_delete_racing_with_loads_wins
                a_load_never_sees_half_a_row;
        }
    };
}

/// The tests of [`engine_tests!`](crate::engine_tests).
#[doc(hidden)]
#[macro_export]
macro_rules! engine_tests_of {
    ([$fixture:expr] $($module:ident: $($name:ident)*;)*) => {
        $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                $crate::testing::run(stringify!($name), $fixture).await;
            }
        )*)*
    };
}

/// Runs the behaviour called `name` on `fixture`.
///
/// # Panics
/// If the engine doesn't behave so, or there is no such behaviour.
pub async fn run(name: &str, fixture: impl Fixture) {
    let Some(behaviour) = BEHAVIOURS.iter().find(|behaviour| behaviour.name == name) else {
        panic!("there is no behaviour called {name}");
    };
    (behaviour.run)(Arc::new(fixture)).await;
}

/// An engine under test, its clock, and its store.
struct Harness {
    engine: Arc<dyn Engine>,
    clock: TestClock,
    fixture: Arc<dyn Fixture>,
}

impl Harness {
    async fn of(fixture: Arc<dyn Fixture>) -> Self {
        let clock = TestClock::new();
        Self { engine: fixture.engine(clock.clock()).await, clock, fixture }
    }

    fn inspect(&self) -> &dyn Inspect {
        self.engine.inspected().unwrap()
    }

    /// The rows of a scan that can be read.
    async fn scanned(&self, order: Order, limit: usize) -> Vec<(StoredKey, Row)> {
        let rows = self.listed(order, limit).await.into_iter();
        rows.filter_map(|(key, row)| Some((key, row.ok()?))).collect()
    }

    /// The rows of a scan, page by page. One that doesn't end fails.
    async fn listed(&self, order: Order, limit: usize) -> Vec<(StoredKey, Result<Row>)> {
        let (mut rows, mut from) = (Vec::new(), None);
        for _ in 0..100_000 {
            let page = self.inspect().scan(order, from.as_ref(), limit).await.unwrap();
            rows.extend(page.rows);
            match page.next {
                Some(next) => from = Some(next),
                None => return rows,
            }
        }
        panic!("a scan by {limit} doesn't end");
    }

    async fn load(&self, key: &StoredKey) -> Option<Row> {
        self.engine.load(key).await.unwrap()
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> bool {
        self.engine.create(key, row).await.unwrap()
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Replaced {
        self.engine.replace(key, seen, row).await.unwrap()
    }

    async fn delete(&self, key: &StoredKey) -> bool {
        self.engine.delete(key).await.unwrap()
    }

    /// A row that is in the store and ends after `lasts`, and its key.
    async fn made(&self, payload: &str, lasts: Duration) -> (StoredKey, Row) {
        let (key, row) = (new_key(), self.row(payload, lasts));
        assert!(self.create(&key, &row).await);
        (key, row)
    }

    /// The same, of several: only their keys.
    async fn made_keys(&self, lasts: impl IntoIterator<Item = Duration>) -> Vec<StoredKey> {
        let mut keys = Vec::new();
        for lasts in lasts {
            keys.push(self.made("x", lasts).await.0);
        }
        keys
    }

    /// The answers of so many tasks that begin at once.
    async fn at_once<F>(
        &self,
        tasks: usize,
        task: impl Fn(Arc<dyn Engine>, usize) -> F,
    ) -> Vec<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let start = Arc::new(Barrier::new(tasks));
        let mut running = JoinSet::new();
        for number in 0..tasks {
            let (start, task) = (start.clone(), task(self.engine.clone(), number));
            running.spawn(async move {
                start.wait().await;
                task.await
            });
        }
        running.join_all().await
    }

    /// A row that ends after `lasts`, from now on.
    fn row(&self, payload: &str, lasts: Duration) -> Row {
        Row::new(payload, self.clock.now() + lasts)
    }
}

fn new_key() -> StoredKey {
    SessionKey::generate().stored(true)
}

macro_rules! list_of {
    ([] $($module:ident: $($name:ident)*;)*) => {
        &[$($(Behaviour {
            name: stringify!($name),
            run: |fixture| Box::pin(async {
                let harness = Harness::of(fixture).await;
                if harness.engine.inspect().is_some() || !$module::INSPECTS {
                    $module::$name(harness).await;
                }
            }),
        }),*),*]
    };
}

/// Every behaviour.
pub const BEHAVIOURS: &[Behaviour] = with_behaviours!([list_of]);
