//! The state that the handlers of the site share.

use std::sync::Arc;

use app::document::Site;
use huihua::Store;

use crate::{login_limit::LoginLimit, security_headers::Guard};

/// The state of the site.
pub type SiteState = Arc<Shared>;

/// See [`SiteState`].
#[derive(Debug)]
pub struct Shared {
    pub(crate) guard: Guard,
    pub(crate) site: Site,
    pub(crate) login_limit: LoginLimit,
    pub(crate) store: Option<Store>,
}
