//! The reading of a session that Django wrote, and the reason where it can't be read.

use std::fmt;

use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::{
    Clock, Settings, Store,
    data::{Data, EXPIRY_KEY},
    engine::{Error, Row},
    expiry::{EffectiveExpiry, ExpiryPolicy},
    key::{SessionKey, StoredKey},
    settings::{EngineName, SettingError},
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Verified, VerifyError},
};

/// The result of reading a session that Django has written, with the reason where it can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It is read. What it holds, and when it ends on the server.
    Read {
        /// The number of its keys.
        keys: usize,
        /// Its end.
        ends: OffsetDateTime,
    },
    /// It is neither a key nor signed data.
    Malformed,
    /// No key of ours signed it, or it isn't whole.
    WrongSecret,
    /// It holds more bytes of JSON than are allowed.
    TooLarge,
    /// Ours signed it, but it belongs to the other kind of engine.
    OtherEngine {
        /// The kind that it is, in words.
        is: &'static str,
        /// The engine of this process.
        here: EngineName,
    },
    /// It is signed, but with the salt of another kind of engine than the one that holds it.
    WrongSalt,
    /// It ended.
    Expired {
        /// When.
        at: OffsetDateTime,
    },
    /// The store has it under the key itself, where this process looks for the key's hash.
    KeysAreHashed,
    /// The store has nothing under that key.
    Unknown {
        /// The engine of this process.
        here: EngineName,
    },
    /// The sessions of this engine are in another process.
    Elsewhere,
}

impl Reading {
    /// True if it is read.
    pub fn is_fine(&self) -> bool {
        matches!(self, Self::Read { .. })
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { keys, ends } => {
                write!(f, "this process reads it: {keys} keys, until {}", date(*ends))
            }
            Self::Malformed => f.write_str(
                "it is neither a session key (32 small letters and digits) nor signed data \
                 (three parts with colons between them): give the whole value of the cookie \
                 sessionid, or of the column session_data",
            ),
            Self::TooLarge => f.write_str(
                "it holds more bytes of JSON than SESSION_MAX_BYTES allows: raise it, or its owner \
                 is answered with 500",
            ),
            Self::WrongSecret => f.write_str(
                "wrong secret, or it isn't whole: no key of this process signed it. SECRET_KEY or \
                 one of SECRET_KEY_FALLBACKS has to be Django's SECRET_KEY",
            ),
            Self::OtherEngine { is, here } => write!(
                f,
                "another engine: it is {is}, and this process has SESSION_ENGINE={here}. Both \
                 sites have to use the same"
            ),
            Self::WrongSalt => f.write_str(
                "wrong salt: the secret is right, but it was signed for another purpose than the \
                 store that it lies in",
            ),
            Self::Expired { at } => write!(f, "expired: it ended at {}", date(*at)),
            Self::KeysAreHashed => f.write_str(
                "hashed keys are on: it is in the store under its key, and this process looks for \
                 the key's hash. Set SESSION_HASH_KEYS=false",
            ),
            Self::Unknown { here } => write!(
                f,
                "there is no such session in this store (SESSION_ENGINE={here}): it has ended, or \
                 Django keeps its sessions in another engine, database, folder or prefix"
            ),
            Self::Elsewhere => f.write_str(
                "SESSION_ENGINE=cache keeps sessions in the memory of the server's process, which \
                 no other program can see or share",
            ),
        }
    }
}

fn date(moment: OffsetDateTime) -> String {
    moment.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

/// Says whether this process, under these settings, reads `text`: a cookie's value, a session key,
/// or the signed data of a row.
///
/// # Errors
/// When the settings can't be used, or the store is broken.
pub async fn read(settings: &Settings, text: &str) -> Result<Reading, ReadError> {
    let examination = Examination { settings, text: text.trim(), now: Clock::system().now() };
    match SessionKey::parse(examination.text.as_bytes()) {
        Some(key) => examination.key(&key).await,
        None => examination.signed(),
    }
}

/// The reason why there is no [`Reading`].
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A setting can't be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The store is broken.
    #[error(transparent)]
    Store(#[from] Error),
}

struct Examination<'a> {
    settings: &'a Settings,
    text: &'a str,
    now: OffsetDateTime,
}

