//! The errors of the `huihua` binary and their exit codes.

use std::io;

use huihua::{django::ReadError, settings::SettingError};

/// The failure of a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting can't be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The store fails.
    #[error("the session store: {0}")]
    Store(#[from] huihua::engine::Error),
    /// An argument, or the file `.env`, can't be used.
    #[error("{0}")]
    Argument(String),
    /// The command can't do what was asked.
    #[error("{0}")]
    Refused(String),
    /// The operating system refuses something, such as to print an answer.
    #[error("the operating system: {0}")]
    Server(#[from] io::Error),
    /// A second Ctrl-C, before the requests in flight were finished.
    #[error("interrupted: requests in flight were cut off")]
    Interrupted,
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Setting(error) => error.into(),
            ReadError::Store(error) => error.into(),
        }
    }
}

impl Error {
    /// The exit code: 2 for what the caller has to set right, 130 after a second Ctrl-C, as shells have
    /// it, and 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Setting(error) if error.is_store_failure() => 1,
            Self::Setting(_) | Self::Argument(_) => 2,
            Self::Store(_) | Self::Refused(_) | Self::Server(_) => 1,
            Self::Interrupted => 130,
        }
    }
}
