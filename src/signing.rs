//! Django's wire format: `["."]base64url(json):base62(unix seconds):base64url(HMAC-SHA256)`.
//!
//! It is what `django.core.signing.dumps` writes with a `TimestampSigner`. Nothing is decoded
//! before its signature has been checked, and nothing inflates to more than is allowed.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    fmt,
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

use crate::{
    data::{Data, EXPIRY_KEY},
    expiry::ExpiryPolicy,
    json,
};

/// The salt of every engine that keeps sessions on the server.
pub const SERVER_SIDE_SALT: &str = "django.contrib.sessions.SessionStore";
/// The salt of sessions that live in the cookie.
pub const SIGNED_COOKIES_SALT: &str = "django.contrib.sessions.backends.signed_cookies";

/// The most bytes of JSON that a session may have, unless it is set otherwise (`SESSION_MAX_BYTES`).
pub const MAX_BYTES: usize = 1024 * 1024;

/// Why a payload was refused. All of these read as "no session".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It hasn't the three parts, or a part isn't in its encoding.
    #[error("it is not a payload of this format")]
    Malformed,
    /// It was signed by another key or for another purpose, or has been changed since.
    #[error("its signature is not one of ours")]
    BadSignature,
    /// It holds more bytes of JSON than are allowed: see [`MAX_BYTES`].
    #[error("it holds more bytes of JSON than SESSION_MAX_BYTES allows")]
    TooLarge,
}

/// A payload whose signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The JSON inside.
    pub json: Vec<u8>,
    /// When it was signed: whole seconds.
    pub signed_at: OffsetDateTime,
    /// Whether a fallback key signed it: then it is to be signed anew, so that the fallback can go.
    pub by_fallback: bool,
}

impl Verified {
    /// What is inside, laid out for people: on several lines, what is nested deep on one, and text as one
    /// reads it. Numbers stay as they stand, Python's `NaN` too. `None`: it is no session.
    pub fn laid_out(&self) -> Option<String> {
        let json = std::str::from_utf8(&self.json).ok()?;
        json::members(json).map(|_| json::laid_out(json))
    }

    /// What is inside as standard JSON on one line: what only Python's JSON has, `NaN` and the
    /// infinities, is text there, and half of a surrogate pair U+FFFD. `None`: it is no session.
    pub fn standard_json(&self) -> Option<String> {
        json::standard_text(std::str::from_utf8(&self.json).ok()?)
    }

    /// Every key and its value, `_session_expiry` too, in the order of the keys. What Rust's JSON
    /// can't hold, such as Python's `NaN`, is left out. `None`: it is no session.
    pub fn values(&self) -> Option<BTreeMap<String, Value>> {
        let data = Data::parse(&self.json)?;
        Some(data.into_values().into_iter().collect())
    }

    /// When the session ends, as it says itself. [`ExpiryPolicy::Default`]: as the site has it; so does
    /// what is no session.
    pub fn policy(&self) -> ExpiryPolicy {
        let data = Data::parse(&self.json).unwrap_or_default();
        ExpiryPolicy::from_value(data.value(EXPIRY_KEY))
    }
}

/// The fewest bytes of a secret key that [`SecretKeys::new`] accepts: as many as a signature has
/// ([RFC 2104, section 3](https://www.rfc-editor.org/rfc/rfc2104#section-3)).
pub const SHORTEST_SECRET_KEY: usize = 32;
/// The characters that a secret key should have: of one with fewer, Django's check `security.W009`
/// warns.
pub const RECOMMENDED_SECRET_KEY: usize = 50;

/// Why a text can't be a secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretKeyError {
    /// Everybody can sign with an empty key.
    #[error("the secret key is empty: set one of {SHORTEST_SECRET_KEY} random bytes at least")]
    Empty,
    /// It has fewer bytes than [`SHORTEST_SECRET_KEY`].
    #[error(
        "the secret key has {0} bytes, and {SHORTEST_SECRET_KEY} are needed to withstand guessing; \
         `SecretKeys::allow_short` takes it as it is"
    )]
    Short(usize),
}

