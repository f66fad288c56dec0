//! What stays alive in the browser. The first render in the browser is the server's text to the
//! letter; clocks and time zones only come in afterwards.
//!
//! Islands have no props. Reading props takes a JSON parser, which is 20 KB more for every
//! visitor; what islands need to know stands in the page instead, see [`Seed`].

#[cfg(feature = "hydrate")]
mod ask;
mod countdown;
#[cfg(feature = "hydrate")]
pub(crate) mod forms;
mod greeting;
#[cfg(feature = "hydrate")]
pub(crate) mod refresh;
mod seed;
#[cfg(feature = "hydrate")]
pub(crate) mod times;
mod watch;
#[cfg(feature = "hydrate")]
pub(crate) mod watching;

pub use countdown::*;
pub use greeting::*;
pub use seed::Seed;
#[cfg(feature = "ssr")]
pub(crate) use seed::Written;
pub use watch::Watch;
