//! One file a page, and what several of them share.

pub mod console;
mod dictionary;
mod expiry_choice;
mod home;
mod login;
mod logout;
mod not_found;
mod storage;

pub use home::{Asked, HomePage};
pub use login::LoginPage;
pub use logout::LogoutPage;
pub use not_found::NotFoundPage;

use leptos::prelude::*;

use self::{dictionary::ItemMould, home::EndsMould, storage::PictureMould};
use crate::{current_user::Timestamp, document::DocumentMould, form::FieldError, locale::locale};

/// What is made once for a site.
#[derive(Debug, Default)]
pub(crate) struct Moulds {
    pub(crate) document: DocumentMould,
    ends: EndsMould,
    picture: PictureMould,
    item: ItemMould,
}

/// What is wrong with a field, next to it. Nothing where nothing is.
#[component]
fn Problem(
    /// The `id` that the field's `aria-describedby` names.
    #[prop(into)]
    id: String,
    wrong: Option<FieldError>,
) -> impl IntoView {
    wrong.map(|wrong| {
        view! {
            <p class="problem" id=id role="alert">
                {wrong.message(locale())}
            </p>
        }
        .into_any()
    })
}

/// A field for text, with what is wrong with it next to it.
#[component]
fn Field(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] inputmode: Option<&'static str>,
    #[prop(default = String::new())] value: String,
    #[prop(default = None)] wrong: Option<FieldError>,
) -> impl IntoView {
    let is_wrong = wrong.is_some();
    let problem_id = format!("{id}-error");
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
                aria-describedby=is_wrong.then(|| problem_id.clone())
            />
            <Problem id=problem_id wrong />
        </div>
    }
    .into_any()
}

/// A sentence with a moment in it, where it says `{}`.
#[component]
fn Said(#[prop(into)] text: String, #[prop(into)] at: Timestamp) -> impl IntoView {
    let (before, after) = match text.split_once("{}") {
        Some((before, after)) => (before.to_owned(), after.to_owned()),
        None => (text, String::new()),
    };
    view! {
        {before}
        <Time at />
        {after}
    }
    .into_any()
}

/// A moment: in UTC, until the browser shows it in the visitor's own time zone.
#[component]
fn Time(#[prop(into)] at: Timestamp) -> impl IntoView {
    view! { <time datetime=at.machine>{at.human}</time> }.into_any()
}
