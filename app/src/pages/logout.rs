use leptos::{prelude::*, server_fn::ServerFn};
use leptos_i18n::td_string;

use crate::{document::Document, preferences::locale, server_fns::Logout};

/// Asks before logging out, where the request may not have been the visitor's own idea.
#[component]
pub fn LogoutPage() -> impl IntoView {
    let question = td_string!(locale(), site.sure);
    view! { <Question question /> }
}

/// Says that the session can't be read, and that all that can be done with it is to log out.
#[component]
pub fn UnreadablePage() -> impl IntoView {
    let question = td_string!(locale(), site.unreadable);
    view! { <Question question /> }
}

#[component]
fn Question(question: &'static str) -> impl IntoView {
    let locale = locale();
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
