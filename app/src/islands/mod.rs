//! What stays alive in the browser. The first render in the browser is the server's text to the
//! letter; clocks and time zones only come in afterwards.
//!
//! Islands have no props. Reading props takes a JSON parser, which is 20 KB more for every
//! visitor; what islands need to know stands in the page instead, see [`Seed`].

mod greeting;
mod seed;
#[cfg(feature = "hydrate")]
pub(crate) mod times;

pub use greeting::*;
pub use seed::Seed;