/// `SECRET_KEY` and `SECRET_KEY_FALLBACKS`: the first signs, all of them verify.
#[derive(Clone)]
pub struct SecretKeys {
    /// Never empty, and none of them is.
    keys: Vec<String>,
    shortest: usize,
}

impl SecretKeys {
    /// The key that signs and verifies.
    ///
    /// # Errors
    /// If it is empty, or shorter than [`SHORTEST_SECRET_KEY`].
    pub fn new(secret_key: impl Into<String>) -> Result<Self, SecretKeyError> {
        Self::of(secret_key.into(), SHORTEST_SECRET_KEY)
    }

    /// The same for a key of any length, such as one that a Django site has had for years; its
    /// fallbacks may be short too.
    ///
    /// # Errors
    /// If it is empty.
    pub fn allow_short(secret_key: impl Into<String>) -> Result<Self, SecretKeyError> {
        Self::of(secret_key.into(), 0)
    }

    fn of(secret_key: String, shortest: usize) -> Result<Self, SecretKeyError> {
        let keys = vec![Self::checked(secret_key, shortest)?];
        Ok(Self { keys, shortest })
    }

    /// Earlier keys, which verify, but don't sign. Empty ones are left out, so that a variable that
    /// isn't set, split at its commas, gives none.
    ///
    /// # Errors
    /// If one is shorter than [`SHORTEST_SECRET_KEY`].
    pub fn with_fallbacks(
        mut self,
        fallbacks: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, SecretKeyError> {
        let fallbacks = fallbacks.into_iter().map(Into::into);
        for fallback in fallbacks.filter(|key: &String| !key.trim().is_empty()) {
            self.keys.push(Self::checked(fallback, self.shortest)?);
        }
        Ok(self)
    }

    fn checked(key: String, shortest: usize) -> Result<String, SecretKeyError> {
        match key.len() {
            _ if key.trim().is_empty() => Err(SecretKeyError::Empty),
            bytes if bytes < shortest => Err(SecretKeyError::Short(bytes)),
            _ => Ok(key),
        }
    }

    /// For each key, what Django's `salted_hmac` computes with. Never empty: the first one signs.
    pub(crate) fn salted(&self, salt: &str) -> impl Iterator<Item = Hmac<Sha256>> {
        self.keys.iter().map(move |secret_key| {
            let derived = Sha256::new()
                .chain_update(salt)
                .chain_update(secret_key)
                .finalize();
            #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
            Hmac::new_from_slice(&derived).expect("HMAC takes keys of any length")
        })
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKeys({} keys)", self.keys.len())
    }
}

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
        Self {
            macs: keys.salted(&format!("{salt}signer")).collect(),
            max_bytes: MAX_BYTES,
        }
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
        data.apply(&data.changes_to(values));
        self.sign(&data.to_json(), now)
    }

    /// What the session in a payload holds: Django's `decode`. What Rust's JSON can't hold, such
    /// as Python's `NaN`, is left out.
    ///
    /// # Errors
    /// Says why the payload was refused.
    pub fn decode(&self, payload: &str) -> Result<HashMap<String, Value>, VerifyError> {
        let verified = self.verify(payload)?;
        let data = Data::parse(&verified.json).ok_or(VerifyError::Malformed)?;
        Ok(data.into_values())
    }

    /// What a payload holds, if one of the keys signed it.
    ///
    /// # Errors
    /// Says why it was refused.
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
        Ok(Verified {
            json,
            signed_at,
            by_fallback,
        })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

fn signature(mac: &Hmac<Sha256>, text: &str) -> String {
    BASE64.encode(mac.clone().chain_update(text).finalize().into_bytes())
}

fn decoded(text: &str) -> Result<Vec<u8>, VerifyError> {
    BASE64.decode(text).map_err(|_| VerifyError::Malformed)
}

thread_local! {
    // Their tables are a third of a megabyte: to make them takes longer than what they are for.
    static DEFLATER: RefCell<Compress> = Compress::new(Compression::default(), true).into();
    static INFLATER: RefCell<Decompress> = Decompress::new(true).into();
}

