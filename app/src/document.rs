//! The HTML around every page.

use std::sync::Arc;

use hydration_context::SsrSharedContext;
use leptos::{
    hydration::{AutoReload, HydrationScripts},
    nonce::Nonce,
    prelude::*,
    tachys::html::InertElement,
};

use leptos_i18n::{Locale as _, td_string};

use crate::{
    islands::{Seed, Written},
    locale::{Locale, code, locale},
    mould::Mould,
    pages::Moulds,
    preferences::{Preferences, Theme},
    still::Still,
    storage::StorageInfo,
};

/// By what the end of every page is known.
const END: &str = "end";
/// Stands where a page's nonce belongs until the page is made.
const NONCE: &str = "the-nonce-of-this-page";

/// What stands in the `<head>` of every page. Only the nonce of its scripts changes, so it is made
/// once: these are the parts between the nonces.
#[derive(Debug, Clone, Copy)]
pub struct Head(&'static [&'static str]);

impl Head {
    /// Renders it. Kept for as long as the process lives, so call this once.
    pub fn new(options: &LeptosOptions) -> Self {
        let options = options.clone();
        let style = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
        let html = to_html(|| {
            provide_context(Nonce::from_value(NONCE));
            view! {
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link id="leptos" rel="stylesheet" href=style />
                // A page that comes in pieces is shown when it is whole: its foot would move.
                <link rel="expect" href=format!("#{END}") blocking="render" />
                <HydrationScripts options=options.clone() islands=true />
                <AutoReload options />
            }
        });
        let parts: Vec<&'static str> = html.leak().split(NONCE).collect();
        Self(parts.leak())
    }

    fn with(self, nonce: &str) -> String {
        self.0.join(nonce)
    }
}

/// What every page of the site knows.
#[derive(Debug, Clone)]
pub struct Site {
    /// What stands in its `<head>`.
    pub head: Head,
    /// `SESSION_COOKIE_AGE`, in seconds.
    pub cookie_age: i64,
    /// Whether cookies are only sent over HTTPS.
    pub secure: bool,
    /// Where sessions are.
    pub way: Arc<StorageInfo>,
    pub(crate) moulds: Arc<Moulds>,
}

impl Site {
    /// `cookie_age`: `SESSION_COOKIE_AGE`, in seconds. `secure`: whether cookies are only sent over
    /// HTTPS.
    pub fn new(head: Head, cookie_age: i64, secure: bool, way: StorageInfo) -> Self {
        Self {
            head,
            cookie_age,
            secure,
            way: way.into(),
            moulds: Arc::default(),
        }
    }
}

/// A page, made.
#[derive(Debug)]
pub struct Page {
    /// Its HTML.
    pub html: String,
    /// What its own scripts say they are known by, and no other page's do.
    pub nonce: Nonce,
}

/// Makes a page. Pages wait for nothing, so there is nothing to stream.
pub fn render<V: IntoView>(site: Site, look: Preferences, page: impl FnOnce() -> V) -> Page {
    let nonce = Nonce::new();
    let html = to_html(|| {
        provide_context(site);
        provide_context(look);
        provide_context(nonce.clone());
        page()
    });
    Page { html, nonce }
}

fn to_html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    // Islands ask the context whether they are in a page that will come to life.
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| view().into_view().to_html());
    owner.unset_with_forced_cleanup();
    html
}