impl Examination<'_> {
    async fn key(&self, key: &SessionKey) -> Result<Reading, ReadError> {
        let here = self.settings.session_engine;
        if here == EngineName::SignedCookies {
            let is = "the key of a session that is kept on the server";
            return Ok(Reading::OtherEngine { is, here });
        }
        if here == EngineName::Cache {
            return Ok(Reading::Elsewhere);
        }
        let hashed = self.settings.session_hash_keys;
        let stored = key.stored(hashed);
        // An ended session is only seen by a clock that stands still long ago.
        let long_ago = Clock::from_fn(|| OffsetDateTime::UNIX_EPOCH);
        let mut row = self.row(&Clock::system(), &stored).await?;
        if row.is_none() {
            row = self.row(&long_ago, &stored).await?;
        }
        let Some(row) = row else {
            let is_plain = hashed && self.row(&long_ago, &key.stored(false)).await?.is_some();
            return Ok(if is_plain { Reading::KeysAreHashed } else { Reading::Unknown { here } });
        };
        let salts = [SERVER_SIDE_SALT, SIGNED_COOKIES_SALT];
        let ends = Some(row.expires_at());
        Ok(self.reading(row.payload(), salts, Reading::WrongSalt, ends)?)
    }

    async fn row(&self, clock: &Clock, key: &StoredKey) -> Result<Option<Row>, ReadError> {
        let store = Store::open_at(self.settings, clock).await?;
        Ok(match store.engine() {
            Some(engine) => engine.load(key).await?,
            None => None,
        })
    }

    fn signed(&self) -> Result<Reading, ReadError> {
        let here = self.settings.session_engine;
        let mut salts = [SERVER_SIDE_SALT, SIGNED_COOKIES_SALT];
        let mut is = "a session that is kept in the cookie";
        if here == EngineName::SignedCookies {
            salts.reverse();
            is = "the data of a session that is kept on the server";
        }
        Ok(self.reading(self.text, salts, Reading::OtherEngine { is, here }, None)?)
    }

    /// `other`: what it is if it was signed with the second salt. `row_end`: see
    /// [`Examination::verified_reading`].
    fn reading(
        &self,
        payload: &str,
        [salt, other_salt]: [&str; 2],
        other: Reading,
        row_end: Option<OffsetDateTime>,
    ) -> Result<Reading, SettingError> {
        let verify = |salt| Ok(self.settings.signer(salt)?.verify(payload));
        Ok(match verify(salt)? {
            Ok(verified) => self.verified_reading(&verified, row_end),
            Err(VerifyError::BadSignature) if verify(other_salt)?.is_ok() => other,
            Err(VerifyError::BadSignature) => Reading::WrongSecret,
            Err(VerifyError::TooLarge) => Reading::TooLarge,
            Err(VerifyError::Malformed) => Reading::Malformed,
        })
    }

    /// `row_end`: when the row ends, if there is one. Else the time counts from the signature.
    fn verified_reading(&self, verified: &Verified, row_end: Option<OffsetDateTime>) -> Reading {
        let Some(data) = Data::parse(&verified.json) else {
            return Reading::Malformed;
        };
        let policy = ExpiryPolicy::from_value(data.value(EXPIRY_KEY));
        let began = data.began().map(|began| began.min(self.now));
        let expiry = EffectiveExpiry::new(policy, began, self.settings.session_absolute_age);
        let from_signature = expiry.row_end(verified.signed_at, self.settings.session_cookie_age);
        let ends = row_end.unwrap_or(from_signature).min(expiry.latest);
        if expiry.is_over(ends, self.now) {
            // An instant that was chosen binds whatever the row says.
            let at = ends.min(policy.row_end(ends, Duration::ZERO));
            return Reading::Expired { at };
        }
        Reading::Read { keys: data.len(), ends }
    }
}

#[cfg(test)]
mod tests;
