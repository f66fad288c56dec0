use time::macros::datetime;

use super::*;

#[test]
fn timestamps_are_djangos_text() {
    for (timestamp, text) in [
        (datetime!(2026-11-23 21:03:34 UTC), "2026-11-23 21:03:34"),
        (datetime!(2026-11-23 21:03:34.000001 UTC), "2026-11-23 21:03:34.000001"),
        (datetime!(9999-12-31 23:59:59 UTC), "9999-12-31 23:59:59"),
    ] {
        assert_eq!(to_text(timestamp), text);
        assert_eq!(from_text(text), Some(timestamp));
    }
    assert_eq!(from_text("nonsense"), None);
}
