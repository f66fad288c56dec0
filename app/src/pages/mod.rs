//! One file a page, and the choice of expiry that two of them share.

mod expiry_choice;
mod home;
mod login;
mod logout;
mod not_found;

pub use home::HomePage;
pub use login::LoginPage;
pub use logout::LogoutPage;
pub use not_found::NotFoundPage;

use leptos::prelude::*;

/// What is wrong with a field, next to it. Nothing where nothing is.
#[component]
fn Problem(
    /// The `id` that the field's `aria-describedby` names.
    id: &'static str,
    text: Option<String>,
) -> impl IntoView {
    text.map(|text| {
        view! {
            <p class="problem" id=id role="alert">
                {text}
            </p>
        }
    })
}
