//! Places in files, as findings name them.

/// A place where a rule is broken, as it is printed; the first line is 1.
pub(super) fn at(file: &str, line: usize, what: impl std::fmt::Display) -> String {
    format!("{file}:{line}: {what}")
}

/// The line in which the byte at `offset` is.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
