use std::io::{self, Write as _};

use clap::ArgMatches;
use serde_json::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::error::Error;

/// The form of a command's output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(super) json: bool,
}

impl Output {
    pub(crate) fn of(arguments: &ArgMatches) -> Self {
        Self {
            json: arguments.get_flag("json"),
        }
    }

    /// Prints a line: `text`, or `value` for programs.
    pub(super) fn print(self, text: &str, value: &Value) -> Result<(), Error> {
        match self.json {
            true => writeln!(io::stdout(), "{value}")?,
            false => writeln!(io::stdout(), "{text}")?,
        }
        Ok(())
    }

    /// The same to `out`, where only one of them is made.
    pub(super) fn print_to(
        self,
        out: &mut impl io::Write,
        text: impl FnOnce() -> String,
        value: impl FnOnce() -> Value,
    ) -> Result<(), Error> {
        match self.json {
            true => writeln!(out, "{}", value())?,
            false => writeln!(out, "{}", text())?,
        }
        Ok(())
    }
}

pub(super) fn rfc3339(at: OffsetDateTime) -> Option<String> {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).ok()
}
