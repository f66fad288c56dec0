use super::*;

#[test]
fn days_stand_before_the_clock() {
    assert_eq!(clock(0, "{} 天"), "00:00:00");
    assert_eq!(clock(59, "{} 天"), "00:00:59");
    assert_eq!(clock(86_399, "{} 天"), "23:59:59");
    assert_eq!(clock(14 * 86_400, "{} 天"), "14 天 00:00:00");
    assert_eq!(clock(90_061, "{} d"), "1 d 01:01:01");
}
