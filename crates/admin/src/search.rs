//! Search for sessions by name and fingerprint.

use huihua::{
    engine::{Cursor, Order, Page, Result, Row},
    key::StoredKey,
};

use crate::{
    SessionSummary,
    admin::{Admin, Listing, PAGE, size},
};

/// The sessions that an operator looks for: those that match all of this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The name of whoever is logged in, to the letter.
    pub uname: Option<String>,
    /// The first hex digits of the fingerprint.
    pub fingerprint: String,
}

impl Filter {
    /// The sessions of this name.
    pub fn uname(uname: &str) -> Self {
        Self { uname: Some(uname.to_owned()), ..Self::default() }
    }

    /// `true`: it matches every session.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Admin {
    /// Reads on until `limit` sessions match, `budget` rows are read, or there are no more. A store
    /// whose pages have only about the size that they were asked for may exceed both a little.
    ///
    /// # Errors
    /// As [`Admin::rows`].
    pub async fn search(
        &self,
        filter: &Filter,
        from: Option<&Cursor>,
        limit: usize,
        budget: usize,
    ) -> Result<Listing> {
        let mut listing = Listing { next: from.cloned(), ..Listing::default() };
        let mut left = budget;
        while left > 0 && listing.sessions.len() < limit {
            let from = listing.next.take();
            let from = from.as_ref();
            let room = limit - listing.sessions.len();
            let mut page = self.rows(Order::Natural, from, left.min(PAGE)).await?;
            let mut matches = self.matches(filter, &page);
            // If there is no room for all of them, the page is asked for again as short as it has to be:
            // only the store can say where the next one begins.
            if let Some((last, _)) = matches.get(room - 1).filter(|_| matches.len() > room) {
                page = self.rows(Order::Natural, from, last + 1).await?;
                matches = self.matches(filter, &page);
            }
            // A store may answer an empty page; so that it ends, that counts as a row.
            left = left.saturating_sub(page.rows.len().max(1));
            listing.read += size(page.rows.len());
            listing.sessions.extend(matches.into_iter().map(|(_, session)| session));
            listing.next = page.next;
            if listing.next.is_none() {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(listing)
    }

    /// The matches of a page, and where each stands there.
    fn matches(&self, filter: &Filter, page: &Page) -> Vec<(usize, SessionSummary)> {
        let rows = page.rows.iter().enumerate();
        rows.filter_map(|(at, (key, row))| Some((at, self.summary_of_match(filter, key, row)?)))
            .collect()
    }

    /// The session in a row, if it matches. A row of another fingerprint isn't read.
    pub fn summary_of_match(
        &self,
        filter: &Filter,
        key: &StoredKey,
        row: &Result<Row>,
    ) -> Option<SessionSummary> {
        let fingerprint = filter.fingerprint.to_ascii_lowercase();
        if !key.fingerprint().to_string().starts_with(&fingerprint) {
            return None;
        }
        let (session, _) = self.summarize(key, row);
        let matches = filter.uname.is_none() || filter.uname == session.uname;
        matches.then_some(session)
    }
}
