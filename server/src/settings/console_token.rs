//! `CONSOLE_TOKEN`: the secret that opens the console.

use std::fmt;

use huihua::settings::SettingError;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const SETTING: &str = "CONSOLE_TOKEN";
/// Its fewest characters: too many to guess, five tries at a time. (OWASP ASVS 5.0, 6.2.1, asks for 8
/// of a password, and recommends 15.)
const SHORTEST: usize = 16;

/// `CONSOLE_TOKEN`. Only its hash is kept.
#[derive(Clone, Copy)]
pub struct ConsoleToken([u8; 32]);

impl ConsoleToken {
    /// The token, if it is long enough.
    ///
    /// # Errors
    /// When it is shorter; the error doesn't show it.
    pub fn new(text: &str) -> Result<Self, SettingError> {
        if text.trim().chars().count() < SHORTEST {
            let problem = format!(
                "is shorter than {SHORTEST} characters, so it could be guessed: take what \
                 \"openssl rand -hex 16\" prints"
            );
            return Err(SettingError::new(SETTING, problem));
        }
        Ok(Self(hash(text)))
    }

    /// `true`: `typed` is the token, perhaps with blanks that were copied along with it, in constant time.
    pub(crate) fn is(self, typed: &str) -> bool {
        let [exactly, within] = [typed, typed.trim()].map(|text| hash(text).ct_eq(&self.0));
        (exactly | within).into()
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl fmt::Debug for ConsoleToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsoleToken(..)")
    }
}

#[cfg(test)]
mod tests;
