//! What commands print, and what they show while a person waits.

use std::{io, time::Duration};

use admin::{Admin, JobKind, JobState};
use huihua::engine;
use indicatif::{ProgressBar, ProgressFinish};
use serde_json::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::error::Error;

/// The time between two looks at a job.
const REFRESH: Duration = Duration::from_millis(20);

/// The form of a command's output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Prints a line: `text`, or `value` for programs.
    pub(super) fn print(self, text: &str, value: &Value) -> Result<(), Error> {
        self.print_to(&mut io::stdout(), || text.to_owned(), || value.clone())
    }

    /// The same to `out`, where only one of them is made.
    pub(super) fn print_to(
        self,
        out: &mut impl io::Write,
        text: impl FnOnce() -> String,
        value: impl FnOnce() -> Value,
    ) -> Result<(), Error> {
        let line = if self.json { value().to_string() } else { text() };
        Ok(writeln!(out, "{line}")?)
    }
}

pub(super) fn rfc3339(at: OffsetDateTime) -> Option<String> {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).ok()
}

/// Waits for a job that has begun; the number of sessions that it removed, or why it failed.
pub(super) async fn finish_job(
    admin: &Admin,
    kind: &JobKind,
    message: &'static str,
) -> Result<u64, Error> {
    let progress = spinner(message);
    loop {
        let job = admin.jobs().into_iter().rfind(|job| job.kind == *kind);
        let Some(job) = job else { return Ok(0) };
        match job.state {
            JobState::Running => {
                let of = job.of.map(|of| format!(" of about {of}")).unwrap_or_default();
                progress.set_message(format!("{}{of} sessions", job.done));
            }
            JobState::Done => return Ok(job.removed),
            JobState::Failed(why) => return Err(engine::Error::new(why).into()),
        }
        tokio::time::sleep(REFRESH).await;
    }
}

/// A spinner on the standard error output while a person waits, if that is a terminal; gone once it is
/// dropped.
pub(super) fn spinner(message: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
    spinner.set_message(message);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
