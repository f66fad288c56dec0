//! What an operator has done in the background. It goes on when nobody waits for it any more.

use app::console::{Job, JobKind};
use huihua::engine::{Order, Result};

use super::{Operator, Wanted, audit, jobs::Begun, size};

/// Rows that are read at once, and between two such pages others have their turn.
const PAGE: usize = 1000;

impl Operator {
    /// Clears expired sessions, unless that is being done.
    pub(crate) fn clear_expired(&self, by: &str) {
        if let Some(job) = self.begin(JobKind::ClearExpired) {
            let (operator, by) = (self.clone(), by.to_owned());
            tokio::spawn(async move {
                audit::clearing(&by);
                let expired = operator.engine.info().await;
                let expired = expired.ok().and_then(|info| info.expired);
                job.is_at(|job| job.of = expired);
                operator.clear(job, Some(&by)).await;
            });
        }
    }

    /// The same because it is time, not because somebody wants it.
    pub(crate) async fn clear_in_turn(&self) {
        if let Some(job) = self.begin(JobKind::ClearExpired) {
            self.clear(job, None).await;
        }
    }

    /// Ends all sessions of exactly this name, unless that is being done. One that begins meanwhile
    /// may stay. `false`: too much else is being done.
    pub(crate) fn end_all_of(&self, uname: &str, by: &str) -> bool {
        let kind = JobKind::EndAllOf(uname.to_owned());
        if let Some(job) = self.begin(kind.clone()) {
            let (operator, by) = (self.clone(), by.to_owned());
            let wanted = Wanted::Uname(uname.to_owned());
            tokio::spawn(async move {
                audit::ending_sessions(&by);
                let mut ending = Ending { by, sessions: 0 };
                let done = operator.end_each(&wanted, &job, &mut ending).await;
                drop(ending);
                let why_not = done.err().map(|error| error.to_string());
                if let Some(why) = &why_not {
                    tracing::error!(why, "some sessions of a name are still there");
                }
                job.end(why_not);
            });
            return true;
        }
        self.jobs.has(&kind)
    }

    /// The jobs that run, and of each kind the last that ended.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        self.jobs.list(self.engine.metrics().cleared)
    }

    fn begin(&self, kind: JobKind) -> Option<Begun> {
        let cleared = self.engine.metrics().cleared;
        self.jobs.begin(kind, self.clock.now(), cleared)
    }

    /// What is to be read in the log stands there when the job ends: a command ends with it.
    async fn clear(&self, job: Begun, by: Option<&str>) {
        let before = self.engine.metrics().cleared;
        let (cleared, why_not) = match self.engine.clear_expired().await {
            Ok(cleared) => (cleared, None),
            Err(error) => {
                tracing::error!(%error, "expired sessions are still there");
                let cleared = self.engine.metrics().cleared.saturating_sub(before);
                (cleared, Some(error.to_string()))
            }
        };
        job.is_at(|job| (job.removed, job.done) = (cleared, cleared));
        if let Some(by) = by {
            audit::cleared(by, cleared);
        }
        job.end(why_not);
    }

    async fn end_each(&self, wanted: &Wanted, job: &Begun, ending: &mut Ending) -> Result<()> {
        // How far there is to go matters to nobody but those who look on.
        let rows = self.engine.info().await.ok().and_then(|info| info.rows);
        job.is_at(|job| job.of = rows.map(|rows| rows.number));
        let mut from = None;
        loop {
            let page = self.engine.scan(Order::Own, from.as_ref(), PAGE).await?;
            for (key, row) in &page.rows {
                if self.if_wanted(wanted, key, row).is_some() {
                    self.engine.delete(key).await?;
                    ending.sessions += 1;
                    job.is_at(|job| job.removed = ending.sessions);
                }
            }
            job.is_at(|job| job.done += size(page.rows.len()));
            match page.next {
                Some(next) => from = Some(next),
                None => return Ok(()),
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Sessions that somebody has had ended. How many stands in the log also where the process ends first.
struct Ending {
    by: String,
    sessions: u64,
}

impl Drop for Ending {
    fn drop(&mut self) {
        audit::sessions_ended(&self.by, self.sessions);
    }
}
