//! Sessions that somebody looks for.

use app::console::Found;
use huihua::{
    engine::{Cursor, Order, Page, Result, Row},
    key::StoredKey,
};

use super::{Listing, Operator, size};

/// Rows that are read at once. A store without an order goes through all of its keys for each page.
const PAGE: usize = 1000;

/// Which sessions somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those of exactly this name.
    Uname(String),
    /// Those whose name in the log begins so: hex digits.
    Name(String),
}

impl Wanted {
    /// Whether it can be under this key at all.
    fn may_be(&self, key: &StoredKey) -> bool {
        match self {
            Self::Uname(_) => true,
            Self::Name(beginning) => key
                .fingerprint()
                .to_string()
                .starts_with(&beginning.to_ascii_lowercase()),
        }
    }

    /// Whether it is what was found.
    pub(crate) fn is(&self, found: &Found) -> bool {
        self.may_be(&found.key) && self.is_named(found)
    }

    /// Whether it is what was found under such a key.
    fn is_named(&self, found: &Found) -> bool {
        match self {
            Self::Uname(uname) => found.uname.as_ref() == Some(uname),
            Self::Name(_) => true,
        }
    }
}

impl Operator {
    /// Reads on until `limit` are found, `budget` rows are read, or there are no more. A store
    /// whose pages are only about as large as they were to be may go a little beyond both.
    ///
    /// # Errors
    /// If the store is broken.
    pub(crate) async fn search(
        &self,
        wanted: &Wanted,
        from: Option<&Cursor>,
        limit: usize,
        budget: usize,
    ) -> Result<Listing> {
        let mut listing = Listing {
            found: Vec::new(),
            read: 0,
            next: from.cloned(),
        };
        let mut left = budget;
        while left > 0 && listing.found.len() < limit {
            let from = listing.next.take();
            let room = limit - listing.found.len();
            let (page, found) = self
                .page_of(wanted, from.as_ref(), left.min(PAGE), room)
                .await?;
            // A store may answer an empty page; so that it ends, that counts as a row.
            left = left.saturating_sub(page.rows.len().max(1));
            listing.read += size(page.rows.len());
            listing.found.extend(found);
            listing.next = page.next;
            if listing.next.is_none() {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(listing)
    }

    /// A page, and what is wanted of it. If that is more than there is `room` for, the page is asked
    /// for again as short as it has to be: only the store can say where the next one begins.
    async fn page_of(
        &self,
        wanted: &Wanted,
        from: Option<&Cursor>,
        rows: usize,
        room: usize,
    ) -> Result<(Page, Vec<Found>)> {
        let page = self.engine.scan(Order::Own, from, rows).await?;
        let found = self.wanted(wanted, &page);
        let last = match found.get(room) {
            None => None,
            Some(_) => found.get(room - 1).map(|(at, _)| at + 1),
        };
        let (page, found) = match last {
            None => (page, found),
            Some(rows) => {
                let page = self.engine.scan(Order::Own, from, rows).await?;
                let found = self.wanted(wanted, &page);
                (page, found)
            }
        };
        Ok((page, found.into_iter().map(|(_, found)| found).collect()))
    }

    /// What is wanted of a page, and where it stands there.
    fn wanted(&self, wanted: &Wanted, page: &Page) -> Vec<(usize, Found)> {
        let rows = page.rows.iter().enumerate();
        rows.filter_map(|(at, (key, row))| Some((at, self.if_wanted(wanted, key, row)?)))
            .collect()
    }

    /// What was found, if it is wanted.
    pub(super) fn if_wanted(&self, wanted: &Wanted, key: &StoredKey, row: &Row) -> Option<Found> {
        if !wanted.may_be(key) {
            return None;
        }
        let (found, _) = self.found(key, row);
        wanted.is_named(&found).then_some(found)
    }
}
