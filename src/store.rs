//! The place of sessions: an engine's rows, or the browser's cookie.

use std::sync::Arc;

use crate::engine::Engine;

/// The place of sessions.
#[derive(Debug, Clone)]
pub enum Store {
    /// On the server: the cookie holds a key, the engine keeps the rows.
    Rows(Arc<dyn Engine>),
    /// In the cookie, signed: the server keeps nothing, so a copied cookie works until it
    /// expires, whoever logs out meanwhile. Django's `signed_cookies`.
    Cookie,
}

impl<E: Engine> From<E> for Store {
    fn from(engine: E) -> Self {
        Self::Rows(Arc::new(engine))
    }
}

impl Store {
    /// The engine, unless sessions live in the cookie.
    pub fn engine(&self) -> Option<&Arc<dyn Engine>> {
        match self {
            Self::Rows(engine) => Some(engine),
            Self::Cookie => None,
        }
    }
}
