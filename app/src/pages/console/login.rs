use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::{document::Document, form::Wrong, language::language, pages::Field};

/// Where the console is opened. What was typed isn't shown again.
#[component]
pub fn ConsoleLoginPage(
    /// Why it was not.
    wrong: Option<Wrong>,
) -> impl IntoView {
    let language = language();
    view! {
        <Document title=td_string!(language, console.title) path="/console/">
            <h1>{td_string!(language, console.title)}</h1>
            <form class="card" method="post" action="/console/" novalidate>
                <p class="means">{td_string!(language, console.login.means)}</p>
                <Field
                    id="token"
                    name="token"
                    label=td_string!(language, console.login.token)
                    kind="password"
                    autocomplete="current-password"
                    wrong
                />
                <button>{td_string!(language, console.login.open)}</button>
            </form>
        </Document>
    }
    .into_any()
}
