//! How long something took, as one would say it.

use std::time::Instant;

/// The time since `start`: `42 s`, `3 min 5 s`.
pub(crate) fn since(start: Instant) -> String {
    spoken(start.elapsed().as_secs())
}

fn spoken(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn minutes_are_named_once_there_is_one() {
        assert_eq!(spoken(0), "0 s");
        assert_eq!(spoken(59), "59 s");
        assert_eq!(spoken(60), "1 min 0 s");
        assert_eq!(spoken(605), "10 min 5 s");
    }
}
