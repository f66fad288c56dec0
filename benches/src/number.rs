//! Numbers as reports show them.

use std::time::Duration;

/// As many digits as one can compare: `12,345`, `99.5`, `0.25`.
pub(crate) fn shown(value: f64) -> String {
    let digits = match value {
        value if value.fract() == 0.0 || value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        value if value >= 0.1 => 2,
        _ => 4,
    };
    let number = format!("{value:.digits$}");
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let groups = whole.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",") + rest
}

/// Cells of a table: whole numbers.
pub(crate) fn cells<const N: usize>(figures: [f64; N]) -> String {
    figures.map(|figure| format!("{figure:.0}")).join(" | ")
}

/// Bytes as MB.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// The time that this share of the calls took at most: microseconds.
pub(crate) fn micros(calls: &[Duration], share: f64) -> f64 {
    let mut calls = calls.to_vec();
    calls.sort_unstable();
    let last = calls.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    calls.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests;
