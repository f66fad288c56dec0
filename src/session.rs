//! The session of a request, as handlers see it.
//!
//! # After the head of the response
//!
//! A handler's changes to its session are written when it returns, before the head of the response is
//! sent, because the cookie is in that head. Server-sent events, sockets and streamed pages go on after
//! it, with the same [`Session`]:
//!
//! - `insert` and `remove`, and then **`save`**: written at once, by compare and swap. Without `save`,
//!   nothing is.
//! - [`Session::reload`]: what it is now, and whether it still lives, so that a stream can end with the
//!   login that began it.
//! - [`Session::flush`]: ends it at once.
//! - A login, a new key, [`Session::set_expiry`], or a session where there was none need a cookie: an
//!   error, at the next `save` at the latest. So is everything on `tower_sessions::Session` that would
//!   delete, which can't say what for; its own `set_expiry` does nothing any more.
//!
//! ```
//! use axum::response::sse::{Event, Sse};
//! use futures_util::{Stream, stream};
//!
//! /// The number of messages, until the visitor logs out.
//! async fn events(session: huihua::Session) -> Sse<impl Stream<Item = huihua::session::Result<Event>>> {
//!     Sse::new(stream::try_unfold(session, |session| async {
//!         if !session.reload().await? {
//!             return Ok(None);
//!         }
//!         let seen: u32 = session.get_or("seen", 0).await? + 1;
//!         session.insert("seen", seen).await?;
//!         session.save().await?;
//!         Ok(Some((Event::default().data(seen.to_string()), session)))
//!     }))
//! }
//! ```

mod dictionary;
mod error;
mod expiry;
mod extract;

use std::{ops::Deref, sync::Arc};

use serde::Serialize;

pub use self::error::{Error, ErrorKind};
use crate::{key::Fingerprint, unit_of_work::UnitOfWork};

/// The result of a session's methods.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The session of this request: `tower_sessions::Session`, to which it derefs, and what the
/// dictionary of Django's session has beyond it.
///
/// As an axum extractor it works beside `tower_sessions::Session` on the same request; both are the same
/// session. `Option<Session>` is `None` where there is no [`SessionLayer`](crate::SessionLayer).
///
/// ```
/// async fn visits(session: huihua::Session) -> Result<String, huihua::session::Error> {
///     let visits: u32 = session.get_or("visits", 0).await? + 1;
///     session.insert("visits", visits).await?;
///     Ok(format!("visit {visits} of session {:?}", session.keys().await?))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    inner: crate::tower_sessions::Session,
    unit: Arc<UnitOfWork>,
}

impl Session {
    pub(crate) fn new(inner: crate::tower_sessions::Session, unit: Arc<UnitOfWork>) -> Self {
        Self { inner, unit }
    }

    /// Stages what the handler has changed: the unit of work knows it then, and nothing is stored yet.
    async fn stage(&self) -> Result<()> {
        let is_nothing = self.inner.id().is_none() && self.inner.is_empty().await;
        if is_nothing || !self.inner.is_modified() || self.unit.is_sent() {
            Ok(())
        } else {
            Ok(self.inner.save().await?)
        }
    }

    /// # Errors
    /// When the head of the response has been sent.
    fn can_set_a_cookie(&self, what_for: &str) -> Result<()> {
        if self.unit.is_sent() {
            Err(Error::store(self.unit.needs_a_cookie(what_for)))
        } else {
            Ok(())
        }
    }

