use leptos::prelude::*;
use leptos_i18n::td_string;
use time::OffsetDateTime;

use super::{
    Field, Problem,
    expiry_choice::{Choice, ExpiryChoice},
};
use crate::{document::Document, form::RejectedForm, locale::locale};

/// The login form. `refused`: it was not accepted, and here it is again.
#[component]
pub fn LoginPage(refused: Option<RejectedForm>, now: Option<OffsetDateTime>) -> impl IntoView {
    let locale = locale();
    let RejectedForm { typed, problems } = refused.unwrap_or_default();
    view! {
        <Document title=td_string!(locale, site.title.login) path="/login/">
            <h1>{td_string!(locale, site.title.login)}</h1>
            <form class="card" id="login-form" method="post" action="/login_handle/" novalidate>
                <Problem id="form-error" wrong=problems.form />
                <Field
                    id="uname"
                    name="uname"
                    label=td_string!(locale, site.name)
                    autocomplete="nickname"
                    value=typed.uname.clone()
                    wrong=problems.uname
                />
                <ExpiryChoice choice=Choice::new(typed, problems, now) />
                <button type="submit">{td_string!(locale, site.log_in)}</button>
            </form>
        </Document>
    }
}
