use std::fmt;

/// A place where a rule is broken.
#[derive(Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) file: String,
    /// The first is 1; 0 stands for the whole file.
    pub(super) line: usize,
    pub(super) what: String,
}

impl Finding {
    pub(super) fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// The line in which the byte at `offset` is.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
