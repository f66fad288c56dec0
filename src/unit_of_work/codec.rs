//! Payloads, and the state of sessions in them.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::{
    decode_cache::DecodeCache,
    state::{Decoded, SessionState},
};
use crate::{
    data::{Data, MOVED_KEY},
    engine::{Error, ErrorKind, Result, Row},
    signing::{Signer, Verified, VerifyError},
    tower_sessions::session::Id,
};

/// The life of the marker under an old key, if nobody removes it.
const MOVED_LASTS: Duration = Duration::MINUTE;

/// Signs the state of sessions, and verifies and decodes it. It remembers what it decoded last.
#[derive(Debug, Clone)]
pub(crate) struct Codec {
    signer: Signer,
    cache: DecodeCache,
}

impl Codec {
    pub(crate) fn new(signer: Signer) -> Self {
        Self { signer, cache: DecodeCache::default() }
    }

    pub(crate) fn set_max_bytes(&mut self, max_bytes: usize) {
        self.signer = self.signer.clone().with_max_bytes(max_bytes);
    }

    /// The state in the payload of `session`; `None`: no session.
    pub(super) fn decode(
        &self,
        session: Id,
        payload: &str,
    ) -> Result<Option<Decoded>, VerifyError> {
        if let Some(decoded) = self.cache.get(session, payload) {
            return Ok(Some(decoded));
        }
        let Verified { json, signed_at, by_fallback } = self.signer.verify(payload)?;
        Ok(SessionState::parse(&json).map(|state| {
            let decoded = Decoded { state: Arc::new(state), signed_at, by_fallback };
            self.cache.insert(session, payload, &decoded);
            decoded
        }))
    }

    /// The session has ended.
    pub(super) fn forget(&self, session: Id) {
        self.cache.remove(session);
    }

    /// The payload of `state`.
    ///
    /// # Errors
    /// When it is larger than is allowed.
    pub(super) fn encode(&self, state: &SessionState, at: OffsetDateTime) -> Result<String> {
        Ok(self.signer.sign(&self.json(state)?, at))
    }

    /// The same, not signed.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub(super) fn json(&self, state: &SessionState) -> Result<String> {
        let json = state.data.to_json();
        if json.len() > self.signer.max_bytes() {
            Err(self.too_large(&format!("the session takes {} bytes", json.len())))
        } else {
            Ok(json)
        }
    }

    pub(super) fn too_large(&self, what: &str) -> Error {
        let error = Error::new(format!(
            "{what}: SESSION_MAX_BYTES (SessionLayer::with_max_bytes) allows {} bytes of JSON; nothing \
             was changed",
            self.signer.max_bytes()
        ));
        error.with_kind(ErrorKind::TooLarge)
    }

    /// The row left under a key whose session goes on as `new`, until that is removed: no session to
    /// anybody, and a sign of who ended it.
    pub(super) fn moved(&self, new: Id, now: OffsetDateTime) -> Row {
        let mut data = Data::default();
        data.set(MOVED_KEY, new.to_string().into());
        Row::new(self.signer.sign(&data.to_json(), now), now.saturating_add(MOVED_LASTS))
    }

    /// True if `payload` is a mark of [`Self::moved`]. A store with a form of its own may have signed it
    /// anew.
    pub(super) fn is_moved(&self, payload: &str, new: Id) -> bool {
        let verified = self.signer.verify(payload).ok();
        let data = verified.and_then(|verified| Data::parse(&verified.json));
        data.is_some_and(|data| data.value(MOVED_KEY) == Some(&new.to_string().into()))
    }
}
