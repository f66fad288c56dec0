use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::{document::Document, locale::locale};

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let locale = locale();
    view! {
        <Document title=td_string!(locale, site.title.not_found) path="/">
            <h1>{td_string!(locale, site.title.not_found)}</h1>
            <p>
                <a href="/">{td_string!(locale, site.back_home)}</a>
            </p>
        </Document>
    }
}
