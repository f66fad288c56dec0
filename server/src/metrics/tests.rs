use admin::audit;
use tracing_subscriber::layer::SubscriberExt;

use super::*;

#[test]
fn what_the_log_is_told_is_counted_where_nobody_asks_for_metrics() {
    let sums = || {
        let hour = activity::last_hour();
        let begun: u64 = hour.iter().map(|minute| minute.begun).sum();
        let ended: u64 = hour.iter().map(|minute| minute.ended).sum();
        (begun, ended)
    };
    let before = sums();
    let log = tracing_subscriber::registry().with(event_counter());
    tracing::subscriber::with_default(log, || {
        tracing::info!(target: events::TARGET, event = "login", begins = true);
        tracing::info!(target: events::TARGET, event = "login", begins = false);
        tracing::info!(target: events::TARGET, event = "cleared", rows = 1000_u64);
        audit::cleared("console", 1000);
        audit::sessions_ended("console", 30);
        audit::session_ended("console", "653bb1245e82");
        tracing::info!(target: events::TARGET, "nothing that has a name");
    });
    let after = sums();
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1031));
}
