//! The built program, real stores, and what goes wrong with them while visitors come: each knows
//! what it was told, so that nothing that was acknowledged is lost unseen.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod disk;
mod kills;
mod outages;
mod readiness;
mod running;

use std::process::ExitCode;

use servers::Trials;

fn main() -> ExitCode {
    let mut trials = Trials::from_args().at_once(4);
    outages::add(&mut trials);
    kills::add(&mut trials);
    disk::add(&mut trials);
    readiness::add(&mut trials);
    trials.run()
}
