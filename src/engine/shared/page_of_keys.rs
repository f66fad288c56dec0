//! A page of a store that has no order: of the keys after the last page, the smallest.

use std::collections::BinaryHeap;

use crate::{engine::Cursor, key::StoredKey};

/// Keeps no more than a page of keys, however many it is shown. The cursor is the last of them.
pub(crate) struct PageOfKeys {
    after: String,
    keys: BinaryHeap<StoredKey>,
    limit: usize,
}

impl PageOfKeys {
    pub(crate) fn new(from: Option<&Cursor>, limit: usize) -> Self {
        Self {
            after: from.map_or_else(String::new, |cursor| cursor.as_str().to_owned()),
            keys: BinaryHeap::new(),
            limit,
        }
    }

    pub(crate) fn show(&mut self, key: StoredKey) {
        if *key.as_str() > *self.after {
            self.keys.push(key);
            if self.keys.len() > self.limit {
                self.keys.pop();
            }
        }
    }

    /// The keys in order, and where the next page begins.
    pub(crate) fn done(self) -> (Vec<StoredKey>, Option<Cursor>) {
        let keys = self.keys.into_sorted_vec();
        let last = keys.last().filter(|_| keys.len() == self.limit);
        let next = last.map(|key| Cursor::new(key.as_str()));
        (keys, next)
    }
}
