//! The list of background jobs, for as long as the process lives.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::OffsetDateTime;

/// Jobs that may run at once.
const MAX_RUNNING: usize = 8;

/// A background job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its task.
    pub kind: JobKind,
    /// When it began.
    pub begun_at: OffsetDateTime,
    /// Sessions that it has removed so far.
    pub removed: u64,
    /// Rows dealt with so far.
    pub done: u64,
    /// Rows in all; `None`: unknown.
    pub of: Option<u64>,
    /// Whether it still runs.
    pub state: JobState,
}

/// The task of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// Removes expired sessions.
    ClearExpired,
    /// Ends all sessions of this name.
    EndAllOf(String),
}

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It runs.
    Running,
    /// It is done.
    Done,
    /// It couldn't go on; why, for the operator.
    Failed(String),
}

/// The running jobs, and of each kind the last that ended. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<Vec<Entry>>>);

#[derive(Debug)]
struct Entry {
    job: Job,
    /// How many rows the engine had cleared when the job began.
    cleared_before: u64,
}

impl Entry {
    fn runs(&self, kind: &JobKind) -> bool {
        self.job.state == JobState::Running && self.job.kind == *kind
    }
}

impl Jobs {
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a job of this kind, unless one runs or too many do. `cleared`: the rows that the engine
    /// has cleared so far.
    pub(crate) fn begin(
        &self,
        kind: JobKind,
        now: OffsetDateTime,
        cleared: u64,
    ) -> Option<RunningJob> {
        let mut entries = self.entries();
        let running = entries
            .iter()
            .filter(|entry| entry.job.state == JobState::Running);
        let too_many = kind != JobKind::ClearExpired && running.count() >= MAX_RUNNING;
        if too_many || entries.iter().any(|entry| entry.runs(&kind)) {
            return None;
        }
        let job = Job {
            kind: kind.clone(),
            begun_at: now,
            removed: 0,
            done: 0,
            of: None,
            state: JobState::Running,
        };
        entries.push(Entry {
            job,
            cleared_before: cleared,
        });
        Some(RunningJob {
            jobs: self.clone(),
            kind,
        })
    }

    /// Whether a job of this kind runs.
    pub(crate) fn is_running(&self, kind: &JobKind) -> bool {
        self.entries().iter().any(|entry| entry.runs(kind))
    }

    /// All of them, the oldest first. `cleared`: the rows that the engine has cleared so far.
    pub(crate) fn list(&self, cleared: u64) -> Vec<Job> {
        let entries = self.entries();
        let at_present = |entry: &Entry| {
            let mut job = entry.job.clone();
            if entry.runs(&JobKind::ClearExpired) {
                job.removed = cleared.saturating_sub(entry.cleared_before);
                job.done = job.removed;
            }
            job
        };
        entries.iter().map(at_present).collect()
    }
}

/// A running job. Dropped before it is finished, it has failed.
#[derive(Debug)]
pub(crate) struct RunningJob {
    jobs: Jobs,
    kind: JobKind,
}

impl RunningJob {
    /// Changes what is known of it.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Job)) {
        let mut entries = self.jobs.entries();
        let own = entries.iter_mut().find(|entry| entry.runs(&self.kind));
        if let Some(entry) = own {
            change(&mut entry.job);
        }
    }

    /// Ends it: done, or failed and why.
    pub(crate) fn finish(self, failure: Option<String>) {
        self.end_as(failure.map_or(JobState::Done, JobState::Failed));
    }

    fn end_as(&self, state: JobState) {
        let mut entries = self.jobs.entries();
        let kind = mem::discriminant(&self.kind);
        entries.retain(|entry| {
            entry.job.state == JobState::Running || mem::discriminant(&entry.job.kind) != kind
        });
        let own = entries.iter_mut().find(|entry| entry.runs(&self.kind));
        if let Some(entry) = own {
            entry.job.state = state;
        }
    }
}

impl Drop for RunningJob {
    fn drop(&mut self) {
        let mut given_up = false;
        self.update(|_| given_up = true);
        if given_up {
            self.end_as(JobState::Failed("it was given up".to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    fn of(name: &str) -> JobKind {
        JobKind::EndAllOf(name.to_owned())
    }

    fn states(jobs: &Jobs) -> Vec<(JobKind, JobState)> {
        let jobs = jobs.list(0).into_iter();
        jobs.map(|job| (job.kind, job.state)).collect()
    }

    #[test]
    fn one_of_a_kind_runs_and_the_last_of_a_kind_is_kept() {
        let jobs = Jobs::default();
        let clearing = jobs.begin(JobKind::ClearExpired, NOW, 0).unwrap();
        assert!(jobs.begin(JobKind::ClearExpired, NOW, 0).is_none());
        let ming = jobs.begin(of("ming"), NOW, 0).unwrap();
        assert!(jobs.begin(of("ming"), NOW, 0).is_none());
        let hong = jobs.begin(of("hong"), NOW, 0).unwrap();
        ming.update(|job| job.removed = 3);
        ming.finish(None);
        hong.finish(Some("it is broken".into()));
        drop(clearing);
        assert_eq!(
            states(&jobs),
            [
                (
                    JobKind::ClearExpired,
                    JobState::Failed("it was given up".into())
                ),
                (of("hong"), JobState::Failed("it is broken".into())),
            ]
        );
        let later = NOW + Duration::HOUR;
        jobs.begin(of("ming"), later, 0).unwrap().finish(None);
        let listed = jobs.list(0);
        assert_eq!((listed.len(), listed[1].begun_at), (2, later));
        assert_eq!(listed[1].state, JobState::Done);
    }

    #[test]
    fn so_many_run_at_once_and_no_more() {
        let jobs = Jobs::default();
        let names = (0..MAX_RUNNING).map(|number| of(&number.to_string()));
        let running: Vec<_> = names
            .map(|kind| jobs.begin(kind, NOW, 0).unwrap())
            .collect();
        assert!(jobs.begin(of("one more"), NOW, 0).is_none());
        assert!(jobs.is_running(&of("0")) && !jobs.is_running(&of("one more")));
        assert!(jobs.begin(JobKind::ClearExpired, NOW, 0).is_some());
        drop(running);
        assert!(jobs.begin(of("one more"), NOW, 0).is_some());
    }

    #[test]
    fn what_is_cleared_is_told_while_it_goes_on() {
        let jobs = Jobs::default();
        let clearing = jobs.begin(JobKind::ClearExpired, NOW, 100).unwrap();
        clearing.update(|job| job.of = Some(1000));
        let listed = jobs.list(350);
        assert_eq!((listed[0].removed, listed[0].done), (250, 250));
        assert_eq!(listed[0].of, Some(1000));
        clearing.update(|job| job.removed = 251);
        clearing.finish(None);
        assert_eq!(jobs.list(9000)[0].removed, 251);
    }
}
