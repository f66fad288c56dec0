//! How long engines wait for their stores: as long as they say, and in tests that aren't about it,
//! many times that, because a machine that is busy with others is no store that is broken.

use std::time::Duration;

use tokio::time::Timeout;

/// As `tokio::time::timeout`, as long as this thread waits.
pub(crate) fn timeout<F: Future>(limit: Duration, answer: F) -> Timeout<F> {
    tokio::time::timeout(longer(limit), answer)
}

/// The limit, as long as this thread waits.
pub(crate) fn longer(limit: Duration) -> Duration {
    #[cfg(feature = "testing")]
    let limit = limit * crate::testing::times_longer();
    limit
}
