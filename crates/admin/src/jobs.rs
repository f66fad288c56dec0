//! The list of background jobs, for as long as the process lives.

use std::{mem, sync::Arc};

use parking_lot::Mutex;
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
    /// Where it stands.
    pub state: JobState,
    /// Rows that the engine had cleared when it began.
    cleared_before: u64,
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

impl Job {
    /// `true`: it is of this kind and runs.
    pub(crate) fn runs(&self, kind: &JobKind) -> bool {
        self.state == JobState::Running && self.kind == *kind
    }
}

/// The running jobs, and of each kind the last that ended. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<Vec<Job>>>);

impl Jobs {
    /// Begins a job of this kind, unless one runs or too many do. `cleared`: the rows that the engine
    /// has cleared so far.
    pub(crate) fn begin(
        &self,
        kind: JobKind,
        now: OffsetDateTime,
        cleared: u64,
    ) -> Option<RunningJob> {
        let mut jobs = self.0.lock();
        let running = jobs.iter().filter(|job| job.state == JobState::Running);
        let too_many = kind != JobKind::ClearExpired && running.count() >= MAX_RUNNING;
        if too_many || jobs.iter().any(|job| job.runs(&kind)) {
            return None;
        }
        jobs.push(Job {
            kind: kind.clone(),
            begun_at: now,
            removed: 0,
            done: 0,
            of: None,
            state: JobState::Running,
            cleared_before: cleared,
        });
        Some(RunningJob {
            jobs: self.clone(),
            kind,
            end: JobState::Failed("it was given up".to_owned()),
        })
    }

    /// All of them, the oldest first. `cleared`: the rows that the engine has cleared so far.
    pub(crate) fn list(&self, cleared: u64) -> Vec<Job> {
        let mut jobs = self.0.lock().clone();
        for job in &mut jobs {
            if job.runs(&JobKind::ClearExpired) {
                job.removed = cleared.saturating_sub(job.cleared_before);
                job.done = job.removed;
            }
        }
        jobs
    }
}

/// A running job. Dropped before it is finished, it has failed.
#[derive(Debug)]
pub(crate) struct RunningJob {
    jobs: Jobs,
    kind: JobKind,
    /// Its state once this is dropped.
    end: JobState,
}

impl RunningJob {
    /// Changes what is known of it.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Job)) {
        let mut jobs = self.jobs.0.lock();
        if let Some(own) = jobs.iter_mut().find(|job| job.runs(&self.kind)) {
            change(own);
        }
    }

    /// Ends it: done, or failed and why.
    pub(crate) fn finish(mut self, failure: Option<String>) {
        self.end = failure.map_or(JobState::Done, JobState::Failed);
    }
}

impl Drop for RunningJob {
    fn drop(&mut self) {
        let kind = mem::discriminant(&self.kind);
        let is_kept =
            |job: &Job| job.state == JobState::Running || mem::discriminant(&job.kind) != kind;
        self.jobs.0.lock().retain(is_kept);
        self.update(|job| job.state = self.end.clone());
    }
}

#[cfg(test)]
mod tests;
