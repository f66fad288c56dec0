//! A site: what its pages have in common, and how a page of it is rendered.

use axum::body::Bytes;
use leptos::prelude::*;
use time::Duration;

use crate::{
    cached_view::ByPreferences, head::Head, preferences::Preferences, render::to_html,
    storage::StorageInfo,
};

/// The facts that every page of a site knows.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// The beginning of its `<head>`.
    pub head: Head,
    /// `SESSION_COOKIE_AGE`.
    pub cookie_age: Duration,
    /// True if cookies are only sent over HTTPS.
    pub secure: bool,
    /// The session store.
    pub storage: StorageInfo,
}

/// A page that is the same for every guest who reads one language in one theme: rendered once.
#[derive(Debug, Default)]
pub struct CachedPage(ByPreferences<Bytes>);

impl Site {
    /// The HTML of a page.
    pub fn render<V: IntoView>(
        &self,
        preferences: Preferences,
        page: impl FnOnce() -> V,
    ) -> String {
        to_html(|| {
            provide_context(*self);
            provide_context(preferences);
            page()
        })
    }
}

impl CachedPage {
    /// The HTML of `page`, which captures nothing of a visitor because it is a `fn`.
    pub fn get(&self, site: &Site, preferences: Preferences, page: fn() -> AnyView) -> Bytes {
        self.0.get_or_init(preferences, || site.render(preferences, page).into()).clone()
    }
}
