//! Processors that stay awake.

use std::{
    process::{Child, Command, Stdio},
    thread::available_parallelism,
};

/// Ends with whoever started it, however that ends.
const SPIN: &str = "while kill -0 $PPID; do :; done";

/// Keeps every processor busy with what gives way to everything else, until it is dropped.
///
/// One that has nothing to do falls asleep, and takes longer to wake up than a load takes: about 75 µs
/// of a virtual one. Whether it does so between a question and its answer changes from one moment to the
/// next, and says nothing of the table.
pub(crate) struct Awake(Vec<Child>);

impl Awake {
    pub(crate) fn keep() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let spin = |_| {
            Command::new("chrt")
                .args(["--idle", "0", "sh", "-c", SPIN])
                .stderr(Stdio::null())
                .spawn()
                .expect("chrt, which is in Debian's util-linux")
        };
        Self((0..processors).map(spin).collect())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // One that is over already is over.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
