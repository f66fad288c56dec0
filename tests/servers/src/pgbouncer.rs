use std::fs;

use tempfile::TempDir;

use crate::{
    Missing,
    process::{Process, as_user, free_port, hand_over, listens, program},
};

/// PgBouncer in transaction mode, with so few connections to PostgreSQL that its clients share them.
#[derive(Debug)]
pub struct PgBouncer {
    _process: Process,
    port: u16,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts one in front of the PostgreSQL at `port`. All its databases are to be had there too.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn start(postgres: u16) -> Result<Self, Missing> {
        let pgbouncer = program("pgbouncer", &[])?;
        let folder = tempfile::tempdir().unwrap();
        let (port, settings) = (free_port(), folder.path().join("pgbouncer.ini"));
        let users = folder.path().join("users.txt");
        fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={postgres} user=postgres\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nauth_file = {}\n\
             pool_mode = transaction\ndefault_pool_size = 2\nunix_socket_dir =\n\
             ignore_startup_parameters = extra_float_digits\n",
            users.display()
        );
        fs::write(&settings, text).unwrap();
        hand_over(folder.path(), "postgres");
        let mut command = as_user("postgres", &pgbouncer);
        command.arg("-q").arg(&settings);
        let mut process = Process::new(command, folder.path().join("log"));
        process.start();
        process.wait_until(|| listens(port));
        Ok(Self { _process: process, port, _folder: folder })
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}
