use std::{
    future::Future,
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::poll_immediate;
use tokio::time::{Instant, timeout};

use crate::engine::{Error, Result, shared::limit::longer};

/// How long one request still waits for its store, however often it asks it.
#[derive(Debug)]
pub(super) struct TimeoutBudget(Mutex<Duration>);

impl TimeoutBudget {
    pub(super) fn new(in_all: Duration) -> Self {
        Self(Mutex::new(longer(in_all)))
    }

    /// The store's answer, or that it took too long. Then nobody knows what it did.
    pub(super) async fn wait<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let mut answer = pin!(answer);
        // Memory answers at once, and needs no clock.
        if let Some(answer) = poll_immediate(answer.as_mut()).await {
            return answer;
        }
        let left = self.left();
        let start = Instant::now();
        let answered = timeout(left, answer).await;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            left.saturating_sub(start.elapsed());
        answered.unwrap_or_else(|_| Err(Error::new("it has not answered in time")))
    }

    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    fn left(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
