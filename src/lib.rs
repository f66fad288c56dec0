#![doc = include_str!("../docs/crate.md")]
#![warn(missing_docs, unreachable_pub)]

/// `Debug` that shows no more than the name of a type.
macro_rules! opaque_debug {
    ($type:ident) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($type))
            }
        }
    };
}

#[cfg(feature = "axum-login")]
pub mod axum_login;
mod clock;
mod cookie;
mod data;
#[doc(hidden)]
pub mod display;
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
mod timestamp;
mod unit_of_work;

#[cfg(all(feature = "axum-login", feature = "tower-sessions-0-15"))]
compile_error!(
    "axum-login 0.18 is on tower-sessions 0.14: turn off huihua's feature tower-sessions-0-15, or axum-login"
);

#[cfg(all(debug_assertions, feature = "tower-sessions-0-15"))]
use tower_sessions_core_0_14 as not_served;
#[cfg(not(feature = "tower-sessions-0-15"))]
use tower_sessions_core_0_14 as served;
#[cfg(all(debug_assertions, not(feature = "tower-sessions-0-15")))]
use tower_sessions_core_0_15 as not_served;
#[cfg(feature = "tower-sessions-0-15")]
use tower_sessions_core_0_15 as served;

/// The tower-sessions that handlers meet: 0.14, on which axum-login and axum-messages are, or 0.15 with the
/// feature `tower-sessions-0-15`.
pub mod tower_sessions {
    pub use super::served::{Expiry, Session, SessionStore, session, session_store};
}

pub use ::{cookie::SameSite, time};
pub use clock::Clock;
pub use engine::Engine;
#[cfg(feature = "sql")]
pub use engine::db::Db;
pub use layer::SessionLayer;
pub use session::Session;
#[cfg(feature = "settings")]
pub use settings::Settings;
pub use signing::SecretKeys;
pub use store::Store;
