//! The commands that don't serve: what each prints is for people, or with `--json` for programs.

mod doctor;
mod sessions;

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use clap::ArgMatches;
use huihua::{Settings, Store, settings::EngineName};
use indicatif::ProgressBar;
use serde_json::json;

pub(crate) use self::{
    doctor::{django, doctor},
    sessions::sessions,
};
use crate::cli::Stop;

/// How a command answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    json: bool,
}

impl Answer {
    pub(crate) fn of(arguments: &ArgMatches) -> Self {
        Self {
            json: arguments.get_flag("json"),
        }
    }

    /// One line: `text`, or `value` for programs.
    fn say(self, text: &str, value: &serde_json::Value) -> Result<(), Stop> {
        let line = match self.json {
            true => value.to_string(),
            false => text.to_owned(),
        };
        writeln!(io::stdout(), "{line}")?;
        Ok(())
    }
}

pub(crate) async fn migrate(settings: &Settings, answer: Answer) -> Result<(), Stop> {
    let has_table = matches!(
        settings.session_engine,
        EngineName::Db | EngineName::CachedDb
    );
    Store::open(settings).await?;
    let text = match has_table {
        true => "django_session is there.".to_owned(),
        false => format!("{} needs no table.", settings.session_engine),
    };
    answer.say(&text, &json!({ "migrated": has_table }))
}

pub(crate) async fn clear_sessions(settings: &Settings, answer: Answer) -> Result<(), Stop> {
    let cleared = match Store::open(settings).await? {
        // Browsers drop these by themselves, as in Django.
        Store::Cookie => 0,
        Store::Rows(engine) => {
            seen_from_here(settings)?;
            let _progress = Progress::of("clearing expired sessions");
            engine.clear_expired().await?
        }
    };
    let text = format!("{cleared} expired sessions removed.");
    answer.say(&text, &json!({ "cleared": cleared }))
}

/// Sessions in the memory of the server are seen by nobody else.
fn seen_from_here(settings: &Settings) -> Result<(), Stop> {
    match settings.session_engine {
        EngineName::Cache => Err(Stop::Refused(
            "SESSION_ENGINE=cache keeps sessions in the memory of the server's process: they \
             can't be seen from here, and end with it"
                .into(),
        )),
        _ => Ok(()),
    }
}

/// Something that moves while a person waits. It is only shown on a terminal.
struct Progress(ProgressBar);

impl Progress {
    fn of(what: &'static str) -> Self {
        let bar = match io::stderr().is_terminal() {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// For a list, which on a terminal moves by itself.
    fn of_list(what: &'static str) -> Self {
        match io::stdout().is_terminal() {
            true => Self(ProgressBar::hidden()),
            false => Self::of(what),
        }
    }

    fn met(&self, sessions: usize) {
        self.0.inc(sessions.try_into().unwrap_or_default());
        self.0
            .set_message(format!("{} sessions", self.0.position()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
