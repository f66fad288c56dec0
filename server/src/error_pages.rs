//! Pages that stand alone: what else they would lean on may be broken too, and nobody knows then who
//! reads which language.

/// The page of a 503 before a handler runs.
pub(crate) const UNAVAILABLE: &str = include_str!("unavailable.html");
/// The same once a handler has run: what it did may be done in part.
pub(crate) const UNSAVED: &str = include_str!("unsaved.html");
