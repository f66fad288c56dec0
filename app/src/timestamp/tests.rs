use time::macros::datetime;

use super::*;

#[test]
fn moments_are_written_to_the_second_and_in_utc() {
    let [machine, human] = timestamp(datetime!(2026-12-07 21:03:04.999 UTC));
    assert_eq!(machine, "2026-12-07T21:03:04Z");
    assert_eq!(human, "2026-12-07 21:03:04 UTC");
}

#[test]
fn lengths_are_said_in_their_largest_unit() {
    for (seconds, chinese, english) in [
        (1, "1 秒", "1 second"),
        (10, "10 秒", "10 seconds"),
        (90, "90 秒", "90 seconds"),
        (120, "2 分钟", "2 minutes"),
        (7_200, "2 小时", "2 hours"),
        (86_400, "1 天", "1 day"),
        (1_209_600, "两个星期", "two weeks"),
    ] {
        assert_eq!(length(Locale::zh_CN, seconds), chinese);
        assert_eq!(length(Locale::en, seconds), english);
    }
}
