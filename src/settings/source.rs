use std::{fmt::Display, iter, str::FromStr};

use time::Duration;
use tower_sessions::cookie::SameSite;

use super::error::SettingError;

/// Reads texts as what they mean. Text that is missing or empty leaves the default.
pub(super) struct Source<F>(F);

impl<F: Fn(&str) -> Option<String>> Source<F> {
    pub(super) fn new(lookup: F) -> Self {
        Self(lookup)
    }

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

    pub(super) fn parsed<T: FromStr<Err: Display>>(
        &self,
        name: &'static str,
        default: T,
    ) -> Result<T, SettingError> {
        self.text(name).map_or(Ok(default), |text| {
            text.parse()
                .map_err(|why: T::Err| SettingError::new(name, why.to_string()))
        })
    }

    /// Python's spelling is understood too.
    pub(super) fn switch(&self, name: &'static str, default: bool) -> Result<bool, SettingError> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(SettingError::new(
                name,
                format!("\"{text}\" is neither true nor false"),
            )),
        }
    }

    /// `LEPTOS_ENV`, in Leptos' own spellings: whether this is production.
    pub(super) fn production(&self) -> Result<bool, SettingError> {
        let text = self.text("LEPTOS_ENV").unwrap_or("DEV".into());
        match text.to_ascii_lowercase().as_str() {
            "prod" | "production" => Ok(true),
            "dev" | "development" => Ok(false),
            _ => Err(SettingError::new(
                "LEPTOS_ENV",
                format!("\"{text}\" is none of PROD, production, DEV and development"),
            )),
        }
    }

    pub(super) fn seconds(
        &self,
        name: &'static str,
        default: Duration,
    ) -> Result<Duration, SettingError> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        match text.parse::<u32>() {
            Ok(seconds) if seconds > 0 => Ok(Duration::seconds(seconds.into())),
            _ => Err(SettingError::new(
                name,
                format!(
                    "\"{text}\" is not a number of seconds from 1 to {}",
                    u32::MAX
                ),
            )),
        }
    }

    pub(super) fn same_site(&self, name: &'static str) -> Result<SameSite, SettingError> {
        let text = self.text(name).unwrap_or("Lax".into());
        match text.to_ascii_lowercase().as_str() {
            "strict" => Ok(SameSite::Strict),
            "lax" => Ok(SameSite::Lax),
            "none" => Ok(SameSite::None),
            _ => Err(SettingError::new(
                name,
                format!("\"{text}\" is none of Strict, Lax and None"),
            )),
        }
    }

    /// `None`: not set.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let text = self.text(name)?;
        let parts = text.split(',').map(str::trim);
        Some(
            parts
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
        )
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
            bytes => Err(SettingError::new(
                name,
                format!("{bytes} is too little for sessions: at least {least}"),
            )),
        }
    }

    pub(super) fn number<T: FromStr>(
        &self,
        name: &'static str,
        default: T,
    ) -> Result<T, SettingError> {
        self.text(name).map_or(Ok(default), |text| {
            text.parse().map_err(|_| {
                SettingError::new(name, format!("\"{text}\" is not a whole number in range"))
            })
        })
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
    match inner.map(str::trim_start) {
        _ if list == "None" => {
            let why = "is None, as Python writes it: leave it out";
            Err(SettingError::new(name, why))
        }
        Some(inner) if is_quoted(inner) => {
            let why = "is a list as Python writes it: write only what is in it, with commas between and \
                       without brackets and quotes";
            Err(SettingError::new(name, why))
        }
        _ => Ok(()),
    }
}
