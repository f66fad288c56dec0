//! What the project measures of itself, beside what would be used in its place.

mod client;
pub mod costs;
pub mod counts;
pub mod growth;
pub mod load;
mod program;
pub mod report;
mod section;
mod timings;
