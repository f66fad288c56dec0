//! The time that one request may still wait for its store.

use std::{pin::pin, time::Duration};

use futures_util::future::poll_immediate;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::engine::{
    Result,
    shared::timeout::{times_longer, within},
};

/// The time that one request still waits for its store, over all of its questions.
#[derive(Debug)]
pub(super) struct TimeoutBudget(Mutex<Duration>);

impl TimeoutBudget {
    pub(super) fn new(in_all: Duration) -> Self {
        Self(Mutex::new(in_all))
    }

    /// The store's answer, or that it took too long. Then nobody knows what it did.
    pub(super) async fn wait<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let mut answer = pin!(answer);
        // Memory answers at once, and needs no clock.
        if let Some(answer) = poll_immediate(answer.as_mut()).await {
            return answer;
        }
        let (left, start) = (*self.0.lock(), Instant::now());
        let answered = within(left, answer).await;
        let took = start.elapsed() / times_longer();
        *self.0.lock() = left.saturating_sub(took);
        answered
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.lock().is_zero()
    }
}
