//! The page of the login to the console.

use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::{document::Document, form::FieldError, pages::Field, paths, preferences::locale};

/// The login to the console. The token that was typed isn't shown again.
#[component]
pub fn ConsoleLoginPage(
    /// The error of the last login.
    error: Option<FieldError>,
) -> impl IntoView {
    let locale = locale();
    view! {
        <Document title=td_string!(locale, console.title) path=paths::CONSOLE>
            <h1>{td_string!(locale, console.title)}</h1>
            <form class="card" method="post" action=paths::CONSOLE novalidate>
                <p class="means">{td_string!(locale, console.login.means)}</p>
                <Field
                    id="token"
                    name="token"
                    label=td_string!(locale, console.login.token)
                    kind="password"
                    autocomplete="current-password"
                    error
                />
                <button>{td_string!(locale, console.login.open)}</button>
            </form>
        </Document>
    }
    .into_any()
}
