//! Fragments of pages that are rendered once, as Django's `{% cache %}` does.

use std::{
    hash::Hash,
    sync::{Arc, LazyLock, OnceLock},
};

use leptos::{prelude::*, tachys::html::InertElement};
use quick_cache::sync::Cache;

use crate::{
    locale::{LOCALES, Locale},
    preferences::{Preferences, Theme},
    render::to_html,
};

/// How many of a fragment's variants are kept.
const VARIANTS: usize = 64;

/// A fragment that is the same for everybody for whom it is made of the same `K`, language and
/// theme.
///
/// A `fn` captures nothing, what is [`Copy`] holds no text that a visitor has typed, and it runs in
/// an owner of its own: nothing that one visitor has caused can get into what the next one sees.
pub(crate) struct CachedView<K = ()> {
    view: fn(Locale, Theme, K) -> AnyView,
    html: LazyLock<Cache<(Preferences, K), Arc<str>>>,
}

impl<K: Copy + Eq + Hash> CachedView<K> {
    pub(crate) const fn new(view: fn(Locale, Theme, K) -> AnyView) -> Self {
        Self {
            view,
            html: LazyLock::new(|| Cache::new(VARIANTS)),
        }
    }

    /// The fragment of `key` for the page that is being rendered.
    pub(crate) fn of(&self, key: K) -> InertElement {
        let preferences: Preferences = use_context().unwrap_or_default();
        let Preferences { locale, theme } = preferences;
        let cached = (preferences, key);
        let html = self.html.get(&cached).unwrap_or_else(|| {
            let html = to_html(|| {
                provide_context(preferences);
                (self.view)(locale, theme, key)
            });
            let html: Arc<str> = html.into();
            self.html.insert(cached, html.clone());
            html
        });
        InertElement::new(html.to_string())
    }
}

impl CachedView {
    /// The fragment for the page that is being rendered.
    pub(crate) fn get(&self) -> InertElement {
        self.of(())
    }
}

/// A value for each language and theme.
#[derive(Debug)]
pub(crate) struct ByPreferences<T>([[OnceLock<T>; Theme::ALL.len()]; LOCALES.len()]);

impl<T> ByPreferences<T> {
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
        Self([const { [const { OnceLock::new() }; Theme::ALL.len()] }; LOCALES.len()])
    }
}
