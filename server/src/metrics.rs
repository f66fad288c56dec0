//! Metrics for Prometheus: time and failures of each operation of the store, events of sessions, and
//! the store's connections. No label is a name, a key or an address.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    thread,
    time::{Duration, Instant},
};

use admin::activity::{self, SessionEvent};
use async_trait::async_trait;
use axum::{Router, http::header, routing::get};
use huihua::{
    Engine,
    engine::{Cursor, Inspect, Order, Page, Replaced, Result, Row, StoreInfo, StoreMetrics},
    events,
    key::StoredKey,
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, registry::LookupSpan};

/// The span of all that is logged while a request to the console is answered.
pub(crate) const CONSOLE_SPAN: &str = "console";

const SECONDS: &str = "huihua_engine_seconds";
const FAILURES: &str = "huihua_engine_failures_total";
const EVENTS: &str = "huihua_events_total";
const CLEARED: &str = "huihua_cleared_total";
const CONNECTIONS: &str = "huihua_engine_connections";
const LOOKUPS: &str = "huihua_cache_lookups_total";
/// Seconds: from a look-up in memory to a request that waits for a store that doesn't answer.
const BUCKETS: &[f64] =
    &[0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];

/// The time between two runs of the recorder's upkeep: until then, or until somebody asks, it keeps
/// every duration.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The route `/metrics`; `engine` is asked for its figures each time. Fails when the process has another
/// recorder.
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
            describe_gauge!(CONNECTIONS, "connections to the session store, by what they do");
            describe_counter!(LOOKUPS, "look-ups in the cache before the database");
            let upkeep = handle.clone();
            thread::spawn(move || {
                loop {
                    thread::sleep(UPKEEP_EVERY);
                    upkeep.run_upkeep();
                }
            });
            HANDLE.get_or_init(|| handle).clone()
        }
    };
    let answer = move || async move {
        if let Some(engine) = &engine {
            record(engine.inspect().map(Inspect::metrics).unwrap_or_default());
        }
        let content_type = "text/plain; version=0.0.4; charset=utf-8";
        ([(header::CONTENT_TYPE, content_type)], handle.render())
    };
    Ok(Router::new().route("/metrics", get(answer)))
}

fn record(metrics: StoreMetrics) {
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

/// A layer that counts every event that has a name, the library's (see [`huihua::events`]) and the
/// site's own, however little of them is logged, and for the [`activity`] also without metrics.
pub(crate) fn event_counter<S: Subscriber + for<'span> LookupSpan<'span>>() -> impl Layer<S> {
    let named = [("huihua", Level::INFO), ("server", Level::INFO)];
    EventCounter.with_filter(Targets::new().with_targets(named))
}

struct EventCounter;

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for EventCounter {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let target = event.metadata().target();
        let by_store = target == events::TARGET;
        let spans = context.event_scope(event).into_iter().flatten();
        if by_store && spans.map(|span| span.name()).any(|name| name == CONSOLE_SPAN) {
            return;
        }
        let mut fields = SessionEvent::default();
        event.record(&mut fields);
        if fields.event.is_empty() {
            return;
        }
        activity::count(target, &fields);
        if fields.event == "cleared" {
            // The store has an event of its own for what an operator cleared.
            if !by_store {
                return;
            }
            counter!(CLEARED).increment(fields.sessions);
        }
        counter!(EVENTS, "event" => fields.event).increment(1);
    }
}

/// An engine whose operations are timed.
#[derive(Debug)]
pub(crate) struct MeasuredEngine {
    pub(crate) engine: Arc<dyn Engine>,
    /// Its name in the settings.
    pub(crate) name: &'static str,
}

impl MeasuredEngine {
    async fn timed<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        let done = work.await;
        let labels = [("engine", self.name), ("operation", operation)];
        histogram!(SECONDS, &labels).record(start.elapsed());
        if done.is_err() {
            counter!(FAILURES, &labels).increment(1);
        }
        done
    }
}

#[async_trait]
impl Engine for MeasuredEngine {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        self.timed("load", self.engine.load(key)).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        self.timed("create", self.engine.create(key, row)).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        self.timed("replace", self.engine.replace(key, seen, row)).await
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        self.timed("delete", self.engine.delete(key)).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.timed("clear_expired", self.engine.clear_expired()).await
    }

    async fn close(&self) {
        self.engine.close().await;
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        self.engine.inspect().map(|_| self as &dyn Inspect)
    }
}

#[async_trait]
impl Inspect for MeasuredEngine {
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.timed("scan", self.engine.inspected()?.scan(order, from, limit)).await
    }

    async fn info(&self) -> Result<StoreInfo> {
        self.timed("about", self.engine.inspected()?.info()).await
    }

    fn metrics(&self) -> StoreMetrics {
        let inspect = self.engine.inspect();
        inspect.map(Inspect::metrics).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
