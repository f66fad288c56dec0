//! One session as a store keeps it.

use std::fmt;

use time::OffsetDateTime;

/// One session as a store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    payload: String,
    expires_at: OffsetDateTime,
}

impl Row {
    /// A row with this payload, which loads until `expires_at`.
    pub fn new(payload: impl Into<String>, expires_at: OffsetDateTime) -> Self {
        Self { payload: payload.into(), expires_at }
    }

    /// The session's data, signed: opaque text of printable ASCII.
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The payload alone.
    pub fn into_payload(self) -> String {
        self.payload
    }

    /// The moment from which the row no longer loads, in UTC. A store keeps it to the
    /// millisecond at least; finer parts may be cut off.
    pub fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

/// The outcome of [`Engine::replace`](super::Engine::replace).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replaced {
    /// The row was as the caller had seen it and is now the new one.
    Done,
    /// Somebody else changed the row first; this is what it is now. Nothing was written.
    Changed(Row),
    /// There is no such row, or it has expired. Nothing was written.
    Gone,
}
