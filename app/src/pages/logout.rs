use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::{document::Document, language::language};

/// Asks before logging out, where the request may not have been the visitor's own idea.
#[component]
pub fn LogoutPage() -> impl IntoView {
    let language = language();
    view! {
        <Document title=td_string!(language, site.title.logout) path="/">
            <h1>{td_string!(language, site.title.logout)}</h1>
            <form class="card" method="post" action="/logout/">
                <p>{td_string!(language, site.sure)}</p>
                <button type="submit">{td_string!(language, site.log_out)}</button>
            </form>
        </Document>
    }
}
