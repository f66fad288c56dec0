//! The real site, listening on a free port, with a database of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod attacks;
mod binary;
mod command_line;
mod console;
mod dictionary;
mod events;
mod headers;
mod limits;
mod preferences;
mod routes;
mod running;
mod sessions;
mod stopping;
