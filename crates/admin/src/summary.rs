//! The summary of a session that lists show.

use std::{collections::BTreeMap, fmt};

use huihua::{
    expiry::ExpiryPolicy,
    key::StoredKey,
    signing::{Verified, VerifyError},
};
use serde_json::Value;
use time::OffsetDateTime;

/// The key of the name of whoever is logged in, as in the manual.
pub const UNAME: &str = "uname";

/// The keys and values of a session.
pub type Values = BTreeMap<String, Value>;

/// A session as it lies in the store.
#[derive(Debug, Clone)]
pub struct SessionSummary {
    /// Its stored key. With `SESSION_HASH_KEYS=false` that is the value of its cookie, so no page shows it.
    pub key: StoredKey,
    /// Its name in logs: the beginning of its key's hash.
    pub fingerprint: String,
    /// The name of whoever is logged in.
    pub uname: Option<String>,
    /// Its policy; `None`: it can't be read.
    pub policy: Option<ExpiryPolicy>,
    /// When it was last written; `None`: its store keeps no such time.
    pub changed: Option<OffsetDateTime>,
    /// When it ends in the store; `None`: the store can't read that.
    pub end: Option<OffsetDateTime>,
    /// The size of its payload; `None`: the store can't read it.
    pub bytes: Option<usize>,
}

/// Why a session can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Neither this `SECRET_KEY` nor one of its fallbacks has signed it.
    Unsigned,
    /// It is larger than `SESSION_MAX_BYTES` allows, or than the store reads.
    TooLarge,
    /// It isn't in Django's format, or holds no dictionary.
    NoSession,
    /// The store can't read what it has, or may not; why, for the operator.
    Damaged(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it can't be read: ")?;
        match self {
            Self::Unsigned => f.write_str("it is not signed with this SECRET_KEY or a fallback"),
            Self::TooLarge => {
                f.write_str("it is larger than SESSION_MAX_BYTES or its store allows")
            }
            Self::NoSession => f.write_str("it is no session"),
            Self::Damaged(why) => f.write_str(why),
        }
    }
}

/// A session's payload, and the values in it.
pub type VerifiedSession = (Verified, Values);

/// The session in a payload that was verified.
///
/// # Errors
/// Why it can't be read.
pub fn read_session(payload: Result<Verified, VerifyError>) -> Result<VerifiedSession, Unreadable> {
    let verified = payload.map_err(|error| match error {
        VerifyError::TooLarge => Unreadable::TooLarge,
        VerifyError::BadSignature => Unreadable::Unsigned,
        _ => Unreadable::NoSession,
    })?;
    let values = verified.values().ok_or(Unreadable::NoSession)?;
    Ok((verified, values))
}

/// The name of whoever is logged in, of the value under [`UNAME`]; `None`: nobody is.
pub fn uname(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(uname) => Some(uname.clone()),
        // Another program that shares the store may keep something else there.
        other => Some(other.to_string()),
    }
}
