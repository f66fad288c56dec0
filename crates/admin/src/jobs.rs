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
mod tests;
