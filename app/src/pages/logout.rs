use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::{document::Document, locale::locale};

/// Asks before logging out, where the request may not have been the visitor's own idea, or where
/// nothing else can be done with the session.
#[component]
pub fn LogoutPage(#[prop(default = false)] is_unreadable: bool) -> impl IntoView {
    let locale = locale();
    let question = match is_unreadable {
        true => td_string!(locale, site.unreadable),
        false => td_string!(locale, site.sure),
    };
    view! {
        <Document title=td_string!(locale, site.title.logout) path="/">
            <h1>{td_string!(locale, site.title.logout)}</h1>
            <form class="card" method="post" action="/logout/">
                <p>{question}</p>
                <button type="submit">{td_string!(locale, site.log_out)}</button>
            </form>
        </Document>
    }
}
