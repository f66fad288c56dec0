//! Errors of forms and of their fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::{LARGEST_VALUE, LONGEST_KEY, LONGEST_NAME, MOST_KEYS};

/// An error of a field, or of a form as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldError {
    /// No name.
    NameMissing,
    /// A name with control characters.
    NameControl,
    /// A name of more than [`LONGEST_NAME`] characters.
    NameLong,
    /// No whole number from 1 to this.
    Number(u32),
    /// None of the ways to end a session.
    Expiry,
    /// The form isn't UTF-8.
    NotUtf8,
    /// The form isn't one of ours, or some field is there twice.
    NotOurForm,
    /// `SESSION_ENABLED=false`.
    SessionsOff,
    /// Too many tries; so many seconds until the next.
    TooOften(u32),
    /// No key.
    KeyMissing,
    /// A key of more than [`LONGEST_KEY`] characters.
    KeyLong,
    /// A key with control characters.
    KeyControl,
    /// A key that the site keeps for itself.
    KeyProtected,
    /// A value of so many bytes, which is more than [`LARGEST_VALUE`].
    ValueLong(u32),
    /// No JSON from here on.
    NotJson {
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
    },
    /// [`MOST_KEYS`] are there already.
    TooMany,
    /// The session would be larger than its cookie, or `SESSION_MAX_BYTES`, allows.
    TooLarge,
    /// The session can't be read, or refused for another reason that no visitor can mend.
    SessionRefused,
    /// Not the token that opens the console.
    Token,
    /// No beginning of a fingerprint.
    Fingerprint,
    /// Too much is being done in the background.
    TooManyJobs,
}

/// The errors of a form: of its fields by name, and of the form as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormErrors(BTreeMap<String, FieldError>);

/// Stands for the form as a whole; no field has this name.
const FORM: &str = "";

impl FormErrors {
    /// An error of one field.
    pub fn of(field: &str, error: FieldError) -> Self {
        Self([(field.to_owned(), error)].into())
    }

    /// The errors of those fields that have one.
    pub fn of_fields<const N: usize>(fields: [(&str, Option<FieldError>); N]) -> Self {
        let fields = fields.into_iter();
        Self(fields.filter_map(|(field, error)| Some((field.to_owned(), error?))).collect())
    }

    /// An error of the form as a whole.
    pub fn of_form(error: FieldError) -> Self {
        Self::of(FORM, error)
    }

    /// These and those of another field.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The error of a field.
    pub fn get(&self, field: &str) -> Option<FieldError> {
        self.0.get(field).copied()
    }

    /// The error of the form as a whole.
    pub fn form(&self) -> Option<FieldError> {
        self.get(FORM)
    }

    /// True if there is no error.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
