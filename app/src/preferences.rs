//! How somebody has chosen to see the site: in which language, and light or dark.

use huihua::Session;

use crate::locale::{Locale, named};

/// The cookie of the language: Django's `LANGUAGE_COOKIE_NAME`, so that a Django site beside this
/// one speaks the same.
pub const LANGUAGE_COOKIE: &str = "django_language";
/// The key of the session under which the language is kept, as Django before 4.0 did.
pub const LANGUAGE_SESSION_KEY: &str = "_language";
/// The cookie of the theme.
pub const THEME_COOKIE: &str = "theme";

/// What was chosen, or else what everybody gets: 简体中文, in the colours of the system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The language.
    pub locale: Locale,
    /// The colours.
    pub theme: Theme,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the visitor's system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in forms, in the cookie and in the style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

impl Preferences {
    /// What the cookies of a request say. What they don't say, or say wrongly, wasn't chosen.
    pub fn of_cookies<'a>(cookie: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            locale: cookie(LANGUAGE_COOKIE).and_then(named).unwrap_or_default(),
            theme: cookie(THEME_COOKIE)
                .and_then(Theme::named)
                .unwrap_or_default(),
        }
    }

    /// The same, where the session knows better.
    #[must_use]
    pub async fn or_of(self, session: &Session) -> Self {
        let kept = session.get_value(LANGUAGE_SESSION_KEY).await.ok().flatten();
        let locale = kept.as_ref().and_then(|code| named(code.as_str()?));
        Self {
            locale: locale.unwrap_or(self.locale),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cookies_say_wrongly_was_not_chosen() {
        let look = |locale, theme| {
            Preferences::of_cookies(move |name| match name {
                LANGUAGE_COOKIE => Some(locale),
                THEME_COOKIE => Some(theme),
                _ => None,
            })
        };
        let english = Preferences {
            locale: Locale::en,
            theme: Theme::Dark,
        };
        assert_eq!(look("en", "dark"), english);
        for nonsense in ["", "EN", "fr", "<b>", "zh"] {
            assert_eq!(
                look(nonsense, nonsense),
                Preferences::default(),
                "{nonsense}"
            );
        }
    }
}
