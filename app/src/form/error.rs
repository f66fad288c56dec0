use leptos_i18n::td_string;
use serde::{Deserialize, Serialize};

use super::{LARGEST_VALUE, LONGEST_KEY, LONGEST_NAME, MOST_KEYS};
use crate::locale::Locale;

/// What is wrong with something that was typed, or with a form.
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
    /// The session wouldn't fit into its cookie any more.
    TooLarge,
    /// The session can't be read, or refused for another reason that no visitor can mend.
    SessionRefused,
    /// Not the token that opens the console.
    Token,
    /// No beginning of a session's name.
    SessionName,
    /// Too much is being done in the background.
    TooManyJobs,
}

impl FieldError {
    /// It in words.
    pub fn message(self, locale: Locale) -> String {
        match self {
            Self::NameMissing => td_string!(locale, site.error.name_missing).into(),
            Self::NameControl => td_string!(locale, site.error.name_control).into(),
            Self::NameLong => td_string!(locale, site.error.name_long, most = LONGEST_NAME),
            Self::Number(most) => td_string!(locale, site.error.number, most),
            Self::Expiry => td_string!(locale, site.error.expiry).into(),
            Self::NotUtf8 => td_string!(locale, site.error.not_utf8).into(),
            Self::NotOurForm => td_string!(locale, site.error.not_our_form).into(),
            Self::SessionsOff => td_string!(locale, site.error.sessions_off).into(),
            Self::TooOften(seconds) => td_string!(locale, site.error.too_often, seconds),
            Self::KeyMissing => td_string!(locale, site.error.key_missing).into(),
            Self::KeyLong => td_string!(locale, site.error.key_long, most = LONGEST_KEY),
            Self::KeyControl => td_string!(locale, site.error.key_control).into(),
            Self::KeyProtected => td_string!(locale, site.error.key_protected).into(),
            Self::ValueLong(bytes) => {
                td_string!(locale, site.error.value_long, most = LARGEST_VALUE, bytes)
            }
            Self::NotJson { line, column } => {
                td_string!(locale, site.error.not_json, line, column)
            }
            Self::TooMany => td_string!(locale, site.error.too_many, most = MOST_KEYS),
            Self::TooLarge => td_string!(locale, site.error.too_large).into(),
            Self::SessionRefused => td_string!(locale, site.error.session_refused).into(),
            Self::Token => td_string!(locale, console.login.wrong).into(),
            Self::TooManyJobs => td_string!(locale, console.jobs.too_many).into(),
            Self::SessionName => td_string!(locale, console.search.wrong_name).into(),
        }
    }
}

/// What is wrong with each field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormErrors {
    /// With the name.
    pub uname: Option<FieldError>,
    /// With the choice of expiry.
    pub expiry: Option<FieldError>,
    /// With the seconds.
    pub seconds: Option<FieldError>,
    /// With the days.
    pub days: Option<FieldError>,
    /// With the key.
    pub key: Option<FieldError>,
    /// With the value.
    pub value: Option<FieldError>,
    /// With the form as a whole.
    pub form: Option<FieldError>,
}

impl FormErrors {
    /// A problem with the form as a whole.
    pub fn of_form(wrong: FieldError) -> Self {
        Self {
            form: Some(wrong),
            ..Self::default()
        }
    }

    /// A problem with the key.
    pub fn of_key(wrong: FieldError) -> Self {
        Self {
            key: Some(wrong),
            ..Self::default()
        }
    }

    /// A problem with the value.
    pub fn of_value(wrong: FieldError) -> Self {
        Self {
            value: Some(wrong),
            ..Self::default()
        }
    }
}
