//! Sessions begun and ended in each minute of the last hour, as far as this process knows.

use std::sync::{LazyLock, Mutex, PoisonError};

use huihua::{Clock, events};
use time::OffsetDateTime;

use crate::audit;

/// Minutes that are counted one by one.
pub const MINUTES: usize = 60;

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::system);
static ACTIVITY: Activity = Activity::new();

/// The minutes of the last hour, the oldest first; the last is the one that runs.
pub fn last_hour() -> [Minute; MINUTES] {
    ACTIVITY.at(CLOCK.now())
}

/// Sessions begun and ended within a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minute {
    /// Sessions made.
    pub begun: u64,
    /// Sessions ended: by their owners, by an operator, or cleared after they had expired.
    pub ended: u64,
}

/// An event of the log about sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionEvent<'a> {
    pub target: &'a str,
    pub event: &'a str,
    /// Whether a session began with a login.
    pub begins: bool,
    /// The number of sessions that it names.
    pub sessions: u64,
}

/// Counts an event, if a session began or ended by it.
pub fn count(event: SessionEvent<'_>) {
    let minute = event.minute();
    if minute != Minute::default() {
        ACTIVITY.add(minute, CLOCK.now());
    }
}

impl SessionEvent<'_> {
    /// Its share of its minute. A session that goes on under a new key is none that began, and
    /// what an operator cleared is counted where the store says so.
    fn minute(self) -> Minute {
        let (begun, ended) = match (self.target, self.event) {
            (events::TARGET, "begun") => (1, 0),
            (events::TARGET, "login") => (u64::from(self.begins), 0),
            (events::TARGET, "logout" | "expired") | (audit::TARGET, "session_ended") => (0, 1),
            (events::TARGET, "cleared") | (audit::TARGET, "sessions_ended") => (0, self.sessions),
            _ => (0, 0),
        };
        Minute { begun, ended }
    }
}

/// The last hour, which threads share.
struct Activity(Mutex<Hour>);

struct Hour {
    /// The minute that runs, in minutes since 1970.
    running: i64,
    minutes: [Minute; MINUTES],
}

impl Activity {
    const fn new() -> Self {
        let nothing = Minute { begun: 0, ended: 0 };
        Self(Mutex::new(Hour {
            running: i64::MIN,
            minutes: [nothing; MINUTES],
        }))
    }

    fn add(&self, minute: Minute, now: OffsetDateTime) {
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hour.move_on_to(now);
        if let Some(running) = hour.minutes.last_mut() {
            running.begun += minute.begun;
            running.ended += minute.ended;
        }
    }

    fn at(&self, now: OffsetDateTime) -> [Minute; MINUTES] {
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hour.move_on_to(now);
        hour.minutes
    }
}

impl Hour {
    /// Moves on to the minute of `now`. A clock that is set back stops it.
    fn move_on_to(&mut self, now: OffsetDateTime) {
        let running = now.unix_timestamp().div_euclid(60);
        let passed = usize::try_from(running.saturating_sub(self.running)).unwrap_or(0);
        if passed == 0 {
            return;
        }
        let passed = passed.min(MINUTES);
        self.minutes.rotate_left(passed);
        self.minutes[MINUTES - passed..].fill(Minute::default());
        self.running = running;
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00:30 UTC);
    const ONE: Minute = Minute { begun: 1, ended: 0 };

    fn begun(activity: &Activity, now: OffsetDateTime) -> Vec<u64> {
        activity.at(now).iter().map(|minute| minute.begun).collect()
    }

    #[test]
    fn each_minute_is_counted_for_an_hour() {
        let activity = Activity::new();
        activity.add(ONE, NOW);
        activity.add(ONE, NOW + Duration::seconds(29));
        activity.add(Minute { begun: 0, ended: 7 }, NOW + Duration::seconds(30));
        activity.add(ONE, NOW + Duration::minutes(3));
        let minutes = activity.at(NOW + Duration::minutes(3));
        assert_eq!(minutes[56], Minute { begun: 2, ended: 0 });
        assert_eq!(minutes[57], Minute { begun: 0, ended: 7 });
        assert_eq!(minutes[58], Minute::default());
        assert_eq!(minutes[59], ONE);
        assert_eq!(minutes[..56], [Minute::default(); 56]);
        assert_eq!(
            begun(&activity, NOW + Duration::minutes(59))[..4],
            [2, 0, 0, 1]
        );
        assert_eq!(
            begun(&activity, NOW + Duration::minutes(60))[..3],
            [0, 0, 1]
        );
        assert_eq!(
            activity.at(NOW + Duration::days(1)),
            [Minute::default(); 60]
        );
    }

    #[test]
    fn a_clock_that_is_set_back_loses_nothing() {
        let activity = Activity::new();
        activity.add(ONE, NOW);
        activity.add(ONE, NOW - Duration::hours(2));
        assert_eq!(begun(&activity, NOW - Duration::hours(2))[59], 2);
    }

    #[test]
    fn what_begins_and_ends_is_told_from_the_rest() {
        let minute = |target, event, begins| {
            let session_event = SessionEvent {
                target,
                event,
                begins,
                sessions: 9,
            };
            let Minute { begun, ended } = session_event.minute();
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
}
