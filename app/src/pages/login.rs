use leptos::prelude::*;

use super::{Problem, expiry_choice::ExpiryChoice};
use crate::{document::Document, form::Refused};

/// The login form. `refused`: it was not accepted, and here it is again.
#[component]
pub fn LoginPage(refused: Option<Refused>) -> impl IntoView {
    let Refused { typed, problems } = refused.unwrap_or_default();
    let wrong = problems.uname.is_some();
    view! {
        <Document title="登录">
            <h1>"登录"</h1>
            <form id="login-form" method="post" action="/login_handle/" novalidate>
                <Problem id="form-error" text=problems.form.clone() />
                <div class="field">
                    <label for="uname">"名字"</label>
                    <input
                        id="uname"
                        name="uname"
                        autocomplete="nickname"
                        dir="auto"
                        value=typed.uname.clone()
                        aria-invalid=wrong.then_some("true")
                        aria-describedby=wrong.then_some("uname-error")
                    />
                    <Problem id="uname-error" text=problems.uname.clone() />
                </div>
                <ExpiryChoice typed problems />
                <button type="submit">"登录"</button>
            </form>
        </Document>
    }
}
