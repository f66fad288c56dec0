use std::io;

use serde_json::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::error::Error;

/// The form of a command's output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Prints a line: `text`, or `value` for programs.
    pub(super) fn print(self, text: &str, value: &Value) -> Result<(), Error> {
        self.print_to(&mut io::stdout(), || text.to_owned(), || value.clone())
    }

    /// The same to `out`, where only one of them is made.
    pub(super) fn print_to(
        self,
        out: &mut impl io::Write,
        text: impl FnOnce() -> String,
        value: impl FnOnce() -> Value,
    ) -> Result<(), Error> {
        let line = match self.json {
            true => value().to_string(),
            false => text(),
        };
        Ok(writeln!(out, "{line}")?)
    }
}

pub(super) fn rfc3339(at: OffsetDateTime) -> Option<String> {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).ok()
}
