//! Errors in words.

use leptos_i18n::td_string;

use super::{FieldError, LARGEST_VALUE, LONGEST_KEY, LONGEST_NAME, MOST_KEYS};
use crate::locale::Locale;

impl FieldError {
    /// The error in words.
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
            Self::Fingerprint => td_string!(locale, console.search.wrong_name).into(),
        }
    }
}
