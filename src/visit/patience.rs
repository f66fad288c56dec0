use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use tokio::time::{Instant, timeout};

use crate::engine::{Error, Result};

/// How long one request still waits for its store, however often it asks it.
#[derive(Debug)]
pub(super) struct Patience(Mutex<Duration>);

impl Patience {
    pub(super) fn new(in_all: Duration) -> Self {
        Self(Mutex::new(in_all))
    }

    /// The store's answer, or that it took too long. Then nobody knows what it did.
    pub(super) async fn wait<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let mut answer = pin!(answer);
        // Memory answers at once, and needs no clock.
        let at_once = poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => Poll::Ready(None),
        });
        if let Some(answer) = at_once.await {
            return answer;
        }
        let left = self.left();
        let start = Instant::now();
        let answered = timeout(left, answer).await;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            left.saturating_sub(start.elapsed());
        answered.unwrap_or_else(|_| Err(Error::new("it has not answered in time")))
    }

    fn left(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
