use time::{Duration, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-23 12:00:30 UTC);
const ONE: Minute = Minute { begun: 1, ended: 0 };

fn begun(hour: &mut Hour, now: OffsetDateTime) -> Vec<u64> {
    hour.at(now).iter().map(|minute| minute.begun).collect()
}

#[test]
fn each_minute_is_counted_for_an_hour() {
    let mut hour = Hour::new();
    hour.add(ONE, NOW);
    hour.add(ONE, NOW + Duration::seconds(29));
    hour.add(Minute { begun: 0, ended: 7 }, NOW + Duration::seconds(30));
    hour.add(ONE, NOW + Duration::minutes(3));
    let minutes = hour.at(NOW + Duration::minutes(3));
    assert_eq!(minutes[56], Minute { begun: 2, ended: 0 });
    assert_eq!(minutes[57], Minute { begun: 0, ended: 7 });
    assert_eq!(minutes[58], Minute::default());
    assert_eq!(minutes[59], ONE);
    assert_eq!(minutes[..56], [Minute::default(); 56]);
    assert_eq!(begun(&mut hour, NOW + Duration::minutes(59))[..4], [2, 0, 0, 1]);
    assert_eq!(begun(&mut hour, NOW + Duration::minutes(60))[..3], [0, 0, 1]);
    assert_eq!(hour.at(NOW + Duration::days(1)), [Minute::default(); 60]);
}

#[test]
fn a_clock_that_is_set_back_loses_nothing() {
    let mut hour = Hour::new();
    hour.add(ONE, NOW);
    hour.add(ONE, NOW - Duration::hours(2));
    assert_eq!(begun(&mut hour, NOW - Duration::hours(2))[59], 2);
}

#[test]
fn what_begins_and_ends_is_told_from_the_rest() {
    let minute = |target, event, begins| {
        let session_event = SessionEvent { event: str::to_owned(event), begins, sessions: 9 };
        let Minute { begun, ended } = session_event.minute(target);
        (begun, ended)
    };
    for (event, begins, counted) in [
        ("begun", false, (1, 0)),
        ("login", true, (1, 0)),
        ("login", false, (0, 0)),
        ("renewed", false, (0, 0)),
        ("logout", false, (0, 1)),
        ("expired", false, (0, 1)),
        ("cleared", false, (0, 9)),
        ("store_failed", false, (0, 0)),
    ] {
        assert_eq!(minute(events::TARGET, event, begins), counted, "{event}");
    }
    for (event, counted) in [
        ("session_ended", (0, 1)),
        ("sessions_ended", (0, 9)),
        ("cleared", (0, 0)),
        ("console_opened", (0, 0)),
    ] {
        assert_eq!(minute(audit::TARGET, event, false), counted, "{event}");
    }
    assert_eq!(minute("server::pages", "login", true), (0, 0));
}
