//! Django's wire format: `["."]base64url(json):base62(unix seconds):base64url(HMAC-SHA256)`.
//!
//! It is what `django.core.signing.dumps` writes with a `TimestampSigner`. Nothing is decoded
//! before its signature has been checked, and nothing inflates to more than is allowed.

mod base62;
mod compression;
mod secret_keys;
mod verified;

use std::collections::HashMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

use self::{
    base62::{base62, push_base62},
    compression::{deflated, inflated},
};
pub use self::{
    secret_keys::{RECOMMENDED_SECRET_KEY, SHORTEST_SECRET_KEY, SecretKeyError, SecretKeys},
    verified::{Verified, VerifyError},
};
use crate::data::Data;

/// The salt of every engine that keeps sessions on the server.
pub const SERVER_SIDE_SALT: &str = "django.contrib.sessions.SessionStore";
/// The salt of sessions that live in the cookie.
pub const SIGNED_COOKIES_SALT: &str = "django.contrib.sessions.backends.signed_cookies";

/// The most bytes of JSON that a session may have, unless it is set otherwise (`SESSION_MAX_BYTES`).
pub const MAX_BYTES: usize = 1024 * 1024;

/// Signs and verifies payloads for one salt.
#[derive(Clone)]
pub struct Signer {
    /// Keyed once, cloned for each use. Never empty: the first one signs.
    macs: Vec<Hmac<Sha256>>,
    max_bytes: usize,
}

impl Signer {
    /// A signer for `salt`.
    pub fn new(keys: &SecretKeys, salt: &str) -> Self {
        Self { macs: keys.salted(&format!("{salt}signer")).collect(), max_bytes: MAX_BYTES }
    }

    /// The most bytes of JSON that a payload may hold. Default: [`MAX_BYTES`].
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    pub(crate) fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// The payload that holds `json`, signed now. Compressed if that saves more than a byte.
    pub fn sign(&self, json: &str, now: OffsetDateTime) -> String {
        let mut payload = match deflated(json.as_bytes()) {
            Some(smaller) => format!(".{}", BASE64.encode(smaller)),
            None => BASE64.encode(json),
        };
        payload.push(':');
        push_base62(&mut payload, now.unix_timestamp());
        let signature = signature(&self.macs[0], &payload);
        payload.push(':');
        payload.push_str(&signature);
        payload
    }

    /// The payload of a session that holds `values`, signed now: Django's `encode`. For programs
    /// that write sessions themselves, such as one that moves them from elsewhere.
    pub fn encode(&self, values: &HashMap<String, Value>, now: OffsetDateTime) -> String {
        let mut data = Data::default();
        for (key, value) in values {
            data.set(key, value.clone());
        }
        self.sign(&data.to_json(), now)
    }

    /// The values of the session in a payload: Django's `decode`. Values that Rust's JSON can't hold, such
    /// as Python's `NaN`, are left out.
    ///
    /// # Errors
    /// As [`Signer::verify`], and [`VerifyError::Malformed`] when the JSON inside is no object.
    pub fn decode(&self, payload: &str) -> Result<HashMap<String, Value>, VerifyError> {
        let verified = self.verify(payload)?;
        Data::parse(&verified.json).map(Data::into_values).ok_or(VerifyError::Malformed)
    }

    /// The contents of a payload, if one of the keys signed it.
    ///
    /// # Errors
    /// [`VerifyError::Malformed`] when it isn't in Django's format, [`VerifyError::BadSignature`] when none of
    /// the keys signed it, [`VerifyError::TooLarge`] when it holds more than [`Signer::with_max_bytes`] allows.
    pub fn verify(&self, payload: &str) -> Result<Verified, VerifyError> {
        let (signed, given) = payload.rsplit_once(':').ok_or(VerifyError::Malformed)?;
        let key = self.macs.iter().position(|mac| {
            let expected = signature(mac, signed);
            bool::from(expected.as_bytes().ct_eq(given.as_bytes()))
        });
        let by_fallback = key.ok_or(VerifyError::BadSignature)? > 0;
        let (value, time) = signed.rsplit_once(':').ok_or(VerifyError::Malformed)?;
        let signed_at = base62(time)
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .ok_or(VerifyError::Malformed)?;
        let json = match value.strip_prefix('.') {
            Some(compressed) => inflated(&decoded(compressed)?, self.max_bytes)?,
            None => decoded(value)?,
        };
        if json.len() > self.max_bytes {
            return Err(VerifyError::TooLarge);
        }
        Ok(Verified { json, signed_at, by_fallback })
    }
}

opaque_debug!(Signer);

fn signature(mac: &Hmac<Sha256>, text: &str) -> String {
    BASE64.encode(mac.clone().chain_update(text).finalize().into_bytes())
}

fn decoded(text: &str) -> Result<Vec<u8>, VerifyError> {
    BASE64.decode(text).map_err(|_| VerifyError::Malformed)
}

#[cfg(test)]
mod tests;
