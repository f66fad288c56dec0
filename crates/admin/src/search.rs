//! Sessions that somebody looks for.

use huihua::{
    engine::{Cursor, Order, Page, Result, Row},
    key::StoredKey,
};

use crate::{
    SessionSummary,
    admin::{Admin, Listing, size},
};

/// Rows that are read at once. A store without an order goes through all of its keys for each page.
const PAGE: usize = 1000;

/// Which sessions somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Those of exactly this name.
    Uname(String),
    /// Those whose name in the log begins so: hex digits.
    Fingerprint(String),
}

impl Filter {
    /// Whether it can be under this key at all.
    fn matches_key(&self, key: &StoredKey) -> bool {
        match self {
            Self::Uname(_) => true,
            Self::Fingerprint(beginning) => key.name().starts_with(&beginning.to_ascii_lowercase()),
        }
    }

    /// Whether it is what was found.
    pub fn is(&self, found: &SessionSummary) -> bool {
        self.matches_key(&found.key) && self.matches_name(found)
    }

    /// Whether it is what was found under such a key.
    fn matches_name(&self, found: &SessionSummary) -> bool {
        match self {
            Self::Uname(uname) => found.uname.as_ref() == Some(uname),
            Self::Fingerprint(_) => true,
        }
    }
}

impl Admin {
    /// Reads on until `limit` are found, `budget` rows are read, or there are no more. A store
    /// whose pages are only about as large as they were to be may go a little beyond both.
    ///
    /// # Errors
    /// If the store is broken.
    pub async fn search(
        &self,
        filter: &Filter,
        from: Option<&Cursor>,
        limit: usize,
        budget: usize,
    ) -> Result<Listing> {
        let mut listing = Listing {
            sessions: Vec::new(),
            read: 0,
            next: from.cloned(),
        };
        let mut left = budget;
        while left > 0 && listing.sessions.len() < limit {
            let from = listing.next.take();
            let room = limit - listing.sessions.len();
            let (page, found) = self
                .page_of(filter, from.as_ref(), left.min(PAGE), room)
                .await?;
            // A store may answer an empty page; so that it ends, that counts as a row.
            left = left.saturating_sub(page.rows.len().max(1));
            listing.read += size(page.rows.len());
            listing.sessions.extend(found);
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
        filter: &Filter,
        from: Option<&Cursor>,
        rows: usize,
        room: usize,
    ) -> Result<(Page, Vec<SessionSummary>)> {
        let page = self.engine.scan(Order::Own, from, rows).await?;
        let found = self.filtered(filter, &page);
        let last = match found.get(room) {
            None => None,
            Some(_) => found.get(room - 1).map(|(at, _)| at + 1),
        };
        let (page, found) = match last {
            None => (page, found),
            Some(rows) => {
                let page = self.engine.scan(Order::Own, from, rows).await?;
                let found = self.filtered(filter, &page);
                (page, found)
            }
        };
        Ok((page, found.into_iter().map(|(_, found)| found).collect()))
    }

    /// What is wanted of a page, and where it stands there.
    fn filtered(&self, filter: &Filter, page: &Page) -> Vec<(usize, SessionSummary)> {
        let rows = page.rows.iter().enumerate();
        rows.filter_map(|(at, (key, row))| Some((at, self.summary_if(filter, key, row)?)))
            .collect()
    }

    /// What was found, if it is wanted.
    pub(crate) fn summary_if(
        &self,
        filter: &Filter,
        key: &StoredKey,
        row: &Row,
    ) -> Option<SessionSummary> {
        if !filter.matches_key(key) {
            return None;
        }
        let (found, _) = self.summarize(key, row);
        filter.matches_name(&found).then_some(found)
    }
}
