//! The pages of Huihua.
//!
//! Islands and server functions are compiled for the browser as well; pages only for the server.
//! A form is a plain `<form method="post">`, so everything works without JavaScript.

// A page is one type, of all the views in it.
#![recursion_limit = "256"]

pub mod form;
pub mod islands;
pub mod paths;
pub mod server_fns;

#[cfg(feature = "ssr")]
mod cached_view;
#[cfg(feature = "ssr")]
pub mod current_user;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
pub mod head;
#[cfg(feature = "ssr")]
pub mod locale;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod preferences;
#[cfg(feature = "ssr")]
mod render;
#[cfg(feature = "ssr")]
pub mod safe_redirect;
#[cfg(feature = "ssr")]
pub mod site;
#[cfg(feature = "ssr")]
pub mod storage;
#[cfg(feature = "ssr")]
pub mod timestamp;

/// The README's examples, compiled with the tests: of all crates, this one has both axum and Leptos.
#[cfg(all(doctest, feature = "ssr"))]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Hydrates the page, in the browser.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
    islands::forms::send_once();
}
