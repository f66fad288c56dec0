//! The HTML around every page.

use html_escape::encode_text;
use leptos::{either::Either, prelude::*, server_fn::ServerFn, tachys::html::InertElement};
use leptos_i18n::{Locale as _, td_string};

use crate::{
    cached_view::{CachedView, KeyedView},
    head::END,
    islands::{LocalTime, SessionScope, SessionState},
    locale::{LOCALES, Locale, code},
    paths,
    preferences::{Preferences, Theme, locale, preferences},
    server_fns::{Logout, Prefer},
    site::Site,
};

/// The `id` of the form of preferences.
const PREFERENCES: &str = "preferences";

/// A page: head, navigation, and `children` as its content.
#[component]
pub fn Document(
    /// The page's title.
    #[prop(into)]
    title: String,
    /// Its path, to come back to.
    #[prop(into)]
    path: String,
    /// The links of its navigation; those of the site by default.
    #[prop(optional)]
    navigation: Option<AnyView>,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let Site { head, .. } = expect_context();
    let preferences @ Preferences { locale, theme } = preferences();
    let SessionState { uname, .. } = use_context().unwrap_or_default();
    let header = match navigation {
        None => Either::Left(HEADER.get(preferences)),
        Some(navigation) => Either::Right(view! { <Header navigation /> }),
    };
    let theme = (theme != Theme::System).then(|| theme.name());
    view! {
        <!DOCTYPE html>
        <html lang=locale.as_str() data-theme=theme>
            <head>
                {head.view()}
                {title_element(&title)}
                {ICON_AND_DESCRIPTION.get(preferences, uname.is_some())}
            </head>
            <body>
                {header}
                <SessionScope>{children()} {LOCAL_TIME.get(preferences)}</SessionScope>
                {FOOTER.get(preferences)}
                <input type="hidden" form=PREFERENCES name="next" value=path />
                <span id=END hidden></span>
            </body>
        </html>
    }
}

/// The icon tells whether somebody is logged in.
static ICON_AND_DESCRIPTION: KeyedView<bool> = KeyedView::new(|locale, _, is_user| {
    let icon = if is_user { "/favicon.svg" } else { "/favicon-guest.svg" };
    view! {
        <link id="icon" rel="icon" href=icon type="image/svg+xml" />
        <meta name="description" content=td_string!(locale, site.description) />
    }
    .into_any()
});

static LOCAL_TIME: CachedView = CachedView::new(|_, _| view! { <LocalTime /> }.into_any());

/// In development builds every child in a view is followed by a marker, which would be read as part
/// of a title.
fn title_element(title: &str) -> InertElement {
    InertElement::new(format!("<title>{}</title>", encode_text(title)))
}

/// The site's name and the navigation, above the content.
#[component]
fn Header(navigation: AnyView) -> impl IntoView {
    let locale = locale();
    view! {
        <a class="skip" href="#content">
            {td_string!(locale, site.skip)}
        </a>
        <header class="bar">
            <a class="brand" href="/">
                {td_string!(locale, site.brand)}
            </a>
            <nav aria-label=td_string!(locale, site.navigation)>{navigation}</nav>
        </header>
    }
}

static HEADER: CachedView = CachedView::new(|locale, _| {
    let navigation = view! {
        <a href=paths::LOGIN>{td_string!(locale, site.log_in)}</a>
        <a href=Logout::PATH rel="nofollow">
            {td_string!(locale, site.log_out)}
        </a>
    };
    view! { <Header navigation=navigation.into_any() /> }.into_any()
});

/// The language, and light or dark: the same two choices at the foot of every page.
static FOOTER: CachedView = CachedView::new(|locale, theme| {
    let languages = LOCALES.map(|language| {
        let name = match language {
            Locale::zh_CN => "简体中文",
            Locale::en => "English",
        };
        let pressed = (language == locale).to_string();
        view! {
            <button name="language" value=code(language) lang=language.as_str() aria-pressed=pressed>
                {name}
            </button>
        }
    });
    let themes = Theme::ALL.map(|choice| {
        let name = match choice {
            Theme::System => td_string!(locale, site.preferences.system),
            Theme::Light => td_string!(locale, site.preferences.light),
            Theme::Dark => td_string!(locale, site.preferences.dark),
        };
        let pressed = (choice == theme).to_string();
        view! {
            <button name="theme" value=choice.name() aria-pressed=pressed>
                {name}
            </button>
        }
    });
    view! {
        <footer class="bar">
            <form
                id=PREFERENCES
                class="preferences"
                method="post"
                action=Prefer::PATH
                aria-label=td_string!(locale, site.preferences.title)
            >
                <div role="group" aria-label=td_string!(locale, site.preferences.language)>
                    {languages.collect_view()}
                </div>
                <div role="group" aria-label=td_string!(locale, site.preferences.theme)>
                    {themes.collect_view()}
                </div>
            </form>
        </footer>
    }
    .into_any()
});
