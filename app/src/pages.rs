//! One file a page, and what several of them share.

pub mod console;
mod dictionary;
mod error;
mod expiry;
mod expiry_choice;
mod home;
mod login;
mod logout;
mod storage;

pub use error::ErrorPage;
pub use home::HomePage;
pub use login::LoginPage;
pub use logout::LogoutPage;

use leptos::prelude::*;
use time::OffsetDateTime;

use crate::{form::FieldError, preferences::locale, timestamp::timestamp};

/// The error of a field, next to it; nothing if there is none.
#[component]
fn ErrorMessage(
    /// The `id` that the field's `aria-describedby` names.
    #[prop(into)]
    id: String,
    error: Option<FieldError>,
) -> impl IntoView {
    error.map(|error| {
        view! {
            <p class="problem" id=id role="alert">
                {error.message(locale())}
            </p>
        }
        .into_any()
    })
}

/// A field for text, with its error next to it.
#[component]
fn Field(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] inputmode: Option<&'static str>,
    #[prop(default = String::new())] value: String,
    #[prop(default = None)] error: Option<FieldError>,
) -> impl IntoView {
    let is_wrong = error.is_some();
    let error_id = format!("{id}-error");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=name
                type=kind
                autocomplete=autocomplete
                inputmode=inputmode
                dir="auto"
                value=value
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=is_wrong.then(|| error_id.clone())
            />
            <ErrorMessage id=error_id error />
        </div>
    }
    .into_any()
}

/// A sentence with a moment in it, where it says `{}`.
#[component]
fn WithTime(#[prop(into)] text: String, at: OffsetDateTime) -> impl IntoView {
    let (before, after) = match text.split_once("{}") {
        Some((before, after)) => (before.to_owned(), after.to_owned()),
        None => (text, String::new()),
    };
    view! {
        {before}
        <Time at />
        {after}
    }
}

/// A moment: in UTC, until the browser shows it in the visitor's own time zone.
#[component]
fn Time(at: OffsetDateTime) -> impl IntoView {
    let [machine, human] = timestamp(at);
    view! { <time datetime=machine>{human}</time> }
}
