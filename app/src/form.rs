//! Forms: what was typed, and what is wrong with it.

mod error;
mod expiry;
#[cfg(feature = "ssr")]
mod input;
#[cfg(feature = "ssr")]
mod message;
#[cfg(feature = "ssr")]
mod validate;

pub use self::{
    error::{FieldError, FormErrors},
    expiry::ExpiryInput,
};
#[cfg(feature = "ssr")]
pub use self::{
    input::{FormInput, FormState, HomeForm, RejectedForm},
    validate::{key, key_of_user, name, value},
};

/// Characters that a name may have.
pub const LONGEST_NAME: usize = 150;
/// Characters that a key may have.
pub const LONGEST_KEY: usize = 100;
/// Bytes that a value may have, as JSON.
pub const LARGEST_VALUE: usize = 4096;
/// Seconds of inactivity after which a session may end at most.
pub const LONGEST_IDLE: u32 = 31_536_000;
/// Days after which a session may end at most.
pub const MOST_DAYS: u32 = 3_650;
/// Keys that a visitor may have in their session.
pub const MOST_KEYS: usize = 64;
