//! The layer over HTTP, on a real database, with a clock that is handed in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod after_the_head;
mod attributes;
mod candidates;
mod collisions;
mod commits;
mod events;
mod expiry;
mod intent;
mod layers;
mod limits;
#[cfg(debug_assertions)]
mod mismatch;
mod promises;
mod routes;
mod sessions;
mod signed_cookies;
mod site;
mod slow_stores;
