use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::{document::Document, language::language};

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let language = language();
    view! {
        <Document title=td_string!(language, site.title.not_found) path="/">
            <h1>{td_string!(language, site.title.not_found)}</h1>
            <p>
                <a href="/">{td_string!(language, site.back_home)}</a>
            </p>
        </Document>
    }
}
