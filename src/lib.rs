#![doc = include_str!("../docs/crate.md")]
#![warn(missing_docs, unreachable_pub)]

mod clock;
mod cookie;
mod data;
pub mod django;
pub mod engine;
pub mod events;
pub mod expiry;
mod json;
pub mod key;
pub mod layer;
pub mod session;
#[cfg(feature = "settings")]
pub mod settings;
pub mod signing;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod unit_of_work;

pub use clock::Clock;
pub use engine::Engine;
#[cfg(feature = "sql")]
pub use engine::db::Db;
pub use json::{for_terminals, laid_out};
pub use layer::SessionLayer;
pub use session::Session;
#[cfg(feature = "settings")]
pub use settings::Settings;
pub use signing::SecretKeys;
pub use store::Store;
