use std::process::Command;

use tempfile::TempDir;

use crate::{
    Missing, Server,
    process::{Process, free_port, is_root, listens, program},
};

/// A memcached server.
#[derive(Debug)]
pub struct Memcached {
    process: Process,
    port: u16,
    _folder: TempDir,
}

impl Memcached {
    /// Starts one.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn start() -> Result<Self, Missing> {
        Self::start_with(&[])
    }

    /// Starts one with more settings.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn start_with(more: &[&str]) -> Result<Self, Missing> {
        let mut command = Command::new(program("memcached", &[])?);
        let port = free_port();
        command.args(["-l", "127.0.0.1", "-U", "0", "-m", "256", "-p"]);
        command.arg(port.to_string()).args(more);
        if is_root() {
            command.args(["-u", "nobody"]);
        }
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self {
            process: Process::new(command, folder.path().join("log")),
            port,
            _folder: folder,
        };
        server.start_again();
        Ok(server)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Server for Memcached {
    fn kill(&mut self) {
        self.process.kill();
    }

    fn start_again(&mut self) {
        self.process.start();
        let port = self.port;
        self.process.wait_until(|| listens(port));
    }

    fn freeze(&mut self) {
        self.process.freeze();
    }

    fn thaw(&mut self) {
        self.process.thaw();
    }
}
