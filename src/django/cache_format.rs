//! The form in which Django's own cache engines keep a session: a pickled dictionary.
//!
//! Inside this library a session is a signed payload, so what Django has pickled is signed as it is
//! read: the same pickle always to the same payload, which is compared and swapped. Nobody signs what
//! lies in Django's cache; whoever can write there can be anybody, in Django as here.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::pickle::{PickleError, Value};
use crate::{
    engine::{Error, ErrorKind, Result},
    json,
    signing::{SERVER_SIDE_SALT, SecretKeys, Signer},
};

/// The engine of Django, whose name stands before a session's key, after `KEY_PREFIX` and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DjangoEngine {
    /// `django.contrib.sessions.backends.cache`: the cache is the sessions' only home.
    Cache,
    /// `django.contrib.sessions.backends.cached_db`: the database is.
    CachedDb,
}

impl DjangoEngine {
    /// The beginning of the names of sessions. `key_prefix` is the `KEY_PREFIX` of Django's cache.
    pub(crate) fn prefix(self, key_prefix: &str) -> String {
        let engine = match self {
            Self::Cache => "cache",
            Self::CachedDb => "cached_db",
        };
        format!("{key_prefix}:1:django.contrib.sessions.{engine}")
    }
}

/// Turns pickled dictionaries into payloads and back.
#[derive(Debug, Clone)]
pub(crate) struct DjangoForm {
    signer: Signer,
}

impl DjangoForm {
    pub(crate) fn new(keys: &SecretKeys, max_bytes: usize) -> Self {
        Self { signer: Signer::new(keys, SERVER_SIDE_SALT).with_max_bytes(max_bytes) }
    }

    /// The payload of what Django has stored, if that is a session of plain data.
    ///
    /// # Errors
    /// When it is larger than is allowed: it is somebody's session all the same.
    pub(crate) fn payload(&self, stored: &[u8]) -> Result<Option<String>> {
        let max_bytes = self.signer.max_bytes();
        let session = match Value::unpickled(stored, max_bytes) {
            Ok(session @ Value::Dict(_)) => session.to_json(),
            Ok(_) => return Ok(None),
            Err(PickleError::TooLarge) => {
                let why = format!(
                    "a session in Django's cache has more bytes than SESSION_MAX_BYTES allows, \
                     {max_bytes}; nothing was changed"
                );
                return Err(Error::new(why).with_kind(ErrorKind::TooLarge));
            }
            Err(why) => {
                tracing::warn!(%why, "a session in Django's cache can't be read, and is left alone");
                return Ok(None);
            }
        };
        Ok(Some(self.signer.sign(&session, OffsetDateTime::UNIX_EPOCH)))
    }

    /// The pickle that Django will read as `payload`. Values that are as in `was` keep their type in Python.
    pub(crate) fn stored(&self, payload: &str, was: Option<&[u8]>) -> Result<Vec<u8>> {
        let was = was.and_then(|stored| Value::unpickled(stored, self.signer.max_bytes()).ok());
        let before = match &was {
            Some(Value::Dict(members)) => &members[..],
            _ => &[],
        };
        let Some(members) = self.members(payload, before) else {
            let why = "writing a session for Django: it is nested deeper than 127 levels, or was signed \
                       by another key; nothing was changed";
            return Err(Error::new(why).with_kind(ErrorKind::Unsupported));
        };
        Ok(Value::Dict(members).pickled())
    }

    fn members(&self, payload: &str, before: &[(Value, Value)]) -> Option<Vec<(Value, Value)>> {
        let verified = self.signer.verify(payload).ok()?;
        let members = json::members(std::str::from_utf8(&verified.json).ok()?)?;
        let before = before.iter();
        let before: HashMap<_, _> = before.map(|was| (was.0.to_json_name(), was)).collect();
        let members = members.into_iter().map(|(name, value)| match before.get(name) {
            Some(member) if member.1.to_json() == value => Some((*member).clone()),
            _ => {
                let name = Value::Text(serde_json::from_str(name).ok()?);
                Some((name, Value::from_json(value)?))
            }
        });
        members.collect()
    }
}
