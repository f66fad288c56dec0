//! The summary of a session that lists show.

use std::collections::BTreeMap;

use huihua::{expiry::ExpiryPolicy, key::StoredKey};
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
    /// Its policy; `None`: it can't be read with this `SECRET_KEY`.
    pub policy: Option<ExpiryPolicy>,
    /// When it was last written; `None`: its store keeps no such time.
    pub changed: Option<OffsetDateTime>,
    /// When it ends in the store.
    pub end: OffsetDateTime,
    /// The size of its payload.
    pub bytes: usize,
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
