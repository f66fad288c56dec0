use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use tempfile::TempDir;

use crate::{
    Missing, Server,
    process::{Process, folder, free_port, hand_over, is_root, program, run},
};

/// A MariaDB server. Its own time zone is far from UTC, on purpose.
#[derive(Debug)]
pub struct MariaDb {
    process: Process,
    client: PathBuf,
    socket: PathBuf,
    port: u16,
    databases: AtomicUsize,
    _folder: TempDir,
}

impl MariaDb {
    /// Starts one. `durable` false: it waits for no disk.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn start(durable: bool) -> Result<Self, Missing> {
        let server = program("mariadbd", &[])?;
        let install = program("mariadb-install-db", &[])?;
        let client = program("mariadb", &[])?;
        let folder = folder();
        hand_over(folder.path(), "mysql");
        let data = folder.path().join("data");
        let user = if is_root() { "--user=mysql" } else { "--skip-symbolic-links" };
        run(Command::new(install)
            // Two that are installed at once would take each other's temporary tables.
            .env("TMPDIR", folder.path())
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .args([user, "--auth-root-authentication-method=normal"])
            .arg("--skip-test-db"));
        let (port, socket) = (free_port(), folder.path().join("socket"));
        let mut command = Command::new(server);
        command
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", socket.display()))
            .arg(format!("--port={port}"))
            .args([user, "--bind-address=127.0.0.1"])
            .args(["--default-time-zone=+08:00", "--max-connections=300"]);
        if !durable {
            command.args(["--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0"]);
        }
        let mut server = Self {
            process: Process::new(command, folder.path().join("log")),
            client,
            socket,
            port,
            databases: AtomicUsize::new(0),
            _folder: folder,
        };
        server.start_again();
        server.sql("CREATE USER IF NOT EXISTS 'test'@'%' IDENTIFIED BY 'p@ss:word'");
        server.sql("GRANT ALL ON *.* TO 'test'@'%'");
        Ok(server)
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.sql(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"));
        format!("mysql://test:p%40ss%3Aword@127.0.0.1:{}/{name}", self.port)
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the client prints for a statement.
    pub fn sql(&self, statement: &str) -> String {
        run(Command::new(&self.client)
            .args(["--no-defaults", "-uroot", "-N", "-B", "-e", statement])
            .arg(format!("--socket={}", self.socket.display())))
    }
}

impl Server for MariaDb {
    fn kill(&mut self) {
        self.process.kill();
    }

    fn start_again(&mut self) {
        self.process.start();
        let (client, socket) = (self.client.clone(), self.socket.clone());
        self.process.wait_until(|| {
            Command::new(&client)
                .args(["--no-defaults", "-uroot", "-e", "SELECT 1"])
                .arg(format!("--socket={}", socket.display()))
                .output()
                .is_ok_and(|output| output.status.success())
        });
    }

    fn freeze(&mut self) {
        self.process.freeze();
    }

    fn thaw(&mut self) {
        self.process.thaw();
    }
}
