//! The islands: what stays alive in the browser. Their first render there is the server's text to
//! the letter; clocks and time zones only come in afterwards.
//!
//! They have no props but children. Props are JSON, and a parser of it is 20 KB more for every
//! visitor: what an island has to know stands in `data-` attributes of its own element.

mod countdown;
mod end_preview;
#[cfg(feature = "hydrate")]
pub(crate) mod forms;
#[cfg(feature = "hydrate")]
mod get;
mod greeting;
mod live;
mod local_time;
mod session_ended;
mod session_scope;
mod session_state;
#[cfg(feature = "hydrate")]
mod session_sync;

pub use countdown::*;
pub use end_preview::*;
pub use greeting::*;
pub use live::*;
pub use local_time::*;
pub use session_ended::*;
pub use session_scope::*;
pub use session_state::{Ended, SessionState};
