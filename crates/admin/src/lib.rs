//! Administration of the sessions of a site, for its console and its command line: list, search, open,
//! count and end them, clear the expired, and look after the store.

pub mod activity;
mod admin;
pub mod audit;
mod background;
mod health;
mod jobs;
mod order;
mod search;
mod statistics;
mod summary;
#[cfg(test)]
mod tests;

pub use huihua::engine::{Count, Order, StoreInfo, StoreMetrics};

pub use self::{
    admin::{Admin, Listing, stored_forms},
    health::{Step, StoreOverview},
    jobs::{Job, JobKind, JobState},
    order::{ORDERS, order_from_name, order_name},
    search::Filter,
    statistics::{POLICIES, Statistics, policy_name},
    summary::{SessionSummary, UNAME, Unreadable, Values, VerifiedSession, read_session, uname},
};
