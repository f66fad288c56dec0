//! The commands that don't serve. Each prints for people or, with `--json`, for programs.

mod doctor;
mod output;
mod sessions;

use huihua::{Settings, Store, settings::EngineName};
use serde_json::json;

pub(crate) use self::{
    doctor::{django, doctor},
    output::Output,
    sessions::{SessionsCommand, clear_sessions, sessions},
};
use crate::error::Error;

pub(crate) async fn migrate(settings: Settings, output: Output) -> Result<(), Error> {
    let engine = settings.session_engine;
    let has_table = matches!(engine, EngineName::Db | EngineName::CachedDb);
    Store::open(&settings).await?;
    let text = if has_table {
        "django_session is there.".to_owned()
    } else {
        format!("{engine} needs no table.")
    };
    output.print(&text, &json!({ "migrated": has_table }))
}
