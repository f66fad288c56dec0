use std::{path::Path, process::Command};

use tempfile::TempDir;

use crate::process::{Process, folder, free_port, listens};

/// Any program that listens on the port it is told, with a folder of its own. It is told to stop
/// when dropped, so that masters end their workers too.
#[derive(Debug)]
pub struct Listener {
    process: Process,
    port: u16,
    _folder: TempDir,
}

impl Listener {
    /// Starts what `command` makes for a port and the folder.
    pub fn start(command: impl FnOnce(u16, &Path) -> Command) -> Self {
        let (port, folder) = (free_port(), folder());
        let command = command(port, folder.path());
        let mut process = Process::new(command, folder.path().join("log"));
        process.start();
        process.wait_until(|| listens(port));
        Self { process, port, _folder: folder }
    }

    /// `http://` and its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.process.stop();
    }
}
