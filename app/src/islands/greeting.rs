use leptos::{html, prelude::*};

use super::SessionState;

/// 「你好：…」, which turns to 「你好：游客」 when the session ends while the page is open.
#[island]
pub fn Greeting() -> impl IntoView {
    let SessionState { uname, .. } = expect_context();
    let root = NodeRef::<html::H1>::new();
    let texts = GreetingTexts::current();
    let current = RwSignal::new(texts.clone());
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        if let Some(root) = root.get() {
            let text = |name| root.get_attribute(name).unwrap_or_default();
            current.set(GreetingTexts {
                hello: text("data-hello"),
                guest: text("data-guest"),
            });
        }
    });
    // One text node, so that the page's source reads as the page does.
    let text = move || {
        let GreetingTexts { hello, guest } = current.get();
        uname.with(|uname| hello.replace("{}", uname.as_deref().unwrap_or(&guest)))
    };
    view! {
        <h1 id="greeting" node_ref=root data-hello=texts.hello data-guest=texts.guest>
            {text}
        </h1>
    }
}

/// The greeting in the language of the page. The browser reads it from the element, and is so
/// sent one language only.
#[derive(Debug, Clone, Default)]
struct GreetingTexts {
    /// With `{}` for the name.
    hello: String,
    /// The name of nobody.
    guest: String,
}

impl GreetingTexts {
    #[cfg(feature = "ssr")]
    fn current() -> Self {
        let locale = crate::preferences::locale();
        Self {
            hello: leptos_i18n::td_string!(locale, site.hello, name = "{}"),
            guest: leptos_i18n::td_string!(locale, site.guest).into(),
        }
    }

    #[cfg(not(feature = "ssr"))]
    fn current() -> Self {
        Self::default()
    }
}
