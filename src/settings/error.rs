//! The error of a setting.

use crate::engine::{self, ErrorKind};

/// A setting that can't be used, in one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingError {
    name: &'static str,
    problem: String,
    is_store_failure: bool,
}

impl SettingError {
    /// `problem` says what is wrong with the setting `name` and what it may be.
    pub fn new(name: &'static str, problem: impl Into<String>) -> Self {
        Self { name, problem: problem.into(), is_store_failure: false }
    }

    /// True if the store that the setting names has failed: it doesn't answer, or refuses. Another
    /// try may succeed with the same settings.
    pub fn is_store_failure(&self) -> bool {
        self.is_store_failure
    }

    /// The setting `name` led to `error`.
    pub(crate) fn of(name: &'static str, error: &engine::Error) -> Self {
        Self {
            name,
            problem: error.message().to_owned(),
            is_store_failure: error.kind() == ErrorKind::Unavailable,
        }
    }
}
