//! The pages of Huihua.
//!
//! Islands are compiled for the browser as well; pages and server functions only for the
//! server. A form is a plain `<form method="post">`, so everything works without JavaScript.

pub mod islands;

#[cfg(feature = "ssr")]
pub mod current_user;
#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod locale;
#[cfg(feature = "ssr")]
mod mould;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod preferences;
#[cfg(feature = "ssr")]
pub mod server_fns;
#[cfg(feature = "ssr")]
pub mod session_details;
#[cfg(feature = "ssr")]
mod still;
#[cfg(feature = "ssr")]
pub mod storage;

/// What the browser calls once the script is there: brings the islands to life.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
    // Each in a task of its own, so that nothing a visitor does meanwhile waits for all of them.
    for begin in [
        islands::forms::send_once,
        islands::forms::preview,
        islands::watching::begin,
        islands::times::show_all_in_own_zone,
        islands::refresh::begin,
    ] {
        leptos::prelude::set_timeout(begin, std::time::Duration::ZERO);
    }
}
