use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use admin::{Admin, JobKind, JobState};
use huihua::engine;
use indicatif::ProgressBar;

use crate::error::Error;

/// How often the progress of a job is shown.
const REFRESH: Duration = Duration::from_millis(20);

/// Waits for a job that has begun; the number of sessions that it removed.
///
/// # Errors
/// When the job has failed.
pub(super) async fn finish_job(
    admin: &Admin,
    kind: &JobKind,
    message: &'static str,
) -> Result<u64, Error> {
    let progress = Progress::of(message);
    loop {
        let job = admin.jobs().into_iter().rfind(|job| job.kind == *kind);
        let Some(job) = job else { return Ok(0) };
        match job.state {
            JobState::Running => progress.set(job.done, job.of),
            JobState::Done => return Ok(job.removed),
            JobState::Failed(why) => return Err(engine::Error::new(why).into()),
        }
        tokio::time::sleep(REFRESH).await;
    }
}

/// A spinner while a person waits, only shown on a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn of(message: &'static str) -> Self {
        let bar = match io::stderr().is_terminal() {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        bar.set_message(message);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// For a list, which moves by itself on a terminal.
    pub(super) fn of_list(message: &'static str) -> Self {
        match io::stdout().is_terminal() {
            true => Self(ProgressBar::hidden()),
            false => Self::of(message),
        }
    }

    fn set(&self, done: u64, of: Option<u64>) {
        let of = of.map_or_else(String::new, |of| format!(" of about {of}"));
        self.0.set_message(format!("{done}{of} sessions"));
    }

    pub(super) fn add(&self, sessions: u64) {
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
