//! Numbers as they are shown.

/// As many digits as one can compare: `12,345`, `99.5`, `0.25`.
pub fn shown(value: f64) -> String {
    let digits = match value {
        value if value.fract() == 0.0 || value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        value if value >= 0.1 => 2,
        _ => 4,
    };
    let number = format!("{value:.digits$}");
    let (whole, rest) = match number.find('.') {
        Some(point) => number.split_at(point),
        None => (number.as_str(), ""),
    };
    let first = whole.len() % 3;
    let mut grouped = whole[..first].to_owned();
    for at in (first..whole.len()).step_by(3) {
        if at > 0 {
            grouped.push(',');
        }
        grouped.push_str(&whole[at..at + 3]);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn thousands_are_separated_and_digits_few() {
        for (value, expected) in [
            (0.0, "0"),
            (0.0123, "0.0123"),
            (0.25, "0.25"),
            (7.0, "7"),
            (7.456, "7.46"),
            (9.999, "10.0"),
            (42.25, "42.2"),
            (99.97, "100"),
            (999.4, "999"),
            (999.6, "1,000"),
            (1000.0, "1,000"),
            (12345.6, "12,346"),
            (123456.0, "123,456"),
            (1234567.0, "1,234,567"),
        ] {
            assert_eq!(shown(value), expected);
        }
    }
}
