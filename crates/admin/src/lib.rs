//! What operators do with the sessions of a site, in the console and on the command line.

pub mod activity;
mod admin;
pub mod audit;
mod background;
mod health;
mod jobs;
mod search;
mod statistics;
#[cfg(test)]
mod tests;
mod view;

pub use self::{
    admin::{Admin, Listing, Values, stored_forms},
    health::lookup_latency,
    search::Filter,
    view::*,
};
