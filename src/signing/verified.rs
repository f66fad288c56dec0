//! A payload whose signature is good.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    data::{Data, EXPIRY_KEY},
    display,
    expiry::ExpiryPolicy,
    json,
};

/// A payload whose signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The JSON inside.
    pub json: Vec<u8>,
    /// The time of signing: whole seconds.
    pub signed_at: OffsetDateTime,
    /// True if a fallback key signed it: then it is to be signed anew, so that the fallback can go.
    pub by_fallback: bool,
}

impl Verified {
    /// The JSON inside, laid out for people: see [`display::pretty_json`]. `None`: it is no session.
    pub fn pretty_json(&self) -> Option<String> {
        let json = std::str::from_utf8(&self.json).ok()?;
        json::members(json).map(|_| display::pretty_json(json))
    }

    /// The JSON inside as standard JSON on one line: Python's own numbers, `NaN` and the infinities, are text
    /// there, and half of a surrogate pair U+FFFD. `None`: it is no session.
    pub fn standard_json(&self) -> Option<String> {
        display::standard_text(std::str::from_utf8(&self.json).ok()?)
    }

    /// Every key and its value, `_session_expiry` too, in the order of the keys. What Rust's JSON
    /// can't hold, such as Python's `NaN`, is left out. `None`: it is no session.
    pub fn values(&self) -> Option<BTreeMap<String, Value>> {
        Some(Data::parse(&self.json)?.into_values().into_iter().collect())
    }

    /// The session's end, as it says itself. [`ExpiryPolicy::Default`]: as the site has it; so does
    /// what is no session.
    pub fn policy(&self) -> ExpiryPolicy {
        let data = Data::parse(&self.json).unwrap_or_default();
        ExpiryPolicy::from_value(data.value(EXPIRY_KEY))
    }
}

/// Why a payload was refused. All but [`VerifyError::TooLarge`] read as "no session".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It hasn't the three parts, or a part isn't in its encoding.
    #[error("it is not a payload of this format")]
    Malformed,
    /// It was signed by another key or for another purpose, or has been changed since.
    #[error("its signature is not one of ours")]
    BadSignature,
    /// It holds more bytes of JSON than are allowed: see [`MAX_BYTES`](super::MAX_BYTES).
    #[error("it holds more bytes of JSON than SESSION_MAX_BYTES allows")]
    TooLarge,
}
