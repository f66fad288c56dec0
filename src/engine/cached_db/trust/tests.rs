use tokio::time::advance;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_proof_holds_from_its_beginning() {
    let proofs = Proofs::default();
    assert!(!proofs.hold());
    let began = Instant::now();
    advance(PROOF / 2).await;
    proofs.done(began);
    assert!(proofs.hold());
    // An earlier one that is done later takes nothing away.
    proofs.done(began - PROOF);
    assert!(proofs.hold());
    advance(PROOF / 2).await;
    assert!(!proofs.hold());
}

#[tokio::test(start_paused = true)]
async fn only_the_first_failures_are_waited_for() {
    let proofs = Proofs::default();
    let first = Instant::now();
    assert_eq!(proofs.failed(first), first + PROOF);
    advance(2 * PROOF).await;
    assert_eq!(proofs.failed(Instant::now()), first + PROOF);
    proofs.done(Instant::now());
    let silent = Instant::now();
    advance(TIMEOUT).await;
    assert_eq!(proofs.failed(silent), silent + PROOF);
}
