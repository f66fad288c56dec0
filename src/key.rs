//! Session keys: made, checked, fingerprinted, and hashed for storage.

use std::fmt;

use data_encoding::HEXLOWER;
use rand::Rng;
use sha2::{Digest, Sha256};

use crate::tower_sessions::session::Id;

/// Letters and digits of a key, Django's: 36 of them, so 32 characters hold 165 bits.
const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const KEY_LENGTH: usize = 32;
/// Django's column is 40 characters wide, so a hash has 160 bits.
const HASH_LENGTH: usize = 40;
/// Hex digits of a fingerprint.
const FINGERPRINT_LENGTH: usize = 12;

/// A session key, as the browser's cookie holds it: 32 characters of `[a-z0-9]`, as in Django.
///
/// It is all that it takes to have the session, so it is never printed: `Debug` shows the fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey {
    text: String,
    /// Its SHA-256, which a request needs more than once.
    digest: [u8; 32],
}

impl SessionKey {
    /// A new key of 165 random bits, by a generator that the operating system seeds (ChaCha12, `rand::rng`).
    pub fn generate() -> Self {
        let mut rng = rand::rng();
        let key = (0..KEY_LENGTH)
            .map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]))
            .collect();
        Self::of(key)
    }

    fn of(text: String) -> Self {
        Self { digest: Sha256::digest(&text).into(), text }
    }

    /// The key that a cookie's value holds, or `None` if it can't be one of ours.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let is_of_alphabet = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
        let is_key = value.len() == KEY_LENGTH && value.iter().all(is_of_alphabet);
        let text = std::str::from_utf8(value).ok().filter(|_| is_key)?;
        Some(Self::of(text.to_owned()))
    }

    /// The key itself: for the cookie and nothing else.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The session's fingerprint: the beginning of the key's SHA-256, as is the stored key while keys are
    /// hashed.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.id())
    }

    /// The session's id for `tower_sessions`, which tells nobody the key: the first 128 bits of its SHA-256.
    pub(crate) fn id(&self) -> Id {
        to_id(&self.digest)
    }

    /// The key under which the store keeps the session: its hash, or with `hashed` false the
    /// key itself, which is what Django stores.
    pub fn stored(&self, hashed: bool) -> StoredKey {
        if !hashed {
            return StoredKey(self.text.clone());
        }
        StoredKey(HEXLOWER.encode(&self.digest[..HASH_LENGTH / 2]))
    }
}

/// The id of a session that lives in its cookie, which tells nobody what is in it.
pub(crate) fn id_of(cookie: &[u8]) -> Id {
    to_id(&Sha256::digest(cookie).into())
}

fn to_id(digest: &[u8; 32]) -> Id {
    let mut head = [0; 16];
    head.copy_from_slice(&digest[..16]);
    Id(i128::from_be_bytes(head))
}

/// Identifies a session in logs and lists: the first 48 bits of its key's SHA-256, shown as 12 hex digits.
/// Nobody can open the session with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn of(session: Id) -> Self {
        Self((session.0.cast_unsigned() >> 80) as u64)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.fingerprint())
    }
}

/// The key of a row in a store: the first 160 bits of the session key's SHA-256 as 40 hex
/// digits, or with `SESSION_HASH_KEYS=false` the session key itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredKey(String);

impl StoredKey {
    /// Accepts both forms that [`SessionKey::stored`] makes, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let hash = text.len() == HASH_LENGTH
            && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (hash || SessionKey::parse(text.as_bytes()).is_some()).then(|| Self(text.to_owned()))
    }

    /// The text by which the store knows the row.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The session's fingerprint, the same whether the store has the hash or the key.
    pub fn fingerprint(&self) -> Fingerprint {
        if let Some(key) = SessionKey::parse(self.0.as_bytes()) {
            return key.fingerprint();
        }
        let beginning = self.0.get(..FINGERPRINT_LENGTH).unwrap_or_default();
        Fingerprint(u64::from_str_radix(beginning, 16).unwrap_or_default())
    }
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without hashing this is a live session key.
        write!(f, "StoredKey({})", self.fingerprint())
    }
}

#[cfg(test)]
mod tests;