/// A page: head, navigation, and `children` as its content.
#[component]
pub fn Document(
    /// The page's title.
    #[prop(into)]
    title: String,
    /// Where it is, to come back to.
    #[prop(into)]
    path: String,
    /// Where one can go from here; the site's own places, if it doesn't say.
    #[prop(optional)]
    navigation: Option<AnyView>,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let Site { head, moulds, .. } = expect_context();
    let look: Preferences = use_context().unwrap_or_default();
    let Preferences { locale, theme } = look;
    let nonce: Nonce = expect_context();
    let seed = use_context::<Seed>().unwrap_or_default();
    let icon = match seed.uname {
        Some(_) => "/favicon.svg",
        None => "/favicon-guest.svg",
    };
    let seed = seed.written();
    let theme_shape = match theme {
        Theme::System => 0,
        Theme::Light => 1,
        Theme::Dark => 2,
    };
    let shape = theme_shape * Written::SHAPES + seed.shape();
    moulds.document.pour(shape, locale, |holes| {
        let head = holes.part(InertElement::new(head.with(&nonce)));
        let title = holes.text(title);
        let navigation = holes.part(navigation.unwrap_or_else(places));
        let content = holes.part(children());
        let path = holes.text(path);
        let seed = seed.in_holes(holes);
        move || {
            let theme = (theme != Theme::System).then(|| theme.name());
            // A title is text and nothing else. As a child it would be followed by a marker in
            // development builds, and the marker would be read as part of it.
            view! {
                <!DOCTYPE html>
                <html lang=locale.as_str() data-theme=theme>
                    <head>
                        {head} <link id="icon" rel="icon" href=icon type="image/svg+xml" />
                        <title inner_html=title></title>
                        <meta name="description" content=td_string!(locale, site.description) />
                    </head>
                    <body>
                        <a class="skip" href="#content">
                            {td_string!(locale, site.skip)}
                        </a>
                        <header class="bar">
                            <a class="brand" href="/">
                                {td_string!(locale, site.brand)}
                            </a>
                            <nav aria-label=td_string!(locale, site.navigation)>{navigation}</nav>
                        </header>
                        {seed.main(content)}
                        <Preferences chosen=look path />
                        <span id=END hidden></span>
                    </body>
                </html>
            }
        }
    })
}

/// What is around every page: for each theme, and for whatever its islands begin with.
pub(crate) type DocumentMould = Mould<{ 3 * Written::SHAPES }>;

fn places() -> AnyView {
    let locale = locale();
    PLACES
        .in_language(locale, || {
            view! {
                <a href="/login/">{td_string!(locale, site.log_in)}</a>
                <a href="/logout/" rel="nofollow">
                    {td_string!(locale, site.log_out)}
                </a>
            }
        })
        .into_any()
}

static PLACES: Still = Still::new();

/// The language, and light or dark: the same two choices at the foot of every page.
#[component]
fn Preferences(chosen: Preferences, path: String) -> impl IntoView {
    let said = chosen.locale;
    view! {
        <footer class="bar">
            <form
                class="preferences"
                method="post"
                action="/preferences/"
                aria-label=td_string!(said, site.preferences.title)
            >
                <input type="hidden" name="next" value=path />
                <Choices chosen />
            </form>
        </footer>
    }
    .into_any()
}

#[component]
fn Choices(chosen: Preferences) -> impl IntoView {
    let said = chosen.locale;
    let languages = [(Locale::zh_CN, "简体中文"), (Locale::en, "English")].map(|(locale, name)| {
        let pressed = (locale == said).to_string();
        view! {
            <button name="language" value=code(locale) lang=locale.as_str() aria-pressed=pressed>
                {name}
            </button>
        }
    });
    let themes = Theme::ALL.map(|theme| {
        let name = match theme {
            Theme::System => td_string!(said, site.preferences.system),
            Theme::Light => td_string!(said, site.preferences.light),
            Theme::Dark => td_string!(said, site.preferences.dark),
        };
        let pressed = (theme == chosen.theme).to_string();
        view! {
            <button name="theme" value=theme.name() aria-pressed=pressed>
                {name}
            </button>
        }
    });
    view! {
        <div role="group" aria-label=td_string!(said, site.preferences.language)>
            {languages.collect_view()}
        </div>
        <div role="group" aria-label=td_string!(said, site.preferences.theme)>
            {themes.collect_view()}
        </div>
    }
    .into_any()
}
