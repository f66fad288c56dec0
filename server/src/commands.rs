//! The commands that don't serve.

use huihua::{Engine, Settings, settings::EngineName};

use crate::cli::Stop;

/// The store that the settings name, with its table.
pub(crate) async fn store(settings: &Settings) -> Result<huihua::Db, Stop> {
    match settings.session_engine {
        EngineName::Db => {
            let db = huihua::Db::connect(&settings.database_url).await?;
            db.migrate().await?;
            Ok(db)
        }
    }
}

pub(crate) async fn migrate(settings: &Settings) -> Result<(), Stop> {
    store(settings).await?;
    println!("django_session is there.");
    Ok(())
}

pub(crate) async fn clear_sessions(settings: &Settings) -> Result<(), Stop> {
    let cleared = store(settings).await?.clear_expired().await?;
    println!("{cleared} expired sessions removed.");
    Ok(())
}
