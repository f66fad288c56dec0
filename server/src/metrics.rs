//! What Prometheus is told: how long each operation of the store takes and how often it fails, what
//! happens to sessions, and how busy the store's connections are. No label is a name, a key or an
//! address.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use axum::{Router, http::header, routing::get};
use huihua::{
    Engine,
    engine::{Cursor, Order, Page, Replaced, Result, Row, StoreInfo, StoreMetrics},
    events,
    key::StoredKey,
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, registry::LookupSpan};

use crate::{
    console,
    operator::pulse::{self, Happened},
};

const SECONDS: &str = "huihua_engine_seconds";
const FAILURES: &str = "huihua_engine_failures_total";
const EVENTS: &str = "huihua_events_total";
const CLEARED: &str = "huihua_cleared_total";
const CONNECTIONS: &str = "huihua_engine_connections";
const LOOKUPS: &str = "huihua_cache_lookups_total";
/// From a look into memory to a request that waits for a store that doesn't answer.
const BUCKETS: &[f64] = &[
    0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0,
];

/// How often the durations that were taken are added up. Each is kept until then, or until somebody
/// asks, which may be never.
const ADD_UP_EVERY: Duration = Duration::from_secs(5);

/// Begins to count, and answers `GET /metrics`; `engine` is asked for its figures each time.
///
/// # Errors
/// If somebody else counts in this process already.
pub(crate) fn routes(engine: Option<Arc<dyn Engine>>) -> Result<Router, BuildError> {
    // One process has one of these, however many sites run in it.
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let handle = match HANDLE.get() {
        Some(handle) => handle.clone(),
        None => {
            let matcher = Matcher::Full(SECONDS.to_owned());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(matcher, BUCKETS)?;
            let handle = builder.install_recorder()?;
            describe_histogram!(SECONDS, "how long an operation of the session store took");
            describe_counter!(FAILURES, "operations of the session store that failed");
            describe_counter!(EVENTS, "what happened to sessions, and what was refused");
            describe_counter!(CLEARED, "expired rows that were removed from the store");
            describe_gauge!(
                CONNECTIONS,
                "connections to the session store, by what they do"
            );
            describe_counter!(LOOKUPS, "look-ups in the cache before the database");
            HANDLE.get_or_init(|| handle).clone()
        }
    };
    let to_add_up = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(ADD_UP_EVERY).await;
            to_add_up.run_upkeep();
        }
    });
    let said = move || async move {
        if let Some(engine) = &engine {
            tell(engine.metrics());
        }
        let content_type = "text/plain; version=0.0.4; charset=utf-8";
        ([(header::CONTENT_TYPE, content_type)], handle.render())
    };
    Ok(Router::new().route("/metrics", get(said)))
}

fn tell(metrics: StoreMetrics) {
    if let Some(pool) = metrics.pool {
        let set = |state, connections: u32| {
            gauge!(CONNECTIONS, "state" => state).set(f64::from(connections));
        };
        set("busy", pool.open.saturating_sub(pool.idle));
        set("idle", pool.idle);
        set("most", pool.most);
    }
    if let Some(cache) = metrics.cache {
        counter!(LOOKUPS, "found" => "yes").absolute(cache.hits);
        counter!(LOOKUPS, "found" => "no").absolute(cache.misses);
    }
}

/// Counts every event that has a name, the library's (see [`huihua::events`]) and the site's own,
/// however little of them is written to the log, and for the [`pulse`] also where nobody asks for
/// metrics.
pub(crate) fn counting<S: Subscriber + for<'span> LookupSpan<'span>>() -> impl Layer<S> {
    let named = Targets::new().with_target("huihua", Level::INFO);
    let named = named.with_target("server", Level::INFO);
    Counting.with_filter(named)
}

/// The console has a session too, which is none of the site's.
fn is_consoles_own<S>(context: &Context<'_, S>, event: &Event<'_>) -> bool
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let scope = context.event_scope(event);
    scope.is_some_and(|mut spans| spans.any(|span| span.name() == console::SPAN))
}

struct Counting;

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Counting {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let target = event.metadata().target();
        if target == events::TARGET && is_consoles_own(&context, event) {
            return;
        }
        let mut told = Told::default();
        event.record(&mut told);
        if told.event.is_empty() {
            return;
        }
        pulse::count(Happened {
            target,
            event: &told.event,
            begins: told.begins,
            sessions: told.sessions,
        });
        let by_store = target == events::TARGET;
        if told.event == "cleared" {
            // What an operator cleared, the store says too.
            if !by_store {
                return;
            }
            counter!(CLEARED).increment(told.sessions);
        }
        counter!(EVENTS, "event" => told.event).increment(1);
    }
}

/// What an event says, as far as it is counted.
#[derive(Default)]
struct Told {
    event: String,
    begins: bool,
    sessions: u64,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, text: &str) {
        if field.name() == "event" {
            text.clone_into(&mut self.event);
        }
    }

    fn record_bool(&mut self, field: &Field, is_so: bool) {
        if field.name() == "begins" {
            self.begins = is_so;
        }
    }

    fn record_u64(&mut self, field: &Field, number: u64) {
        if matches!(field.name(), "rows" | "sessions") {
            self.sessions = number;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// An engine, and how long it takes.
#[derive(Debug)]
pub(crate) struct Measured {
    engine: Arc<dyn Engine>,
    name: String,
}

impl Measured {
    /// `name` is what the engine is called in the settings.
    pub(crate) fn new(engine: Arc<dyn Engine>, name: String) -> Self {
        Self { engine, name }
    }

    async fn timed<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        let done = work.await;
        let labels = [
            ("engine", self.name.clone()),
            ("operation", operation.to_owned()),
        ];
        histogram!(SECONDS, &labels).record(start.elapsed());
        if done.is_err() {
            counter!(FAILURES, &labels).increment(1);
        }
        done
    }
}

#[async_trait]
impl Engine for Measured {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        self.timed("load", self.engine.load(key)).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        self.timed("create", self.engine.create(key, row)).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        self.timed("replace", self.engine.replace(key, seen, row))
            .await
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        self.timed("delete", self.engine.delete(key)).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.timed("clear_expired", self.engine.clear_expired())
            .await
    }

    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.timed("scan", self.engine.scan(order, from, limit))
            .await
    }

    async fn info(&self) -> Result<StoreInfo> {
        self.timed("about", self.engine.info()).await
    }

    fn metrics(&self) -> StoreMetrics {
        self.engine.metrics()
    }
}
