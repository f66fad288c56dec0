//! Sessions begun and ended in each minute of the last hour, as far as this process knows.

use std::sync::LazyLock;

use huihua::{Clock, events};
use parking_lot::Mutex;
use time::OffsetDateTime;
use tracing::field::{Field, Visit};

use crate::audit;

/// Minutes that are counted one by one.
pub const MINUTES: usize = 60;

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::system);
static HOUR: Mutex<Hour> = Mutex::new(Hour::new());

/// The minutes of the last hour, the oldest first; the last is the one that runs.
pub fn last_hour() -> [Minute; MINUTES] {
    HOUR.lock().at(CLOCK.now())
}

/// Sessions begun and ended within a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minute {
    /// Sessions made.
    pub begun: u64,
    /// Sessions ended: by their owners, by an operator, or cleared after they had expired.
    pub ended: u64,
}

/// The fields of an event of the log that are counted.
#[derive(Debug, Default)]
pub struct SessionEvent {
    /// Its name; empty: it has none.
    pub event: String,
    /// `true`: a session began with a login.
    pub begins: bool,
    /// The number of sessions that it names.
    pub sessions: u64,
}

impl Visit for SessionEvent {
    fn record_str(&mut self, field: &Field, text: &str) {
        if field.name() == "event" {
            text.clone_into(&mut self.event);
        }
    }

    fn record_bool(&mut self, field: &Field, is_so: bool) {
        if field.name() == "begins" {
            self.begins = is_so;
        }
    }

    fn record_u64(&mut self, field: &Field, number: u64) {
        if matches!(field.name(), "rows" | "sessions") {
            self.sessions = number;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Counts an event of this target, if a session began or ended by it.
pub fn count(target: &str, event: &SessionEvent) {
    let minute = event.minute(target);
    if minute != Minute::default() {
        HOUR.lock().add(minute, CLOCK.now());
    }
}

impl SessionEvent {
    /// Its share of its minute. A session that goes on under a new key is none that began, and
    /// what an operator cleared is counted where the store says so.
    fn minute(&self, target: &str) -> Minute {
        let (begun, ended) = match (target, self.event.as_str()) {
            (events::TARGET, "begun") => (1, 0),
            (events::TARGET, "login") => (u64::from(self.begins), 0),
            (events::TARGET, "logout" | "expired") | (audit::TARGET, "session_ended") => (0, 1),
            (events::TARGET, "cleared") | (audit::TARGET, "sessions_ended") => (0, self.sessions),
            _ => (0, 0),
        };
        Minute { begun, ended }
    }
}

/// The last hour.
struct Hour {
    /// The minute that runs, in minutes since 1970.
    running: i64,
    minutes: [Minute; MINUTES],
}

impl Hour {
    const fn new() -> Self {
        Self { running: i64::MIN, minutes: [Minute { begun: 0, ended: 0 }; MINUTES] }
    }

    fn add(&mut self, minute: Minute, now: OffsetDateTime) {
        self.move_on_to(now);
        let running = &mut self.minutes[MINUTES - 1];
        running.begun += minute.begun;
        running.ended += minute.ended;
    }

    fn at(&mut self, now: OffsetDateTime) -> [Minute; MINUTES] {
        self.move_on_to(now);
        self.minutes
    }

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
mod tests;
