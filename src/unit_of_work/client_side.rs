//! Sessions that live in the cookie: every step ends in the cookie that the browser gets, and
//! nothing is left to compare with or to wait for.

use std::sync::Arc;

use super::{
    UnitOfWork,
    loaded_session::{LoadedSession, Location},
    state::SessionState,
    step::{CookieAction, Done, Step},
};
use crate::{engine::Result, events, key, tower_sessions::session::Id};

impl UnitOfWork {
    pub(super) fn execute_client_side(&self, step: Step) -> Result<Done> {
        match step {
            Step::Begin { key, changes, policy, is_login } => {
                let state = SessionState::default().changed(&changes, policy);
                self.begun(key.id(), state, |id| events::begun(id, is_login))
            }
            Step::Renew(renewal) => {
                let state = renewal.applied_to(renewal.seen.carried(renewal.carries)?);
                let is_login = renewal.login.is_some();
                self.begun(renewal.key.id(), state, |id| events::renewed(id, is_login))
            }
            Step::Change { seen, changes, policy } => {
                self.written(seen.id, seen.carried(true)?.changed(&changes, policy))
            }
            Step::Touch(seen) => self.written(seen.id, seen.carried(true)?),
            Step::LogOut(seen) => {
                events::logout(seen.id);
                self.config.codec.forget(seen.id);
                Ok(Done::new(CookieAction::Remove, None))
            }
        }
    }

    /// `say`: what happened to the session in the cookie, if one is handed out.
    fn begun(&self, id: Id, state: SessionState, say: impl FnOnce(Id)) -> Result<Done> {
        let done = self.written(id, state)?;
        if let CookieAction::Set { value, .. } = &done.action {
            say(key::id_of(value.as_bytes()));
        }
        Ok(done)
    }

    /// `id`: that of the handler's session.
    fn written(&self, id: Id, mut state: SessionState) -> Result<Done> {
        let row = self.config.write_cookie(&mut state)?;
        let value = row.payload().to_owned();
        let seen = LoadedSession::made(id, Location::Cookie, row, state);
        Ok(Done::new(self.config.cookie_action(value, &seen), Some(Arc::new(seen))))
    }
}
