use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use tower_sessions::session::Id;

/// Far more than end while one answer of a store is on its way.
const REMEMBERED: usize = 1024;

/// The fingerprints of the keys that this process has ended last.
///
/// A request may have changed a session a moment before another one, a login, replaced its key. If
/// the first were answered last, it would tell the browser to keep the old key instead of the new
/// one. So a step that ends a key is noted here first, and one that renews a cookie looks here last. (A
/// queue and no cache, because no cache promises to keep what came last.)
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentlyRevoked(Arc<Mutex<VecDeque<Id>>>);

/// A key that is about to end. If that comes to nothing, it is forgotten.
pub(super) struct Revocation {
    keys: RecentlyRevoked,
    key: Id,
    is_confirmed: bool,
}

impl Revocation {
    /// It has ended.
    pub(super) fn confirm(mut self) {
        self.is_confirmed = true;
    }
}

impl Drop for Revocation {
    /// Also where a store panics, or the runtime stops.
    fn drop(&mut self) {
        if !self.is_confirmed {
            let mut keys = self.keys.0.lock();
            // Another request may have ended it for good.
            if let Some(place) = keys.iter().rposition(|ended| *ended == self.key) {
                keys.remove(place);
            }
        }
    }
}

impl RecentlyRevoked {
    pub(super) fn add(&self, key: Id) -> Revocation {
        let mut keys = self.0.lock();
        if keys.len() == REMEMBERED {
            keys.pop_front();
        }
        keys.push_back(key);
        Revocation { keys: self.clone(), key, is_confirmed: false }
    }

    pub(super) fn contains(&self, key: Id) -> bool {
        self.0.lock().contains(&key)
    }
}
