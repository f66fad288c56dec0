//! The islands: the components that stay alive in the browser. Hydration adopts the server's elements
//! and texts as they are and writes none: whatever an island renders before it has read its state from
//! them is never shown.
//!
//! They have no props but children. Props are JSON, and a parser of it is 20 KB more for every
//! visitor: what an island has to know stands in `data-` attributes of its own element.

mod countdown;
mod dom;
mod end_preview;
#[cfg(feature = "hydrate")]
pub(crate) mod forms;
mod greeting;
mod live;
mod local_time;
mod session_ended;
mod session_scope;
mod session_state;
mod session_sync;

pub use countdown::*;
pub use end_preview::*;
pub use greeting::*;
pub use live::*;
pub use local_time::*;
pub use session_ended::*;
pub use session_scope::*;
pub use session_state::{Ended, SessionState};
