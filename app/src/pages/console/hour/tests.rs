use super::*;

#[test]
fn the_largest_bar_is_as_high_as_there_is_room_and_the_smallest_can_be_seen() {
    let minutes = [Minute { begun: 200, ended: 0 }, Minute { begun: 0, ended: 1 }];
    let (up, down) = bars(&minutes, 200);
    assert_eq!(up, "M0 50v-50h7V50z");
    assert_eq!(down, "M10 50v1h7V50z");
    assert_eq!(sums(&minutes), (200, 1));
}

#[test]
fn an_hour_in_which_nothing_happened_has_no_bars() {
    let quiet = [Minute::default(); MINUTES];
    assert_eq!(bars(&quiet, 0), (String::new(), String::new()));
}
