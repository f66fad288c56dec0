//! The log on the standard error output, each warning at most once a second.
//!
//! A store that fails, fails every request. One line a second says so as well as thousands would,
//! and leaves room on the disk.

use std::{
    collections::HashMap,
    env::{self, VarError},
    io::{self, IsTerminal as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use admin::audit;
use huihua::settings::SettingError;
use tracing::{Event, Level, Metadata, Subscriber, callsite::Identifier};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::FilterExt,
    fmt,
    layer::{Context, Filter, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::metrics;

/// The time between two lines of the same place in the program.
const PAUSE: Duration = Duration::from_secs(1);

/// Begins to log and to count, as `RUST_LOG` says, if that can be understood: in the environment, or
/// else as `otherwise` has it.
pub(crate) fn init(otherwise: Option<&String>) -> Result<(), SettingError> {
    let problem = |why: String| SettingError::new("RUST_LOG", why);
    let set = match env::var("RUST_LOG") {
        Err(VarError::NotUnicode(_)) => return Err(problem("isn't UTF-8".into())),
        set => set.ok().or_else(|| otherwise.cloned()),
    };
    let set = set.filter(|text| !text.trim().is_empty());
    let wanted = EnvFilter::try_new(set.as_deref().unwrap_or("info"));
    let wanted = wanted.map_err(|error| problem(format!("can't be understood: {error}")))?;
    let lines = fmt::layer()
        .with_writer(io::stderr)
        // They would be written where nothing can be, and panic.
        .log_internal_errors(false)
        // No colours in a file.
        .with_ansi(io::stderr().is_terminal())
        .with_filter(wanted.and(WarningFilter { written: Mutex::default(), now: Instant::now }));
    tracing_subscriber::registry().with(lines).with(metrics::event_counter()).init();
    Ok(())
}

/// Filter of warnings: one a second from each place in the program.
struct WarningFilter {
    written: Mutex<HashMap<Identifier, Instant>>,
    now: fn() -> Instant,
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Filter<S> for WarningFilter {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let line = event.metadata();
        // Of the audit log, each line counts.
        if *line.level() > Level::WARN || line.target() == audit::TARGET {
            return true;
        }
        let now = (self.now)();
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let last = written.get(&line.callsite());
        let due = last.is_none_or(|last| now.duration_since(*last) >= PAUSE);
        if due {
            written.insert(line.callsite(), now);
        }
        due
    }
}

#[cfg(test)]
mod tests;
