//! What Prometheus is told: how long each operation of the store takes and how often it fails, and
//! what visitors do. No label is a name, a key or an address.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Instant,
};

use async_trait::async_trait;
use axum::{Router, http::header, routing::get};
use huihua::{
    Engine,
    engine::{About, Cursor, Page, Replaced, Result, Row},
    key::StoredKey,
};
use metrics::{counter, describe_counter, describe_histogram, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

const SECONDS: &str = "huihua_engine_seconds";
const FAILURES: &str = "huihua_engine_failures_total";
const EVENTS: &str = "huihua_events_total";
/// From a look into memory to a request that waits for a store that doesn't answer.
const BUCKETS: &[f64] = &[
    0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0,
];

/// Begins to count, and answers `GET /metrics`.
///
/// # Errors
/// If somebody else counts in this process already.
pub(crate) fn routes() -> Result<Router, BuildError> {
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
            describe_counter!(EVENTS, "what visitors did, and what was refused");
            HANDLE.get_or_init(|| handle).clone()
        }
    };
    let said = move || async move {
        let content_type = "text/plain; version=0.0.4; charset=utf-8";
        ([(header::CONTENT_TYPE, content_type)], handle.render())
    };
    Ok(Router::new().route("/metrics", get(said)))
}

/// Something that a visitor did, or that was refused.
pub(crate) fn count(event: &'static str) {
    tracing::info!(event, "visitor");
    counter!(EVENTS, "event" => event).increment(1);
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

    async fn scan(&self, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.timed("scan", self.engine.scan(from, limit)).await
    }

    async fn about(&self) -> Result<About> {
        self.timed("about", self.engine.about()).await
    }
}
