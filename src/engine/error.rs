//! Errors of stores.

use std::{error::Error as StdError, fmt, io, sync::Arc};

/// The kind of an [`Error`], by which its caller decides what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store as a whole doesn't serve: it can't be reached, is full or read-only, refuses, or
    /// answers nonsense.
    Unavailable,
    /// The store keeps no row as large as this one. Nothing was written.
    TooLarge,
    /// The store keeps no row with what this one holds. Nothing was written.
    Unsupported,
    /// An address or an option can't be used. Nothing was asked of a store.
    Misconfigured,
    /// The bytes under one key can't be read. Bytes that are known to be no row read as missing.
    Corrupt,
}

/// Why a store didn't do what it was asked to.
///
/// The text is for the operator's log: what was tried and why it didn't work, with no key,
/// cookie or secret in it.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    /// The subject of the message, where it has none.
    subject: &'static str,
    message: String,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure that `why` explains by itself, of the kind [`ErrorKind::Unavailable`].
    pub fn new(why: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Unavailable, subject: "", message: why.into(), source: None }
    }

    /// A failure that another error explains: `tried` is what was being done. The message has the text of
    /// `source` too, for logs that show only the message.
    pub fn because(tried: &str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let source = source.into();
        Self { message: format!("{tried}: {source}"), source: Some(source.into()), ..Self::new("") }
    }

    /// What lies under a key is no row.
    pub fn malformed() -> Self {
        Self::new("what is stored there is no session").with_kind(ErrorKind::Corrupt)
    }

    /// An address or an option that can't be used: `subject` names it, and `why` goes on.
    #[cfg(any(feature = "sql", feature = "file", feature = "memcached"))]
    pub(crate) fn misconfigured(subject: &'static str, why: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Misconfigured, subject, ..Self::new(why) }
    }

    /// The message, for one who has said what it is about.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The same failure, of another kind.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The kind: it tells a store that is broken as a whole from a row that was refused.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// True if it says something of one session, and nothing of the store.
    pub(crate) fn is_of_session(&self) -> bool {
        !matches!(self.kind, ErrorKind::Unavailable | ErrorKind::Misconfigured)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.subject, self.message())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self { message: error.to_string(), source: Some(Arc::new(error)), ..Self::new("") }
    }
}

/// The result of a store's method. An `Err` never means a missing row.
pub type Result<T, E = Error> = std::result::Result<T, E>;
