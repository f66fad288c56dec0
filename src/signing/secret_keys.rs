//! The keys that sign.

use std::fmt;

use hmac::{Hmac, KeyInit};
use sha2::{Digest, Sha256};

/// The fewest bytes of a secret key that [`SecretKeys::new`] accepts: as many as a signature has
/// ([RFC 2104, section 3](https://www.rfc-editor.org/rfc/rfc2104#section-3)).
pub const SHORTEST_SECRET_KEY: usize = 32;
/// The characters that a secret key should have: of one with fewer, Django's check `security.W009` warns.
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
    /// When it is empty, or shorter than [`SHORTEST_SECRET_KEY`].
    pub fn new(secret_key: impl Into<String>) -> Result<Self, SecretKeyError> {
        Self::of(secret_key.into(), SHORTEST_SECRET_KEY)
    }

    /// The same for a key of any length, such as one that a Django site has had for years; its
    /// fallbacks may be short too.
    ///
    /// # Errors
    /// When it is empty.
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
    /// When one is shorter than [`SHORTEST_SECRET_KEY`].
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
            let derived = Sha256::new().chain_update(salt).chain_update(secret_key).finalize();
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
