use leptos::prelude::*;

use crate::document::Document;

/// Asks before logging out, where the request may not have been the visitor's own idea.
#[component]
pub fn LogoutPage() -> impl IntoView {
    view! {
        <Document title="退出">
            <h1>"退出"</h1>
            <form method="post" action="/logout/">
                <p>"确定要退出吗？"</p>
                <button type="submit">"退出"</button>
            </form>
        </Document>
    }
}
