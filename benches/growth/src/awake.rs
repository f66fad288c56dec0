//! Processors that stay awake.

use std::{
    process::{Command, Stdio},
    thread::available_parallelism,
};

use crate::running::Running;

/// Ends with whoever started it, however that ends.
const SPIN: &str = "while kill -0 $PPID; do :; done";

/// Keeps every processor busy with what gives way to everything else, until it is dropped.
///
/// One that has nothing to do falls asleep, and takes longer to wake up than a load takes: about 75 µs
/// of a virtual one. Whether it does so between a question and its answer changes from one moment to the
/// next, and says nothing of the table.
pub(crate) struct Awake {
    _spinning: Vec<Running>,
}

impl Awake {
    pub(crate) fn keep() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let spin = |_| {
            let mut chrt = Command::new("chrt");
            chrt.args(["--idle", "0", "sh", "-c", SPIN])
                .stderr(Stdio::null());
            Running(chrt.spawn().expect("chrt, which is in Debian's util-linux"))
        };
        Self {
            _spinning: (0..processors).map(spin).collect(),
        }
    }
}
