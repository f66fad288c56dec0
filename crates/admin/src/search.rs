//! Search for sessions by name and fingerprint.

use huihua::{
    engine::{Cursor, Page, Result, Row},
    key::StoredKey,
};

use crate::{
    SessionSummary,
    admin::{Admin, Listing, size},
};

/// Rows that are read at once. A store without an order goes through all of its keys for each page.
const PAGE: usize = 1000;

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
        Self {
            uname: Some(uname.to_owned()),
            ..Self::default()
        }
    }

    /// Whether it matches every session.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it matches this session.
    pub fn matches(&self, session: &SessionSummary) -> bool {
        self.matches_fingerprint(&session.fingerprint) && self.matches_uname(session)
    }

    fn matches_fingerprint(&self, fingerprint: &str) -> bool {
        fingerprint.starts_with(&self.fingerprint.to_ascii_lowercase())
    }

    fn matches_uname(&self, session: &SessionSummary) -> bool {
        self.uname.is_none() || self.uname == session.uname
    }
}

impl Admin {
    /// Reads on until `limit` sessions match, `budget` rows are read, or there are no more. A store
    /// whose pages have only about the size that they were asked for may exceed both a little.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn search(
        &self,
        filter: &Filter,
        from: Option<&Cursor>,
        limit: usize,
        budget: usize,
    ) -> Result<Listing> {
        let mut listing = Listing {
            next: from.cloned(),
            ..Listing::default()
        };
        let mut left = budget;
        while left > 0 && listing.sessions.len() < limit {
            let from = listing.next.take();
            let room = limit - listing.sessions.len();
            let (page, matches) = self
                .search_page(filter, from.as_ref(), left.min(PAGE), room)
                .await?;
            // A store may answer an empty page; so that it ends, that counts as a row.
            left = left.saturating_sub(page.rows.len().max(1));
            listing.read += size(page.rows.len());
            listing.sessions.extend(matches);
            listing.next = page.next;
            if listing.next.is_none() {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(listing)
    }

    /// A page and its matches. If there is no `room` for all of those, the page is asked for again as
    /// short as it has to be: only the store can say where the next one begins.
    async fn search_page(
        &self,
        filter: &Filter,
        from: Option<&Cursor>,
        rows: usize,
        room: usize,
    ) -> Result<(Page, impl Iterator<Item = SessionSummary> + use<>)> {
        let mut page = self.rows(from, rows).await?;
        let mut matches = self.matches(filter, &page);
        if matches.len() > room
            && let Some((last, _)) = matches.get(room - 1)
        {
            page = self.rows(from, last + 1).await?;
            matches = self.matches(filter, &page);
        }
        Ok((page, matches.into_iter().map(|(_, session)| session)))
    }

    /// The matches of a page, and where each stands there.
    fn matches(&self, filter: &Filter, page: &Page) -> Vec<(usize, SessionSummary)> {
        let rows = page.rows.iter().enumerate();
        rows.filter_map(|(at, (key, row))| Some((at, self.summary_of_match(filter, key, row)?)))
            .collect()
    }

    /// The session in a row, if it matches. A row of another fingerprint isn't read.
    pub(crate) fn summary_of_match(
        &self,
        filter: &Filter,
        key: &StoredKey,
        row: &Row,
    ) -> Option<SessionSummary> {
        if !filter.matches_fingerprint(&key.fingerprint().to_string()) {
            return None;
        }
        let (session, _) = self.summarize(key, row);
        filter.matches_uname(&session).then_some(session)
    }
}
