use admin::Admin;
use huihua::{Clock, Settings, Store, settings::EngineName};

use crate::error::Error;

/// Opens the store that the settings name, unless its sessions are in the memory of another process.
/// `None`: they are in the cookies of browsers.
pub(super) async fn open(settings: &Settings) -> Result<Option<Admin>, Error> {
    match Store::open(settings).await? {
        Store::Cookie => Ok(None),
        Store::Rows(_) if settings.session_engine == EngineName::Cache => Err(Error::Refused(
            "SESSION_ENGINE=cache keeps sessions in the memory of the server's process: they \
             can't be seen from here, and end with it"
                .into(),
        )),
        Store::Rows(engine) => Ok(Some(Admin::new(engine, settings, Clock::system())?)),
    }
}
