use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tower_sessions::session::Id;

/// Far more than end while one answer of a store is on its way.
const REMEMBERED: usize = 1024;

/// The fingerprints of the keys that this process has ended last.
///
/// A request may have changed a session a moment before another one, a login, replaced its key. If
/// the first were answered last, it would tell the browser to keep the old key instead of the new
/// one. So who ends a key says so here first, and who renews a cookie looks here last.
#[derive(Debug, Clone, Default)]
pub(crate) struct EndedKeys(Arc<Mutex<VecDeque<Id>>>);

impl EndedKeys {
    pub(super) fn add(&self, key: Id) {
        let mut keys = self.keys();
        if keys.len() == REMEMBERED {
            keys.pop_front();
        }
        keys.push_back(key);
    }

    /// It has not ended after all.
    pub(super) fn take_back(&self, key: Id) {
        self.keys().retain(|ended| *ended != key);
    }

    pub(super) fn holds(&self, key: Id) -> bool {
        self.keys().contains(&key)
    }

    fn keys(&self) -> MutexGuard<'_, VecDeque<Id>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
