//! What operators do with the sessions of a site, in the console and on the command line.

pub mod audit;
mod background;
mod census;
mod health;
mod jobs;
mod operator;
pub mod pulse;
mod search;
#[cfg(test)]
mod tests;
mod view;

pub use self::{
    health::look_up,
    operator::{Listing, Operator, Values, both_forms},
    search::Wanted,
    view::*,
};
