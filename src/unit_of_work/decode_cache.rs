//! A cache of decoded payloads.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use super::state::Decoded;

use crate::tower_sessions::session::Id;

/// Bytes that all entries together may take, as they really are.
const CAPACITY: usize = 4 * 1024 * 1024;
/// Bytes that one may take: a large session mustn't push out hundreds of small ones.
const LARGEST: usize = 64 * 1024;
/// About how many there will be, for the cache's own tables.
const ENTRIES: usize = 8 * 1024;
/// Bytes that the cache itself takes for an entry, beside payload and state.
const OVERHEAD: usize = 128;

/// The payloads that this process has decoded last.
///
/// Visitors come with several requests one after another, and between them their payload mostly stays the
/// same: text that has been verified, decoded and read needn't be so again. The store is asked all the same.
/// Whoever wants to be in it has to have a good signature first, and is forgotten when the session ends.
#[derive(Clone)]
pub(crate) struct DecodeCache(Arc<Cache<Id, Arc<Entry>, Weigh>>);

struct Entry {
    payload: Box<str>,
    decoded: Decoded,
    bytes: usize,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Id, Arc<Entry>> for Weigh {
    fn weight(&self, _: &Id, entry: &Arc<Entry>) -> u64 {
        entry.bytes as u64
    }
}

impl DecodeCache {
    pub(super) fn get(&self, session: Id, payload: &str) -> Option<Decoded> {
        let entry = self.0.get(&session)?;
        (*entry.payload == *payload).then(|| entry.decoded.clone())
    }

    pub(super) fn insert(&self, session: Id, payload: &str, decoded: &Decoded) {
        let bytes = OVERHEAD + payload.len() + decoded.state.bytes();
        if bytes > LARGEST {
            return;
        }
        let entry = Entry { payload: payload.into(), decoded: decoded.clone(), bytes };
        self.0.insert(session, Arc::new(entry));
    }

    /// The session has ended.
    pub(super) fn remove(&self, session: Id) {
        self.0.remove(&session);
    }
}

impl Default for DecodeCache {
    fn default() -> Self {
        Self(Arc::new(Cache::with_weighter(ENTRIES, CAPACITY as u64, Weigh)))
    }
}

opaque_debug!(DecodeCache);

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::OffsetDateTime;

    use super::{super::state::SessionState, *};

    fn decoded(value: Value) -> Decoded {
        let json = json!({ "value": value }).to_string();
        Decoded {
            state: Arc::new(SessionState::parse(json.as_bytes()).unwrap()),
            signed_at: OffsetDateTime::UNIX_EPOCH,
            by_fallback: false,
        }
    }

    #[test]
    fn only_the_very_payload_that_was_decoded_is_known() {
        let cache = DecodeCache::default();
        cache.insert(Id(1), "e30:1:good", &decoded(json!(1)));
        assert!(cache.get(Id(1), "e30:1:good").is_some());
        for payload in ["e30:1:bad", "e30:1:good ", ""] {
            assert!(cache.get(Id(1), payload).is_none(), "{payload}");
        }
        assert!(cache.get(Id(2), "e30:1:good").is_none());
        cache.remove(Id(1));
        assert!(cache.get(Id(1), "e30:1:good").is_none());
    }

    /// A short payload may inflate to much, and values take more room than their text.
    #[test]
    fn promise_13_entries_weigh_what_they_hold() {
        let empty_lists = decoded(json!(vec![json!([]); 1000]));
        let cache = DecodeCache::default();
        for session in 0..4_000 {
            cache.insert(Id(session), "e30:1:good", &empty_lists);
        }
        // The text of 1,000 empty lists has 3,000 bytes, and the lists have 32 each.
        let each = empty_lists.state.bytes();
        assert!(each > 1000 * 32, "{each}");
        let known = (0..4_000).filter(|session| cache.get(Id(*session), "e30:1:good").is_some());
        let known = known.count();
        assert!(known > 0 && known * each <= CAPACITY, "{known} of {each}");

        let large = decoded(json!("a".repeat(LARGEST)));
        cache.insert(Id(-1), "large", &large);
        assert!(cache.get(Id(-1), "large").is_none());
    }
}
