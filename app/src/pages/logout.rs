//! The page that asks before it logs out.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_i18n::td_string;

use crate::{document::Document, preferences::locale, server_fns::Logout};

/// Asks before logging out, where the request may not have been the visitor's own idea. `unreadable`:
/// the session can't be read, and all that can be done with it is to log out.
#[component]
pub fn LogoutPage(#[prop(optional)] unreadable: bool) -> impl IntoView {
    let locale = locale();
    let question = if unreadable {
        td_string!(locale, site.unreadable)
    } else {
        td_string!(locale, site.sure)
    };
    view! {
        <Document title=td_string!(locale, site.title.logout) path="/">
            <h1>{td_string!(locale, site.title.logout)}</h1>
            <form class="card" method="post" action=Logout::PATH>
                <p>{question}</p>
                <button type="submit">{td_string!(locale, site.log_out)}</button>
            </form>
        </Document>
    }
    .into_any()
}
