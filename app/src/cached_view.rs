//! Fragments of pages that are rendered once.

use std::sync::OnceLock;

use leptos::{prelude::*, tachys::html::InertElement};

use crate::{
    locale::{LOCALES, Locale},
    preferences::{Preferences, Theme},
    render::to_html,
};

/// A fragment that is the same for everybody who reads one language in one theme.
///
/// A `fn` captures nothing, and it runs in an owner of its own: nothing that one visitor has caused
/// can get into what the next one sees.
pub(crate) struct CachedView {
    view: fn(Locale, Theme) -> AnyView,
    html: ByPreferences<String>,
}

/// A value for each language and theme.
#[derive(Debug)]
pub(crate) struct ByPreferences<T>([[OnceLock<T>; Theme::ALL.len()]; LOCALES.len()]);

impl CachedView {
    pub(crate) const fn new(view: fn(Locale, Theme) -> AnyView) -> Self {
        Self {
            view,
            html: ByPreferences::new(),
        }
    }

    /// The fragment for the page that is being rendered.
    pub(crate) fn get(&'static self) -> InertElement {
        let preferences: Preferences = use_context().unwrap_or_default();
        let Preferences { locale, theme } = preferences;
        let html = self.html.get_or_init(preferences, || {
            to_html(|| {
                provide_context(preferences);
                (self.view)(locale, theme)
            })
        });
        InertElement::new(html.as_str())
    }
}

impl<T> ByPreferences<T> {
    pub(crate) const fn new() -> Self {
        Self([const { [const { OnceLock::new() }; Theme::ALL.len()] }; LOCALES.len()])
    }

    /// The value, made by `make` the first time.
    pub(crate) fn get_or_init(&self, of: Preferences, make: impl FnOnce() -> T) -> &T {
        let locale = match of.locale {
            Locale::zh_CN => 0,
            Locale::en => 1,
        };
        let theme = match of.theme {
            Theme::System => 0,
            Theme::Light => 1,
            Theme::Dark => 2,
        };
        self.0[locale][theme].get_or_init(make)
    }
}

impl<T> Default for ByPreferences<T> {
    fn default() -> Self {
        Self::new()
    }
}