/// `bytes` compressed, if that is shorter by more than one byte: Django's rule.
fn deflated(bytes: &[u8]) -> Option<Vec<u8>> {
    // What doesn't fit is not shorter.
    let mut compressed = Vec::with_capacity(bytes.len());
    let status = DEFLATER.with_borrow_mut(|deflater| {
        deflater.reset();
        deflater.compress_vec(bytes, &mut compressed, FlushCompress::Finish)
    });
    let is_whole = matches!(status, Ok(Status::StreamEnd));
    (is_whole && compressed.len() + 1 < bytes.len()).then_some(compressed)
}

fn inflated(compressed: &[u8], max_bytes: usize) -> Result<Vec<u8>, VerifyError> {
    INFLATER.with_borrow_mut(|inflater| {
        inflater.reset(true);
        let mut bytes = Vec::with_capacity(compressed.len().saturating_mul(4));
        loop {
            let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
            let rest = compressed.get(read..).unwrap_or_default();
            let status = inflater
                .decompress_vec(rest, &mut bytes, FlushDecompress::None)
                .map_err(|_| VerifyError::Malformed)?;
            if bytes.len() > max_bytes {
                return Err(VerifyError::TooLarge);
            }
            match status {
                Status::StreamEnd => return Ok(bytes),
                // There was room, so it ends in the middle.
                _ if bytes.len() < bytes.capacity() => return Err(VerifyError::Malformed),
                _ => bytes.reserve(bytes.capacity().max(1)),
            }
        }
    })
}

/// Django's base 62: digits, then capitals, then small letters.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn push_base62(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::with_capacity(11);
    loop {
        digits.push(BASE62[(rest % 62) as usize]);
        rest /= 62;
        if rest == 0 {
            break;
        }
    }
    text.extend(digits.iter().rev().copied().map(char::from));
}

