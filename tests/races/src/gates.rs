use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use tokio::{sync::Notify, time::timeout};

/// So long nobody waits at a gate unless something went wrong.
const PATIENCE: Duration = Duration::from_secs(15);

/// The gates at which slow requests wait, for a site in this process.
#[derive(Debug, Clone, Default)]
pub struct Gates(Arc<Mutex<HashMap<u64, Arc<Gate>>>>);

#[derive(Debug, Default)]
struct Gate {
    inside: Notify,
    open: Notify,
}

impl Gates {
    fn gate(&self, number: u64) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(number).or_default().clone()
    }

    /// Waits at a gate until it is opened.
    pub async fn pass(&self, number: u64) {
        let gate = self.gate(number);
        gate.inside.notify_one();
        // Whoever should open it fails too, and says so.
        let _ = timeout(PATIENCE, gate.open.notified()).await;
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.remove(&number);
    }
}

/// The routes by which the gates are kept.
pub fn gate_routes(gates: Gates) -> Router {
    Router::new()
        .route("/gate/{gate}/inside", get(inside))
        .route("/gate/{gate}/open", get(open))
        .with_state(gates)
}

async fn inside(State(gates): State<Gates>, Path(number): Path<u64>) -> StatusCode {
    let gate = gates.gate(number);
    match timeout(PATIENCE, gate.inside.notified()).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::REQUEST_TIMEOUT,
    }
}

async fn open(State(gates): State<Gates>, Path(number): Path<u64>) {
    gates.gate(number).open.notify_one();
}
