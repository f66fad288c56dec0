//! Many visitors of the site. Each knows what it was told, and after every answer compares its
//! session with that: what was acknowledged is there, what was ended stays ended.

mod crowd;
mod tally;
mod visitor;

pub use self::{crowd::Crowd, tally::Tally, visitor::Visitor};
