use leptos::prelude::*;
use leptos_i18n::td_string;
use time::OffsetDateTime;

use super::{Problem, expiry_choice::ExpiryChoice};
use crate::{document::Document, form::Refused, language::language};

/// The login form. `refused`: it was not accepted, and here it is again.
#[component]
pub fn LoginPage(refused: Option<Refused>, now: Option<OffsetDateTime>) -> impl IntoView {
    let language = language();
    let Refused { typed, problems } = refused.unwrap_or_default();
    let wrong = problems.uname.is_some();
    view! {
        <Document title=td_string!(language, site.title.login) path="/login/">
            <h1>{td_string!(language, site.title.login)}</h1>
            <form class="card" id="login-form" method="post" action="/login_handle/" novalidate>
                <Problem id="form-error" wrong=problems.form />
                <div class="field">
                    <label for="uname">{td_string!(language, site.name)}</label>
                    <input
                        id="uname"
                        name="uname"
                        autocomplete="nickname"
                        dir="auto"
                        value=typed.uname.clone()
                        aria-invalid=wrong.then_some("true")
                        aria-describedby=wrong.then_some("uname-error")
                    />
                    <Problem id="uname-error" wrong=problems.uname />
                </div>
                <ExpiryChoice typed problems now />
                <button type="submit">{td_string!(language, site.log_in)}</button>
            </form>
        </Document>
    }
}
