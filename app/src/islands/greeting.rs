//! The greeting, with the name of whoever is logged in.

use std::borrow::Cow;

use leptos::{html, prelude::*};

use super::session_state::SessionSignal;

type Text = Cow<'static, str>;

/// 「你好：…」, which turns to 「你好：游客」 when the session ends while the page is open.
#[island]
pub fn Greeting() -> impl IntoView {
    let session: SessionSignal = expect_context();
    let root = NodeRef::<html::H1>::new();
    let texts = texts();
    let (hello, guest) = texts.clone().unzip();
    // One text node, so that the page's source reads as the page does.
    let text = move || {
        let (hello, guest) = texts.clone().or_else(|| read(root)).unwrap_or_default();
        session.with(|session| hello.replace("{}", session.uname.as_deref().unwrap_or(&guest)))
    };
    view! {
        <h1 id="greeting" node_ref=root data-hello=hello data-guest=guest>
            {text}
        </h1>
    }
}

/// The greeting with `{}` for the name, and the name of nobody, in the language of the page.
#[cfg(feature = "ssr")]
fn texts() -> Option<(Text, Text)> {
    let locale = crate::preferences::locale();
    let hello = leptos_i18n::td_string!(locale, site.hello);
    Some((hello.into(), leptos_i18n::td_string!(locale, site.guest).into()))
}

#[cfg(not(feature = "ssr"))]
fn texts() -> Option<(Text, Text)> {
    None
}

/// The same from the element, so that the browser is sent one language only.
fn read(root: NodeRef<html::H1>) -> Option<(Text, Text)> {
    let root = root.get()?;
    let text = |name| root.get_attribute(name).unwrap_or_default().into();
    Some((text("data-hello"), text("data-guest")))
}
