//! The commands that don't serve. Each prints for people or, with `--json`, for programs.

mod doctor;
mod open;
mod output;
mod progress;
mod sessions;

use admin::{JobKind, audit::COMMAND_LINE};
use huihua::{Settings, Store, settings::EngineName};
use serde_json::json;

pub(crate) use self::{
    doctor::{django, doctor},
    output::Output,
    sessions::{SessionsCommand, sessions},
};
use self::{open::open, progress::finish_job};
use crate::error::Error;

pub(crate) async fn migrate(settings: Settings, output: Output) -> Result<(), Error> {
    let engine = settings.session_engine;
    let has_table = matches!(engine, EngineName::Db | EngineName::CachedDb);
    Store::open(&settings).await?;
    let text = match has_table {
        true => "django_session is there.".to_owned(),
        false => format!("{engine} needs no table."),
    };
    output.print(&text, &json!({ "migrated": has_table }))
}

pub(crate) async fn clear_sessions(settings: Settings, output: Output) -> Result<(), Error> {
    let cleared = match open(&settings).await? {
        // Browsers drop these by themselves, as in Django.
        None => 0,
        Some(admin) => {
            admin.clear_expired(COMMAND_LINE);
            finish_job(&admin, &JobKind::ClearExpired, "clearing expired sessions").await?
        }
    };
    let text = format!("{cleared} expired sessions removed.");
    output.print(&text, &json!({ "cleared": cleared }))
}
