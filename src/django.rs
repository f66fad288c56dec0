//! A Django site beside this one, on the same sessions: who is logged in there, and whether this
//! process can read what Django has written.
//!
//! The guide `docs/from-django.md` says how to set up both.
//!
//! ```
//! use huihua::{SecretKeys, Session, django::User};
//!
//! /// The id of whoever is logged in, as long as their password in Django is what it was.
//! async fn user_id(
//!     session: &Session,
//!     keys: &SecretKeys,
//!     password_of: impl AsyncFn(&str) -> Option<String>,
//! ) -> huihua::session::Result<Option<String>> {
//!     let Some(user) = User::of(session).await? else {
//!         return Ok(None);
//!     };
//!     // The column `password` of `auth_user`.
//!     let Some(password) = password_of(&user.id).await else {
//!         return Ok(None);
//!     };
//!     let confirmed = user.confirm(session, keys, &password).await?;
//!     Ok(confirmed.then_some(user.id))
//! }
//! ```

#[cfg(any(feature = "redis", feature = "memcached"))]
pub(crate) mod cache_format;
#[cfg(any(feature = "redis", feature = "memcached"))]
mod pickle;
#[cfg(feature = "settings")]
mod reading;

use data_encoding::HEXLOWER;
use hmac::Mac;
use subtle::ConstantTimeEq;

#[cfg(any(feature = "redis", feature = "memcached"))]
pub use self::cache_format::DjangoEngine;
#[cfg(feature = "settings")]
pub use self::reading::{ReadError, Reading, read};
use crate::{
    SecretKeys, Session,
    session::{self, Error},
};

const ID_KEY: &str = "_auth_user_id";
const BACKEND_KEY: &str = "_auth_user_backend";
const HASH_KEY: &str = "_auth_user_hash";
/// Django's salt for the hash of a password's field.
const HASH_SALT: &str = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";

/// The user who is logged in on the Django side of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The user's primary key, as text.
    pub id: String,
    /// The dotted name of the backend that let them in, such as `django.contrib.auth.backends.ModelBackend`.
    /// Django heeds a session only if that backend is one of its `AUTHENTICATION_BACKENDS`.
    pub backend: String,
    hash: Option<String>,
}

impl User {
    /// The user whom Django has logged in to `session`; `None`: nobody.
    ///
    /// By itself this says only who has logged in, not that they still may: see [`User::confirm`].
    ///
    /// # Errors
    /// When the session can't be read.
    pub async fn of(session: &Session) -> session::Result<Option<Self>> {
        let id = text(session, ID_KEY).await?;
        let backend = text(session, BACKEND_KEY).await?;
        let hash = text(session, HASH_KEY).await?;
        Ok(id.zip(backend).map(|(id, backend)| Self { id, backend, hash }))
    }

    /// True if the user still has the password that they logged in with, so that one who changes it
    /// is logged out everywhere else. `password` is the field of Django's user as it is stored
    /// (`pbkdf2_sha256$…`), `keys` are `SECRET_KEY` and its fallbacks.
    ///
    /// It does what Django's `auth.get_user` does: if it was an earlier key that made the hash, the
    /// session gets a new key and a new hash; if the password is another one, the session is
    /// flushed. A session without a hash is not confirmed either.
    ///
    /// # Errors
    /// When the head of the response has been sent, and the session has to end or to change.
    pub async fn confirm(
        &self,
        session: &Session,
        keys: &SecretKeys,
        password: &str,
    ) -> session::Result<bool> {
        let kept = self.hash.as_deref().unwrap_or_default();
        let same = |hash: String| bool::from(hash.as_bytes().ct_eq(kept.as_bytes()));
        // The one of the keys that made the hash in the session, if one did.
        let Some(position) = hashes(keys, password).position(same) else {
            session.flush().await?;
            return Ok(false);
        };
        if position > 0 {
            session.cycle_id().await?;
            let hash = hashes(keys, password).next().unwrap_or_default();
            session.insert(HASH_KEY, hash).await?;
        }
        Ok(true)
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}

/// A key's value, if it is text.
async fn text(session: &Session, key: &str) -> Result<Option<String>, Error> {
    let value = session.get_value(key).await?;
    Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
}

/// Django's `get_session_auth_hash` with each key in turn.
fn hashes(keys: &SecretKeys, password: &str) -> impl Iterator<Item = String> {
    let macs = keys.salted(HASH_SALT).map(move |mac| mac.chain_update(password));
    macs.map(|mac| HEXLOWER.encode(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests;
