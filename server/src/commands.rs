//! The commands that don't serve: what each prints is for people, or with `--json` for programs.

mod doctor;
mod sessions;

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use admin::{Admin, JobKind, JobState, audit::COMMAND_LINE};
use clap::ArgMatches;
use huihua::{Clock, Settings, Store, engine, settings::EngineName};
use indicatif::ProgressBar;
use serde_json::json;

pub(crate) use self::{
    doctor::{django, doctor},
    sessions::sessions,
};
use crate::error::Error;

/// How often a person sees how far a job is.
const GLANCE: Duration = Duration::from_millis(20);

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
    fn say(self, text: &str, value: &serde_json::Value) -> Result<(), Error> {
        let line = match self.json {
            true => value.to_string(),
            false => text.to_owned(),
        };
        writeln!(io::stdout(), "{line}")?;
        Ok(())
    }
}

pub(crate) async fn migrate(settings: &Settings, answer: Answer) -> Result<(), Error> {
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

pub(crate) async fn clear_sessions(settings: &Settings, answer: Answer) -> Result<(), Error> {
    let cleared = match Store::open(settings).await? {
        // Browsers drop these by themselves, as in Django.
        Store::Cookie => 0,
        Store::Rows(engine) => {
            seen_from_here(settings)?;
            let admin = Admin::new(engine, settings, Clock::system())?;
            admin.clear_expired(COMMAND_LINE);
            finished(&admin, &JobKind::ClearExpired, "clearing expired sessions").await?
        }
    };
    let text = format!("{cleared} expired sessions removed.");
    answer.say(&text, &json!({ "cleared": cleared }))
}

/// Sessions in the memory of the server are seen by nobody else.
fn seen_from_here(settings: &Settings) -> Result<(), Error> {
    match settings.session_engine {
        EngineName::Cache => Err(Error::Refused(
            "SESSION_ENGINE=cache keeps sessions in the memory of the server's process: they \
             can't be seen from here, and end with it"
                .into(),
        )),
        _ => Ok(()),
    }
}

/// Waits for a job that has begun, and says how many sessions it removed.
async fn finished(admin: &Admin, kind: &JobKind, what: &'static str) -> Result<u64, Error> {
    let progress = Progress::of(what);
    loop {
        let job = admin.jobs().into_iter().rfind(|job| job.kind == *kind);
        let Some(job) = job else { return Ok(0) };
        match job.state {
            JobState::Running => progress.is_at(job.done, job.of),
            JobState::Done => return Ok(job.removed),
            JobState::Failed(why) => return Err(engine::Error::new(why).into()),
        }
        tokio::time::sleep(GLANCE).await;
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

    fn is_at(&self, done: u64, of: Option<u64>) {
        let of = of.map_or_else(String::new, |of| format!(" of about {of}"));
        self.0.set_message(format!("{done}{of} sessions"));
    }

    fn met(&self, sessions: u64) {
        self.0.inc(sessions);
        self.0
            .set_message(format!("{} sessions", self.0.position()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
