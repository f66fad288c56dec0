//! Background jobs: clearing expired sessions, and ending all sessions of a name. They go on when
//! nobody waits for them any more.

use huihua::engine::{Order, Result};

use crate::{
    Filter,
    admin::{Admin, PAGE, size},
    audit,
    jobs::{Job, JobKind, RunningJob},
};

impl Admin {
    /// Begins to clear expired sessions, unless that is being done.
    pub fn clear_expired(&self, by: &str) {
        if let Some(job) = self.begin(JobKind::ClearExpired) {
            let (admin, by) = (self.clone(), by.to_owned());
            tokio::spawn(async move {
                audit::clearing(&by);
                let expired = admin.store_info().await;
                let expired = expired.ok().and_then(|info| info.expired);
                job.update(|job| job.of = expired);
                admin.clear(job, Some(&by)).await;
            });
        }
    }

    /// Clears expired sessions at regular times, of which the audit log says nothing.
    pub async fn clear_regularly(&self) {
        if let Some(job) = self.begin(JobKind::ClearExpired) {
            self.clear(job, None).await;
        }
    }

    /// Begins to end all sessions of this name, to the letter, unless that is being done. One that
    /// begins meanwhile may stay. `false`: too many jobs run.
    pub fn end_all_of(&self, uname: &str, by: &str) -> bool {
        let kind = JobKind::EndAllOf(uname.to_owned());
        if let Some(job) = self.begin(kind.clone()) {
            let (admin, by) = (self.clone(), by.to_owned());
            let filter = Filter::uname(uname);
            tokio::spawn(async move {
                audit::ending_sessions(&by);
                let mut ending = Ending { by, sessions: 0 };
                let done = admin.end_each(&filter, &job, &mut ending).await;
                drop(ending);
                let failure = done.err().map(|error| error.to_string());
                if let Some(why) = &failure {
                    tracing::error!(why, "some sessions of a name are still there");
                }
                job.finish(failure);
            });
            return true;
        }
        self.jobs().iter().any(|job| job.runs(&kind))
    }

    /// The running jobs, and of each kind the last that ended.
    pub fn jobs(&self) -> Vec<Job> {
        self.jobs.list(self.metrics().cleared)
    }

    fn begin(&self, kind: JobKind) -> Option<RunningJob> {
        let cleared = self.metrics().cleared;
        self.jobs.begin(kind, self.clock.now(), cleared)
    }

    /// Writes to the log before the job ends: a command ends with it.
    async fn clear(&self, job: RunningJob, by: Option<&str>) {
        let before = self.metrics().cleared;
        let (cleared, failure) = match self.engine.clear_expired().await {
            Ok(cleared) => (cleared, None),
            Err(error) => {
                tracing::error!(%error, "expired sessions are still there");
                let cleared = self.metrics().cleared.saturating_sub(before);
                (cleared, Some(error.to_string()))
            }
        };
        job.update(|job| (job.removed, job.done) = (cleared, cleared));
        if let Some(by) = by {
            audit::cleared(by, cleared);
        }
        job.finish(failure);
    }

    async fn end_each(&self, filter: &Filter, job: &RunningJob, ending: &mut Ending) -> Result<()> {
        // The progress bar alone needs it.
        let rows = self.store_info().await.ok().and_then(|info| info.rows);
        job.update(|job| job.of = rows.map(|rows| rows.number));
        let mut from = None;
        loop {
            let page = self.rows(Order::Natural, from.as_ref(), PAGE).await?;
            for (key, row) in &page.rows {
                if self.summary_of_match(filter, key, row).is_some() {
                    ending.sessions += u64::from(self.engine.delete(key).await?);
                    job.update(|job| job.removed = ending.sessions);
                }
            }
            job.update(|job| job.done += size(page.rows.len()));
            match page.next {
                Some(next) => from = Some(next),
                None => return Ok(()),
            }
            tokio::task::yield_now().await;
        }
    }
}

/// The sessions ended so far; their number is logged also where the process ends first.
struct Ending {
    by: String,
    sessions: u64,
}

impl Drop for Ending {
    fn drop(&mut self) {
        audit::sessions_ended(&self.by, self.sessions);
    }
}
