//! The state that every handler of the site shares.

use std::sync::Arc;

use app::site::{CachedPage, Site};
use axum::http::{HeaderName, HeaderValue};
use huihua::Clock;

use crate::login_limit::LoginLimit;

/// The state that every handler of the site shares.
pub type SiteState = Arc<Shared>;

/// See [`SiteState`].
#[derive(Debug)]
pub struct Shared {
    pub(crate) site: Site,
    /// The headers of every answer that doesn't say otherwise.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The greeting of a guest.
    pub(crate) guest_page: CachedPage,
    /// The Content Security Policy of its pages.
    pub(crate) page_policy: HeaderValue,
    pub(crate) clock: Clock,
    pub(crate) login_limit: LoginLimit,
}
