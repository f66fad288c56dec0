use tokio::time::advance;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_delete_counts_from_its_beginning() {
    let probe = DeleteProbe::default();
    assert!(!probe.is_recent());
    let began = Instant::now();
    advance(PROBE_TTL / 2).await;
    probe.succeeded(began);
    assert!(probe.is_recent());
    // An earlier one that is done later takes nothing away.
    probe.succeeded(began - PROBE_TTL);
    assert!(probe.is_recent());
    advance(PROBE_TTL / 2).await;
    assert!(!probe.is_recent());
}

#[tokio::test(start_paused = true)]
async fn only_the_first_failures_are_waited_for() {
    let probe = DeleteProbe::default();
    let first = Instant::now();
    assert_eq!(probe.failed(first), first + PROBE_TTL);
    advance(2 * PROBE_TTL).await;
    assert_eq!(probe.failed(Instant::now()), first + PROBE_TTL);
    probe.succeeded(Instant::now());
    let silent = Instant::now();
    advance(TIMEOUT).await;
    assert_eq!(probe.failed(silent), silent + PROBE_TTL);
}
