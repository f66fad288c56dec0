use std::{fmt::Display, iter, str::FromStr};

use time::Duration;
use tower_sessions::cookie::SameSite;

use super::error::SettingError;

/// Reads texts as what they mean. Text that is missing or empty leaves the default.
pub(super) struct Source<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Source<'_> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = (self.0)(name)?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A secret, as it is: blanks around it are part of it.
    pub(super) fn secret(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|text| !text.trim().is_empty())
    }

    /// Secrets that only verify, comma-separated. Blanks around one may be part of it or of the list, so
    /// it is taken with them and without.
    pub(super) fn secrets(&self, name: &str) -> Vec<String> {
        let text = self.secret(name).unwrap_or_default();
        let parts = text.split(',').filter(|part| !part.trim().is_empty());
        let both = parts.flat_map(|part| {
            let blank = (part != part.trim()).then_some(part);
            iter::once(part.trim()).chain(blank)
        });
        both.map(str::to_owned).collect()
    }

    /// Text that may be empty on purpose. `None`: not set.
    pub(super) fn maybe_empty(&self, name: &str) -> Option<String> {
        Some((self.0)(name)?.trim().to_owned())
    }

    /// The value that `parse` makes of a text, or the reason why it can't.
    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, SettingError> {
        let parsed = self.text(name).map(|text| parse(&text)).transpose();
        parsed.map_err(|why| SettingError::new(name, why))
    }

    /// The value of the words that the text is one of, whatever its case.
    fn word<T, const N: usize>(
        &self,
        name: &'static str,
        words: [(&str, T); N],
        refusal: &str,
    ) -> Result<Option<T>, SettingError> {
        self.parsed(name, |text| {
            let is_one = |words: &str| words.split(' ').any(|word| text.eq_ignore_ascii_case(word));
            let found = words.into_iter().find(|(words, _)| is_one(words));
            let value = found.map(|(_, value)| value);
            value.ok_or_else(|| format!("\"{text}\" is {refusal}"))
        })
    }

    /// Python's spelling is understood too.
    pub(super) fn switch(&self, name: &'static str, default: bool) -> Result<bool, SettingError> {
        let words = [("true 1 yes on", true), ("false 0 no off", false)];
        let is_on = self.word(name, words, "neither true nor false")?;
        Ok(is_on.unwrap_or(default))
    }

    /// `LEPTOS_ENV`, in Leptos' own spellings: whether this is production.
    pub(super) fn production(&self) -> Result<bool, SettingError> {
        let words = [("prod production", true), ("dev development", false)];
        let refusal = "none of PROD, production, DEV and development";
        Ok(self.word("LEPTOS_ENV", words, refusal)?.unwrap_or(false))
    }

    pub(super) fn same_site(&self, name: &'static str) -> Result<SameSite, SettingError> {
        let words =
            [("strict", SameSite::Strict), ("lax", SameSite::Lax), ("none", SameSite::None)];
        let same_site = self.word(name, words, "none of Strict, Lax and None")?;
        Ok(same_site.unwrap_or(SameSite::Lax))
    }

    pub(super) fn seconds(&self, name: &'static str) -> Result<Option<Duration>, SettingError> {
        self.parsed(name, |text| match text.parse::<u32>() {
            Ok(seconds) if seconds > 0 => Ok(Duration::seconds(seconds.into())),
            _ => Err(format!("\"{text}\" is not a number of seconds from 1 to {}", u32::MAX)),
        })
    }

    /// `None`: not set.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let text = self.text(name)?;
        let parts = text.split(',').map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        Some(parts.map(str::to_owned).collect())
    }

    /// Refuses a list of commas, which names nothing, and not what would be used without it; and one of
    /// Python's.
    pub(super) fn check_lists(&self, names: &[&'static str]) -> Result<(), SettingError> {
        for name in names {
            if self.list(name).is_some_and(|parts| parts.is_empty()) {
                let why = "there is nothing between its commas";
                return Err(SettingError::new(name, why));
            }
            refuse_python_list(name, &self.text(name).unwrap_or_default())?;
        }
        Ok(())
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
        let number = self.parsed(name, |text| {
            text.parse().map_err(|_| format!("\"{text}\" is not a whole number in range"))
        });
        Ok(number?.unwrap_or(default))
    }
}

/// Refuses `None` and a list as Python writes them, whose brackets and quotes would be taken for parts of
/// what is in it.
///
/// # Errors
/// Says how lists are written here.
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
