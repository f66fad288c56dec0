//! Locks that put the requests on one session in a queue.

use std::{array, sync::Arc};

use tokio::sync::{Mutex, MutexGuard};

use crate::tower_sessions::session::Id;

/// More than there are sessions that several requests change at the same moment.
const STRIPES: usize = 64;

/// A queue for the requests of this process that want to change the same session.
///
/// Of many requests that lost a compare-and-swap and try again at once, all but one lose again: so they try
/// one after the other. Those that come first, or from another process, are still met with another try.
#[derive(Debug, Clone)]
pub(crate) struct StripedLock(Arc<[Mutex<()>; STRIPES]>);

impl Default for StripedLock {
    fn default() -> Self {
        Self(Arc::new(array::from_fn(|_| Mutex::default())))
    }
}

impl StripedLock {
    /// Waits until it is this request's turn, which ends with what is returned.
    pub(super) async fn lock(&self, session: Id) -> MutexGuard<'_, ()> {
        // Its bits are those of a hash.
        let stripe = session.0.cast_unsigned() % STRIPES as u128;
        self.0[stripe as usize].lock().await
    }
}
