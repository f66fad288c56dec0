//! What operators do with the sessions of a site, in the console and on the command line.

mod view;

pub use self::view::*;
