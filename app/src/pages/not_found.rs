use leptos::prelude::*;

use crate::document::Document;

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Document title="没有这个页面">
            <h1>"没有这个页面"</h1>
            <p>
                <a href="/">"回到首页"</a>
            </p>
        </Document>
    }
}
