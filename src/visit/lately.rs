//! What was in the payloads that were opened last.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::rules::Contents;
use crate::key::place_of;

/// Each session has one place; of several that have the same, the last one is there.
const PLACES: usize = 4096;
/// Bytes of a payload that is remembered, so that all of them together take a few megabytes.
const LONGEST: usize = 1024;

/// A payload, opened: its signature is good.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    pub(super) contents: Arc<Contents>,
    pub(super) signed_at: OffsetDateTime,
}

/// What was in the payloads that this process has opened last.
///
/// Visitors come with several requests one after another, and between them their payload mostly
/// stays the same: text that has been verified, decoded and read needn't be so again. The store is
/// asked all the same. Whoever wants to be remembered has to have a good signature first.
#[derive(Clone)]
pub(crate) struct OpenedLately(Arc<[Mutex<Option<Remembered>>]>);

struct Remembered {
    session: Id,
    payload: Box<str>,
    opened: Opened,
}

impl OpenedLately {
    pub(super) fn get(&self, session: Id, payload: &str) -> Option<Opened> {
        let place = self.place(session);
        let there = place.as_ref()?;
        (there.session == session && *there.payload == *payload).then(|| there.opened.clone())
    }

    pub(super) fn remember(&self, session: Id, payload: &str, opened: &Opened) {
        if payload.len() > LONGEST {
            return;
        }
        let remembered = Remembered {
            session,
            payload: payload.into(),
            opened: opened.clone(),
        };
        *self.place(session) = Some(remembered);
    }

    fn place(&self, session: Id) -> MutexGuard<'_, Option<Remembered>> {
        let place = self.0[place_of(session, PLACES)].lock();
        place.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for OpenedLately {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

impl fmt::Debug for OpenedLately {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedLately")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Opened {
        Opened {
            contents: Arc::default(),
            signed_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_the_very_payload_that_was_opened_is_known() {
        let lately = OpenedLately::default();
        lately.remember(Id(1), "e30:1:good", &opened());
        assert!(lately.get(Id(1), "e30:1:good").is_some());
        for payload in ["e30:1:bad", "e30:1:good ", ""] {
            assert!(lately.get(Id(1), payload).is_none(), "{payload}");
        }
        for other in [Id(2), Id(1 + PLACES as i128), Id(i128::MIN)] {
            assert!(lately.get(other, "e30:1:good").is_none(), "{other}");
        }
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let lately = OpenedLately::default();
        for session in 0..2 * PLACES as i128 {
            lately.remember(Id(session), "e30:1:good", &opened());
        }
        let known = |session| lately.get(Id(session), "e30:1:good").is_some();
        assert_eq!((0..PLACES as i128).filter(|id| known(*id)).count(), 0);
        assert!((PLACES as i128..2 * PLACES as i128).all(known));

        let long = "a".repeat(LONGEST + 1);
        lately.remember(Id(1), &long, &opened());
        assert!(lately.get(Id(1), &long).is_none());
    }
}
