//! The source of settings: named texts, parsed into values.

use std::{fmt::Display, iter, str::FromStr};

use ::cookie::SameSite;
use time::Duration;

use super::{error::SettingError, names::StoredForm};

/// Reads texts as what they mean. Text that is missing or empty leaves the default.
pub(super) struct Source<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Source<'_> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.maybe_empty(name).filter(|text| !text.is_empty())
    }

    /// A secret, as it is: blanks around it are part of it.
    pub(super) fn secret(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|text| !text.trim().is_empty())
    }

    /// Secrets that only verify, comma-separated. Blanks around one may be part of it or of the list, so
    /// it is taken with them and without.
    pub(super) fn secrets(&self, name: &'static str) -> Result<Vec<String>, SettingError> {
        let text = self.secret(name).unwrap_or_default();
        refuse_python_list(name, &text)?;
        let parts = text.split(',').filter(|part| !part.trim().is_empty());
        let both = parts.flat_map(|part| {
            let blank = (part != part.trim()).then_some(part);
            iter::once(part.trim()).chain(blank)
        });
        Ok(both.map(str::to_owned).collect())
    }

    /// Text that may be empty on purpose. `None`: not set.
    pub(super) fn maybe_empty(&self, name: &str) -> Option<String> {
        Some((self.0)(name)?.trim().to_owned())
    }

    /// The value that `parse` makes of a text, or the reason why it can't.
    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, SettingError> {
        let parsed = self.text(name).map_or(Ok(default), |text| parse(&text));
        parsed.map_err(|why| SettingError::new(name, why))
    }

    /// The value of the words that the text is one of, whatever its case.
    fn word<T, const N: usize>(
        &self,
        name: &'static str,
        default: T,
        words: [(&str, T); N],
        refusal: &str,
    ) -> Result<T, SettingError> {
        self.parsed(name, default, |text| {
            let is_one = |words: &str| words.split(' ').any(|word| text.eq_ignore_ascii_case(word));
            let found = words.into_iter().find(|(words, _)| is_one(words));
            found.map(|(_, value)| value).ok_or_else(|| format!("\"{text}\" is {refusal}"))
        })
    }

    /// Python's spelling is understood too.
    pub(super) fn switch(&self, name: &'static str, default: bool) -> Result<bool, SettingError> {
        let words = [("true 1 yes on", true), ("false 0 no off", false)];
        self.word(name, default, words, "neither true nor false")
    }

    /// `LEPTOS_ENV`, in Leptos' own spellings: whether this is production.
    pub(super) fn production(&self) -> Result<bool, SettingError> {
        let words = [("prod production", true), ("dev development", false)];
        self.word("LEPTOS_ENV", false, words, "none of PROD, production, DEV and development")
    }

    pub(super) fn same_site(&self, name: &'static str) -> Result<SameSite, SettingError> {
        let words =
            [("strict", SameSite::Strict), ("lax", SameSite::Lax), ("none", SameSite::None)];
        self.word(name, SameSite::Lax, words, "none of Strict, Lax and None")
    }

    pub(super) fn stored_form(&self, name: &'static str) -> Result<StoredForm, SettingError> {
        self.parsed(name, StoredForm::Payload, StoredForm::parse)
    }

    pub(super) fn seconds(&self, name: &'static str) -> Result<Option<Duration>, SettingError> {
        self.parsed(name, None, |text| match text.parse::<u32>() {
            Ok(seconds) if seconds > 0 => Ok(Some(Duration::seconds(seconds.into()))),
            _ => Err(format!("\"{text}\" is not a number of seconds from 1 to {}", u32::MAX)),
        })
    }

    /// The parts of a list; `None`: not set. Refuses a list of commas, which names nothing, and not what
    /// would be used without it; and one of Python's.
    pub(super) fn list(&self, name: &'static str) -> Result<Option<Vec<String>>, SettingError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        refuse_python_list(name, &text)?;
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let parts: Vec<_> = parts.map(str::to_owned).collect();
        if parts.is_empty() {
            Err(SettingError::new(name, "there is nothing between its commas"))
        } else {
            Ok(Some(parts))
        }
    }

    /// A number of bytes: with fewer than `least`, nobody could log in.
    pub(super) fn bytes<T: FromStr + PartialOrd + Display>(
        &self,
        name: &'static str,
        default: T,
        least: T,
    ) -> Result<T, SettingError> {
        match self.number(name, default)? {
            bytes if bytes >= least => Ok(bytes),
            bytes => {
                let why = format!("{bytes} is too little for sessions: at least {least}");
                Err(SettingError::new(name, why))
            }
        }
    }

    pub(super) fn number<T: FromStr>(
        &self,
        name: &'static str,
        default: T,
    ) -> Result<T, SettingError> {
        self.parsed(name, default, |text| {
            text.parse().map_err(|_| format!("\"{text}\" is not a whole number in range"))
        })
    }
}

/// Refuses `None` and a list as Python writes them: brackets and quotes would be taken for parts of values.
///
/// # Errors
/// When `list` is `None`, or has Python's brackets around it with nothing in them or with quotes.
pub fn refuse_python_list(name: &'static str, list: &str) -> Result<(), SettingError> {
    let list = list.trim();
    let inner = ["[]", "()", "{}"].iter().find_map(|brackets| {
        let (opens, closes) = brackets.split_at(1);
        list.strip_prefix(opens)?.strip_suffix(closes)
    });
    // No key of Django's has a quote in it, but brackets it may have.
    let is_quoted = |inner: &str| {
        let begin = inner.trim_start_matches(['(', '[', 'b', 'u', ' ']);
        inner.is_empty() || begin.starts_with(['\'', '"'])
    };
    let why = match inner.map(str::trim_start) {
        _ if list == "None" => "is None, as Python writes it: leave it out",
        Some(inner) if is_quoted(inner) => {
            "is a list as Python writes it: write only what is in it, with commas between and without \
             brackets and quotes"
        }
        _ => return Ok(()),
    };
    Err(SettingError::new(name, why))
}
