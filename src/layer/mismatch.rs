//! The `Session` of the tower-sessions that isn't served: in development, it says why nothing works.

use std::sync::Arc;

use async_trait::async_trait;
use http::Extensions;

use crate::not_served::{
    Session, SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

#[cfg(not(feature = "tower-sessions-0-15"))]
const WHY: &str = "this handler, or a crate between, takes the Session of tower-sessions 0.15, and huihua serves \
                   that of 0.14: take huihua::Session or huihua::tower_sessions::Session, or turn on huihua's \
                   feature tower-sessions-0-15";
#[cfg(feature = "tower-sessions-0-15")]
const WHY: &str = "this handler, or a crate between, takes the Session of tower-sessions 0.14, as axum-login and \
                   axum-messages do, and huihua serves that of 0.15: take huihua::Session or \
                   huihua::tower_sessions::Session, or turn off huihua's feature tower-sessions-0-15";

/// Fails with the reason, whatever is asked of it.
#[derive(Debug)]
struct Mismatch;

/// Puts a session there that can't be read or written, unless a layer around has put one. Without it, whoever takes
/// one is told that there is no layer.
pub(super) fn explain_in(request: &mut Extensions) {
    if request.get::<Session>().is_none() {
        request.insert(Session::new(Some(Id(0)), Arc::new(Mismatch), None));
    }
}

fn mismatch<T>() -> Result<T> {
    tracing::error!("{WHY}");
    Err(Error::Backend(WHY.to_owned()))
}

#[async_trait]
impl SessionStore for Mismatch {
    async fn create(&self, _: &mut Record) -> Result<()> {
        mismatch()
    }

    async fn save(&self, _: &Record) -> Result<()> {
        mismatch()
    }

    async fn load(&self, _: &Id) -> Result<Option<Record>> {
        mismatch()
    }

    async fn delete(&self, _: &Id) -> Result<()> {
        mismatch()
    }
}
