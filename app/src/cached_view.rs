//! Fragments of pages that are rendered once, as Django's `{% cache %}` does.

use std::{
    hash::Hash,
    sync::{Arc, LazyLock, OnceLock},
};

use leptos::{prelude::*, tachys::html::InertElement};
use quick_cache::{UnitWeighter, sync::Cache};
use rustc_hash::FxBuildHasher;

use crate::{
    locale::{LOCALES, Locale},
    preferences::{Preferences, Theme},
    render::to_html,
};

/// The most variants of a keyed fragment that are kept.
const VARIANTS: u32 = 256;

/// A fragment that is the same for everybody who reads one language in one theme.
///
/// A `fn` captures nothing, and it runs in an owner of its own: nothing that one visitor has caused
/// can get into what the next one sees.
pub(crate) struct CachedView {
    view: fn(Locale, Theme) -> AnyView,
    html: ByPreferences<String>,
}

impl CachedView {
    pub(crate) const fn new(view: fn(Locale, Theme) -> AnyView) -> Self {
        Self { view, html: ByPreferences::new() }
    }

    pub(crate) fn get(&'static self, preferences: Preferences) -> InertElement {
        let html = self.html.get_or_init(preferences, || in_own_owner(preferences, self.view));
        InertElement::new(html.as_str())
    }
}

/// A key of a [`KeyedView`], allowed type by type: none may hold a text that a visitor has typed.
pub(crate) trait CacheKey: Copy + Eq + Hash {}

impl CacheKey for bool {}
impl CacheKey for u32 {}

/// A [`CachedView`] that depends on a `K` as well.
pub(crate) struct KeyedView<K> {
    view: fn(Locale, Theme, K) -> AnyView,
    html: LazyLock<Variants<K>>,
}

/// With a quick hash: keys that collide could slow down no more than the few hundred that are kept.
type Variants<K> = Cache<(Preferences, K), Arc<str>, UnitWeighter, FxBuildHasher>;

impl<K: CacheKey> KeyedView<K> {
    pub(crate) const fn new(view: fn(Locale, Theme, K) -> AnyView) -> Self {
        Self {
            view,
            html: LazyLock::new(|| {
                let (items, weight) = (VARIANTS as usize, VARIANTS.into());
                Cache::with(items, weight, UnitWeighter, FxBuildHasher, Default::default())
            }),
        }
    }

    pub(crate) fn get(&self, preferences: Preferences, key: K) -> InertElement {
        let cached = (preferences, key);
        let html = self.html.get(&cached).unwrap_or_else(|| {
            let html = in_own_owner(preferences, |locale, theme| (self.view)(locale, theme, key));
            let html: Arc<str> = html.into();
            self.html.insert(cached, html.clone());
            html
        });
        InertElement::new(html.to_string())
    }
}

fn in_own_owner(preferences: Preferences, view: impl FnOnce(Locale, Theme) -> AnyView) -> String {
    to_html(|| {
        provide_context(preferences);
        view(preferences.locale, preferences.theme)
    })
}

/// A value for each language and theme.
#[derive(Debug, Default)]
pub(crate) struct ByPreferences<T>([[OnceLock<T>; Theme::ALL.len()]; LOCALES.len()]);

impl<T> ByPreferences<T> {
    pub(crate) const fn new() -> Self {
        Self([const { [const { OnceLock::new() }; Theme::ALL.len()] }; LOCALES.len()])
    }

    /// The value, made by `make` the first time.
    pub(crate) fn get_or_init(&self, of: Preferences, make: impl FnOnce() -> T) -> &T {
        self.0[of.locale as usize][of.theme as usize].get_or_init(make)
    }
}
