//! The time that an engine gives its store; many times that in tests that aren't about it, because a busy
//! machine is no broken store.

use std::{io, pin::pin, time::Duration};

use futures_util::future::poll_immediate;

/// The answer, or an error of the kind [`io::ErrorKind::TimedOut`] if it takes longer than `limit`.
pub(crate) async fn within<T, E: From<io::Error>>(
    limit: Duration,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let mut answer = pin!(answer);
    // Memory answers at once, and needs no clock.
    match poll_immediate(answer.as_mut()).await {
        Some(answer) => answer,
        None => {
            tokio::time::timeout(longer(limit), answer).await.unwrap_or_else(|_| Err(late().into()))
        }
    }
}

/// The error of a store that is silent.
pub(crate) fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "it has not answered in time")
}

/// The limit, as long as this thread waits.
pub(crate) fn longer(limit: Duration) -> Duration {
    limit * times_longer()
}

#[cfg(not(feature = "testing"))]
pub(crate) fn times_longer() -> u32 {
    1
}

#[cfg(feature = "testing")]
pub(crate) fn times_longer() -> u32 {
    TIMES_LONGER.get()
}

#[cfg(feature = "testing")]
thread_local! {
    static TIMES_LONGER: std::cell::Cell<u32> = const { std::cell::Cell::new(1) };
}

/// Lets engines and layers on this thread wait so many times as long for a store.
#[cfg(feature = "testing")]
pub fn wait_longer(times: u32) {
    TIMES_LONGER.set(times);
}
