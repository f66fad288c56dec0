use anyhow::Result;

use super::{
    files::{Files, code},
    finding::at,
};

/// Coinages that were given up for the field's names, and what to write instead. Prose may use the words.
const OLD: &[(&str, &str)] = &[
    ("OpenedLately", "DecodeCache"),
    ("EndedKeys", "RecentlyRevoked"),
    ("Patience", "TimeoutBudget"),
    ("with_patience", "with_store_timeout"),
    ("CookieOrder", "CookieAction"),
    ("outdate", "invalidate"),
    ("heed", "invalidate_on"),
    ("in_rows", "server_side"),
    ("in_cookie", "client_side"),
    ("Mould", "cached_view"),
    ("mould", "cached_view"),
    ("census", "statistics"),
    ("pulse", "activity"),
    ("spoil", "corrupt"),
    ("Deed", "Action"),
];

/// Each name once a file, with the first line that has it.
pub(super) fn check(files: &Files) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for (path, text) in files.ending(".rs") {
        let code = code(text);
        for (old, new) in OLD {
            let has_it = |line: &str| {
                let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
                words.any(|word| word == *old)
            };
            if let Some(line) = code.lines().position(has_it) {
                findings.push(at(path, line + 1, format!("{old} is {new} now")));
            }
        }
    }
    Ok(findings)
}
