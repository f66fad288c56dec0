//! The number of runs of each scenario while its instructions are counted.

/// So many that what happens only now and then, such as the tidying of a cache, is a small part.
pub(crate) const ROUNDS: u64 = 200;
