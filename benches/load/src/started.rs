//! Processes that answer HTTP until they are dropped.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use servers::free_port;

const PATIENCE: Duration = Duration::from_secs(60);

/// A process, and where it answers.
#[derive(Debug)]
pub(crate) struct Started {
    child: Child,
    pub(crate) port: u16,
}

impl Started {
    /// Starts what `command` makes for a free port, and waits until it listens. What it says is in
    /// the file `log`.
    pub(crate) fn new(command: impl FnOnce(u16) -> Command, log: &Path) -> Result<Self, String> {
        let port = free_port();
        let mut command = command(port);
        let output = File::create(log).map_err(|error| error.to_string())?;
        let errors = output.try_clone().map_err(|error| error.to_string())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("{command:?} can't be started: {error}"))?;
        let mut started = Self { child, port };
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = started.child.try_wait().ok().flatten();
            if ended.is_some() || start.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(format!("{command:?} doesn't listen: {said}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(started)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // SIGTERM, so that masters end their workers too.
        let id = self.child.id().to_string();
        let told = Command::new("kill").arg(id).status();
        if told.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