    /// The session's fingerprint, by which logs call it. `None`: there is no session.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.inner.id().map(Fingerprint::of)
    }

    /// Logs somebody in: keeps `who` under `key`, in a session under a new key.
    ///
    /// The data of an anonymous visitor, or of `who` themselves, come along; somebody else's session is left
    /// behind, and `who` starts with an empty one. The old key works until the new one does, so a login that
    /// fails leaves everything as it was. (Django's `auth.login`; ASVS 5.0, 7.2.4.)
    ///
    /// # Errors
    /// When `who` isn't JSON, the session is too large to be kept or can't be read, or the head of the
    /// response has been sent.
    pub async fn login(&self, key: &str, who: impl Serialize) -> Result<()> {
        self.can_set_a_cookie("somebody logs in")?;
        let who = serde_json::to_value(who).map_err(Error::value)?;
        self.stage().await?;
        let somebody = self.inner.get_value(key).await?;
        self.unit.set_login(&self.inner, key, who.clone());
        match somebody {
            // Two names that aren't the same may both be shown with this sign: see `json::value`.
            Some(somebody) if somebody != who || somebody.to_string().contains('\u{fffd}') => {
                self.clear_and_delete().await?;
            }
            _ => self.inner.cycle_id().await?,
        }
        self.inner.insert_value(key, who).await?;
        // So that whatever is called next on either session is told from this.
        self.stage().await
    }

    /// Goes on with the session under a new key. Django's `cycle_key()`.
    ///
    /// # Errors
    /// When the session is too large to be kept or can't be read, or the head of the response has been sent.
    pub async fn cycle_id(&self) -> Result<()> {
        self.can_set_a_cookie("the session gets a new key")?;
        self.inner.cycle_id().await?;
        self.stage().await
    }

    /// Ends the session: the row goes, and the browser is told to forget the cookie. What is
    /// inserted afterwards is a new session, with the site's own expiry. Django's `flush()`.
    ///
    /// It stays ended if the response is a server error, or if there is none because the handler panics.
    /// After the head of the response was sent, the row goes at once, and the browser keeps a cookie that
    /// opens nothing.
    ///
    /// # Errors
    /// When the head of the response has been sent, and the store fails or the session lives in its cookie.
    pub async fn flush(&self) -> Result<()> {
        if self.unit.is_sent() {
            self.unit.end_now().await.map_err(Error::store)?;
        }
        self.clear_and_delete().await?;
        self.unit.set_flushed();
        Ok(())
    }

    /// Reads the session again, and says whether it still lives: another request may have changed or
    /// ended it since. What was inserted and not saved may be forgotten. Of several tasks with one
    /// session, only one may reload or save it at a time.
    ///
    /// For streams, sockets and handlers that wait long. A session that lives in its cookie is as the browser
    /// sent it until its time is over, and one that this request began or gave a new key is as it made it.
    ///
    /// # Errors
    /// When the store fails, or the session is too large to be kept or can't be read.
    pub async fn reload(&self) -> Result<bool> {
        if !self.unit.is_sent() {
            // A new key that nobody has been told of yet.
            if self.inner.id().is_none() {
                self.stage().await?;
            }
            self.unit.load_again().await.map_err(Error::store)?;
        }
        if self.inner.id().is_some() {
            self.inner.load().await?;
        }
        Ok(self.unit.lives(self.inner.id()))
    }

    /// Brings the changes into the store after the head of the response was sent; before, they are brought there
    /// when the handler has returned, and this only says whether they can be kept.
    ///
    /// # Errors
    /// When the session is too large to be kept or can't be read; after the head was sent, when the store fails
    /// or a cookie is needed.
    pub async fn save(&self) -> Result<()> {
        Ok(self.inner.save().await?)
    }

    /// Empties the session, has its row deleted if there is one, and forgets the expiry that it chose.
    async fn clear_and_delete(&self) -> Result<()> {
        match self.inner.id() {
            Some(_) => self.inner.flush().await?,
            // Nothing is there to be deleted, which tower-sessions would warn of.
            None => self.inner.clear().await,
        }
        self.set_expiry(None);
        Ok(())
    }

    /// True if the session, as it is now, can be kept: it has at most
    /// [`max_bytes`](crate::SessionLayer::with_max_bytes) of JSON. One that lives in its cookie can
    /// only be as large as browsers keep cookies: 4096 bytes with its name
    /// ([RFC 6265bis, section 5.7](https://www.ietf.org/archive/id/draft-ietf-httpbis-rfc6265bis-20.html#section-5.7)).
    /// `save()` says so too, as an error. One that is too large ends in an answer with 500, unless the
    /// handler takes something out again, or has been told by `save()`.
    ///
    /// # Errors
    /// When the session can't be read.
    pub async fn fits(&self) -> Result<bool> {
        match self.stage().await {
            Err(error) if error.kind() == ErrorKind::TooLarge => Ok(false),
            staged => staged.map(|()| self.unit.fits(&self.inner)),
        }
    }

    /// True if what the session holds can be read. It can't where that is larger than
    /// [`max_bytes`](crate::SessionLayer::with_max_bytes), or than its engine hands out. Then whatever asks
    /// for it is an error, and the answer is 500 in the end, unless [`Session::flush`] was called; and when
    /// it ends isn't known. A layer between that reads the session of each request, as for authentication,
    /// keeps its owner from a logout behind it.
    pub fn is_readable(&self) -> bool {
        self.unit.is_readable()
    }

    /// Makes this request no visit: it doesn't put off the end of a session that ends by
    /// inactivity. For pages that ask in the background whether the session still lives.
    pub fn without_touch(&self) {
        self.unit.without_touch();
    }
}

impl Deref for Session {
    type Target = crate::tower_sessions::Session;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}
