//! Keys that this process has ended last.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use scopeguard::{ScopeGuard, guard};

use crate::tower_sessions::session::Id;

/// Far more than end while one answer of a store is on its way.
const REMEMBERED: usize = 1024;

/// The ids of the keys that this process has ended last.
///
/// A request may have changed a session a moment before a login replaced its key. If it were answered last,
/// it would tell the browser to keep the old key. So a step that ends a key is noted here first, and one that
/// renews a cookie looks here last. (A queue and no cache: no cache promises to keep what came last.)
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentlyRevoked(Arc<Mutex<VecDeque<Id>>>);

impl RecentlyRevoked {
    /// Notes a key that is about to end. If that comes to nothing, the key is forgotten with the guard,
    /// also where a store panics, or the runtime stops. `ScopeGuard::into_inner`: it has ended.
    pub(super) fn add(&self, key: Id) -> ScopeGuard<Id, impl FnOnce(Id) + use<>> {
        let mut keys = self.0.lock();
        if keys.len() == REMEMBERED {
            keys.pop_front();
        }
        keys.push_back(key);
        let revoked = self.clone();
        guard(key, move |key| {
            let mut keys = revoked.0.lock();
            // Another request may have ended it for good.
            if let Some(place) = keys.iter().rposition(|ended| *ended == key) {
                keys.remove(place);
            }
        })
    }

    pub(super) fn contains(&self, key: Id) -> bool {
        self.0.lock().contains(&key)
    }
}
