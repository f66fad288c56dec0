//! Figures as people read them.

/// A number of sessions: `10 million`.
pub(crate) fn many(number: u64) -> String {
    match number {
        1_000_000.. if number.is_multiple_of(1_000_000) => {
            format!("{} million", number / 1_000_000)
        }
        1_000.. if number.is_multiple_of(1_000) => format!("{} thousand", number / 1_000),
        _ => number.to_string(),
    }
}

/// Bytes as MB.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// A share, as `1.07`.
pub(crate) fn times(ratio: f64) -> String {
    format!("{ratio:.2}")
}

pub(crate) fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_sessions_are_read_aloud() {
        let read = [999, 1_000, 100_000, 1_234_567, 10_000_000].map(many);
        let aloud = ["999", "1 thousand", "100 thousand", "1234567", "10 million"];
        assert_eq!(read, aloud);
    }
}
