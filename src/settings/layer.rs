//! The layer as the settings have it.

use tower_sessions::Expiry;

use super::{Settings, error::SettingError};
use crate::{layer::SessionLayer, store::Store};

impl SessionLayer {
    /// Sessions in `store`, which [`Store::open`] opens, and everything else as `settings` say.
    ///
    /// # Errors
    /// When there is no `SECRET_KEY` and none can be made.
    pub fn from_settings(
        store: impl Into<Store>,
        settings: &Settings,
    ) -> Result<Self, SettingError> {
        let layer = Self::on(store.into(), &settings.secret_keys()?)
            .with_hash_keys(settings.session_hash_keys)
            .with_cookie_age(settings.session_cookie_age)
            .with_max_bytes(settings.session_max_bytes)
            .with_always_save(settings.session_save_every_request);
        let at_close = settings.session_expire_at_browser_close;
        Ok(layer
            .with_config(|config| {
                config.absolute_age = settings.session_absolute_age;
                config.default_expiry = at_close.then_some(Expiry::OnSessionEnd);
            })
            .with_cookie(|cookie| *cookie = settings.cookie_config()))
    }
}
