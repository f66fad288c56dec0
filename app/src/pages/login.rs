//! The login page.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_i18n::td_string;
use time::OffsetDateTime;

use super::{ErrorMessage, Field, expiry_choice::ExpiryChoice};
use crate::{
    document::Document, form::RejectedForm, paths, preferences::locale, server_fns::Login,
    site::Site,
};

/// The login form. `rejected`: it was not accepted, and here it is again.
#[component]
pub fn LoginPage(rejected: Option<RejectedForm>, now: OffsetDateTime) -> impl IntoView {
    let locale = locale();
    let Site { cookie_age, .. } = expect_context();
    let form = rejected.unwrap_or_default();
    let choice = form.input.expiry();
    view! {
        <Document title=td_string!(locale, site.title.login) path=paths::LOGIN>
            <h1>{td_string!(locale, site.title.login)}</h1>
                <form class="card" id="login-form" method="post" action=Login::PATH novalidate>
                    <ErrorMessage id="form-error" error=form.errors.form() />
                    <Field
                        id="uname"
                        name="uname"
                        label=td_string!(locale, site.name)
                        autocomplete="nickname"
                        value=form.value("uname")
                        error=form.error("uname")
                    />
                    <ExpiryChoice choice errors=form.errors cookie_age now />
                    <button type="submit">{td_string!(locale, site.log_in)}</button>
                </form>
        </Document>
    }
    .into_any()
}
