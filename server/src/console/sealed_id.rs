//! Sealed ids of sessions in forms and addresses.
//!
//! With `SESSION_HASH_KEYS=false` a stored key is the value of a cookie, and a cursor is such a key.
//! Pages therefore have them encrypted, under a key that lives as long as the process:
//! ChaCha20-Poly1305 (RFC 8439).

use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    rand::{SecureRandom, SystemRandom},
};

/// The kind of an id. One can't be taken for the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum IdKind {
    /// A stored key.
    StoredKey,
    /// The beginning of a page of a list.
    Cursor,
}

impl IdKind {
    fn aad(self) -> Aad<[u8; 1]> {
        Aad::from([self as u8])
    }
}

/// A key that seals ids, and opens those that it has sealed.
#[derive(Debug)]
pub(super) struct SealingKey {
    key: LessSafeKey,
    /// The next nonce: none may be used twice under one key.
    sealed: AtomicU64,
}

impl SealingKey {
    /// A new key, if the operating system has randomness.
    pub(super) fn new() -> Result<Self, Unspecified> {
        let mut key = [0; 32];
        SystemRandom::new().fill(&mut key)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key)?;
        Ok(Self { key: LessSafeKey::new(key), sealed: AtomicU64::default() })
    }

    /// Seals an id of less than many gigabytes: letters, digits, `-` and `_`.
    pub(super) fn seal(&self, kind: IdKind, text: &str) -> Result<String, Unspecified> {
        let number = self.sealed.fetch_add(1, Ordering::Relaxed);
        let mut sealed = text.as_bytes().to_vec();
        self.key.seal_in_place_append_tag(nonce(number), kind.aad(), &mut sealed)?;
        let whole = [&number.to_be_bytes()[..], &sealed].concat();
        Ok(BASE64_URL_SAFE_NO_PAD.encode(whole))
    }

    /// Opens a sealed id. `None`: it wasn't sealed with this key, or is of another kind.
    pub(super) fn open(&self, kind: IdKind, sealed: &str) -> Option<String> {
        let whole = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (number, sealed) = whole.split_first_chunk()?;
        let mut sealed = sealed.to_vec();
        let number = u64::from_be_bytes(*number);
        let text = self.key.open_in_place(nonce(number), kind.aad(), &mut sealed).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests;
