//! Names that were given up.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use proc_macro2::{TokenStream, TokenTree};

use super::{files::Files, finding::at};

/// Coined names that were given up for those of the field, and what to write instead. Prose may use the words.
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
    ("Seal", "SealingKey"),
    ("spoil", "corrupt"),
    ("Deed", "Action"),
];

/// Each name once a file, with the first line that has it.
pub(super) fn check(files: &Files) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for (path, text) in files.ending(".rs") {
        let tokens: TokenStream = text.parse().map_err(|error| anyhow!("{path}: {error}"))?;
        let mut lines = BTreeMap::new();
        search(tokens, &mut lines);
        for (&(old, new), line) in lines {
            findings.push(at(path, line, format!("{old} is {new} now")));
        }
    }
    Ok(findings)
}

fn search(tokens: TokenStream, lines: &mut BTreeMap<&(&str, &str), usize>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => search(group.stream(), lines),
            TokenTree::Ident(ident) => {
                if let Some(old) = OLD.iter().find(|(old, _)| ident == old) {
                    lines.entry(old).or_insert(ident.span().start().line);
                }
            }
            _ => {}
        }
    }
}
