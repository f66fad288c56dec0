//! The layer over HTTP, on a real database, with a clock that is handed in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod collisions;
mod events;
mod expiry;
mod promises;
mod routes;
mod sessions;
mod signed_cookies;
mod site;
mod slow_stores;