fn base62(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    if digits.is_empty() {
        return None;
    }
    digits.bytes().try_fold(0_i64, |number, digit| {
        let value = BASE62.iter().position(|known| *known == digit)?;
        number
            .checked_mul(62)?
            .checked_add(sign * i64::try_from(value).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base62_goes_there_and_back() {
        for number in [0, 1, 61, 62, 1_730_249_188, i64::MAX, -1, -62] {
            let mut text = String::new();
            push_base62(&mut text, number);
            assert_eq!(base62(&text), Some(number), "{text}");
        }
        for text in ["", "-", "a b", "é", "zzzzzzzzzzzzzzzz"] {
            assert_eq!(base62(text), None, "{text}");
        }
    }

    #[test]
    fn short_payloads_are_not_compressed_and_long_ones_are() {
        let signer = Signer::new(&SecretKeys::allow_short("k").unwrap(), SERVER_SIDE_SALT);
        let now = OffsetDateTime::UNIX_EPOCH;
        assert!(!signer.sign("{}", now).starts_with('.'));
        let long = format!("\"{}\"", "ab".repeat(400));
        let payload = signer.sign(&long, now);
        assert!(payload.starts_with('.'), "{payload}");
        assert_eq!(signer.verify(&payload).unwrap().json, long.into_bytes());
    }

    #[test]
    fn what_was_compressed_comes_back_or_is_refused_whole() {
        for length in [40, 1000, 100_000, MAX_BYTES] {
            let text: String = ('a'..='z').cycle().take(length).collect();
            let compressed = deflated(text.as_bytes()).unwrap();
            assert_eq!(inflated(&compressed, MAX_BYTES).unwrap(), text.as_bytes());
            let cut = inflated(&compressed[..compressed.len() - 1], MAX_BYTES);
            assert_eq!(cut, Err(VerifyError::Malformed), "{length}");
        }
        let bomb = deflated(&vec![b'a'; MAX_BYTES + 1]).unwrap();
        assert_eq!(inflated(&bomb, MAX_BYTES), Err(VerifyError::TooLarge));
        assert_eq!(inflated(b"", MAX_BYTES), Err(VerifyError::Malformed));
        // What was refused before leaves nothing behind.
        let compressed = deflated(&[b'b'; 100]).unwrap();
        assert_eq!(inflated(&compressed, MAX_BYTES).unwrap(), [b'b'; 100]);
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let signer = Signer::new(&SecretKeys::allow_short("k").unwrap(), SERVER_SIDE_SALT);
        let values = HashMap::from([("名".to_owned(), Value::from(["值"]))]);
        let payload = signer.encode(&values, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(
            signer.verify(&payload).unwrap().json,
            br#"{"\u540d":["\u503c"]}"#
        );
        assert_eq!(signer.decode(&payload).unwrap(), values);
        let python = signer.sign(r#"{"a":1,"b":NaN}"#, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(
            signer.decode(&python).unwrap(),
            HashMap::from([("a".to_owned(), 1.into())])
        );
        assert_eq!(
            signer.decode(&signer.sign("[]", OffsetDateTime::UNIX_EPOCH)),
            Err(VerifyError::Malformed)
        );
    }

    #[test]
    fn what_is_verified_says_what_it_holds_and_how_it_ends() {
        let signer = Signer::new(&SecretKeys::allow_short("k").unwrap(), SERVER_SIDE_SALT);
        let verified = |json| {
            let payload = signer.sign(json, OffsetDateTime::UNIX_EPOCH);
            signer.verify(&payload).unwrap()
        };
        let session = verified(r#"{"uname":"\u5c0f","_session_expiry":0,"n":NaN}"#);
        let values = [("_session_expiry", 0.into()), ("uname", "小".into())];
        let values = values.map(|(key, value): (_, Value)| (key.to_owned(), value));
        assert_eq!(session.values(), Some(BTreeMap::from(values)));
        assert_eq!(session.policy(), ExpiryPolicy::Close);
        assert_eq!(verified("{}").policy(), ExpiryPolicy::Default);
        assert_eq!(verified("[]").values(), None);
    }

    #[test]
    fn promise_9_no_empty_key_signs_or_verifies() {
        const LONG: &str = "0123456789abcdef0123456789abcdef";
        for empty in ["", " ", "\n"] {
            assert_eq!(SecretKeys::new(empty).unwrap_err(), SecretKeyError::Empty);
            let short = SecretKeys::allow_short(empty);
            assert_eq!(short.unwrap_err(), SecretKeyError::Empty);
        }
        let short = &LONG[1..];
        assert_eq!(
            SecretKeys::new(short).unwrap_err(),
            SecretKeyError::Short(31)
        );
        let fallbacks = SecretKeys::new(LONG).unwrap().with_fallbacks([short]);
        assert_eq!(fallbacks.unwrap_err(), SecretKeyError::Short(31));
        let both = SecretKeys::allow_short("k")
            .unwrap()
            .with_fallbacks([short]);
        assert_eq!(both.unwrap().keys, ["k", short]);

        // A variable that isn't set, split at its commas.
        let keys = SecretKeys::new(LONG).unwrap();
        let keys = keys.with_fallbacks("".split(',')).unwrap();
        assert_eq!(keys.keys, [LONG]);
        // Whoever has read the source knows the empty key.
        let derived = Sha256::new().chain_update("signer").finalize();
        let forger = Signer {
            macs: vec![Hmac::new_from_slice(&derived).unwrap()],
            max_bytes: MAX_BYTES,
        };
        let forged = forger.sign("{}", OffsetDateTime::UNIX_EPOCH);
        assert_eq!(
            Signer::new(&keys, "").verify(&forged),
            Err(VerifyError::BadSignature)
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let keys = SecretKeys::allow_short("hush")
            .unwrap()
            .with_fallbacks(["old"])
            .unwrap();
        let shown = format!("{keys:?} {:?}", Signer::new(&keys, SERVER_SIDE_SALT));
        assert!(!shown.contains("hush") && !shown.contains("old"), "{shown}");
    }
}
