//! The number of expired rows that an engine has removed.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::events;

/// Counts what an engine clears. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cleared(Arc<AtomicU64>);

impl Cleared {
    pub(crate) fn sum(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn begin(&self) -> Clearing {
        let all = self.clone();
        Clearing { all, rows: 0 }
    }
}

/// One run. Its end is an event, also where it fails or is given up.
pub(crate) struct Clearing {
    all: Cleared,
    rows: u64,
}

impl Clearing {
    pub(crate) fn removed(&mut self, rows: u64) {
        self.rows += rows;
        self.all.0.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }
}

impl Drop for Clearing {
    fn drop(&mut self) {
        if self.rows > 0 {
            events::cleared(self.rows);
        }
    }
}

#[cfg(test)]
mod tests;
