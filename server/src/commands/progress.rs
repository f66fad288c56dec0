use std::time::Duration;

use admin::{Admin, JobKind, JobState};
use huihua::engine;
use indicatif::{ProgressBar, ProgressFinish};

use crate::error::Error;

/// The time between two looks at a job.
const REFRESH: Duration = Duration::from_millis(20);

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
