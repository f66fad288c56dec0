//! `/healthz` and `/readyz`.

use std::{sync::Arc, time::Duration};

use admin::Admin;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use huihua::Store;
use tokio::{sync::Mutex, time::Instant};

/// The time for which the store is believed to keep sessions, however many ask.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// The paths of the checks.
pub(crate) const PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// `/healthz` and `/readyz`; `admin`: of the store, if it has rows.
pub(crate) fn routes(store: Option<&Store>, admin: Option<Admin>) -> Router {
    let ready = match (store, admin) {
        (_, Some(admin)) => {
            get(ready).with_state(Arc::new(Readiness { admin, last_try: Mutex::default() }))
        }
        (Some(_), None) => get(|| async { "ok, sessions are in their cookies\n" }),
        (None, None) => get(|| async { "ok, sessions are off\n" }),
    };
    let [healthz, readyz] = PATHS;
    Router::new().route(healthz, get(|| async { "ok\n" })).route(readyz, ready)
}

/// `/readyz`: 200 if a login could be stored now.
async fn ready(State(readiness): State<Arc<Readiness>>) -> (StatusCode, &'static str) {
    // To its end, though the client may leave: nothing stays behind in the store.
    let is_ready = tokio::spawn(async move { readiness.check().await });
    let why = match is_ready.await {
        Ok(Ok(())) => return (StatusCode::OK, "ok\n"),
        Ok(Err(why)) => why,
        Err(panicked) => panicked.to_string(),
    };
    tracing::error!(why, "the session store is broken");
    let text = "the session store doesn't keep sessions at the moment\n";
    (StatusCode::SERVICE_UNAVAILABLE, text)
}

struct Readiness {
    admin: Admin,
    last_try: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Readiness {
    async fn check(&self) -> Result<(), String> {
        // One that doesn't answer is noticed at once.
        self.admin.lookup_latency().await?;
        let mut last_try = self.last_try.lock().await;
        if let Some((when, kept)) = &*last_try
            && when.elapsed() < BELIEVED_FOR
        {
            return kept.clone();
        }
        let kept = self.admin.round_trip().await;
        *last_try = Some((Instant::now(), kept.clone()));
        kept
    }
}

#[cfg(test)]
mod tests;
