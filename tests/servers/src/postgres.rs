use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    Missing, Server,
    deployed::{Values, filled},
    process::{
        Process, as_user, children, folder, free_port, hand_over, program, run, send_signal,
    },
};

/// A PostgreSQL server. Its own time zone is far from UTC, on purpose.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    programs: PathBuf,
    port: u16,
    databases: AtomicUsize,
    folder: TempDir,
}

impl Postgres {
    /// Starts one. `durable` false: it waits for no disk.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn start(durable: bool) -> Result<Self, Missing> {
        Self::start_with(durable, "")
    }

    /// Starts one with the settings in `deploy/`, which is also told this, in the words of
    /// `postgresql.conf`.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn deployed(more: &str) -> Result<Self, Missing> {
        let settings = filled("postgresql.conf", &Values::new());
        Self::start_with(true, &format!("{settings}\n{more}\n"))
    }

    fn start_with(durable: bool, more: &str) -> Result<Self, Missing> {
        let initdb = program("initdb", &folders())?;
        let programs = initdb.parent().unwrap().to_owned();
        let folder = folder();
        hand_over(folder.path(), "postgres");
        let data = folder.path().join("data");
        run(as_postgres(&initdb).arg("-D").arg(&data).args([
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            // Whatever the environment names, which needn't be installed.
            "--no-locale",
            "--no-sync",
        ]));
        let own = data.join("postgresql.conf");
        let own = fs::OpenOptions::new().append(true).open(own);
        own.unwrap().write_all(more.as_bytes()).unwrap();
        let port = free_port();
        let mut command = as_postgres(&programs.join("postgres"));
        command
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"])
            .arg(folder.path())
            .args(["-c", "timezone=<+08>-08", "-c", "max_connections=300"]);
        if !durable {
            command.arg("-F");
        }
        let mut server = Self {
            process: Process::new(command, folder.path().join("log")),
            programs,
            port,
            databases: AtomicUsize::new(0),
            folder,
        };
        server.start_again();
        Ok(server)
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// The same, of text in `encoding`.
    pub fn database_in(&self, encoding: &str) -> String {
        let url = self.database();
        let name = url.rsplit('/').next().unwrap_or_default();
        self.sql("postgres", &format!("DROP DATABASE {name}"));
        let encoding = format!("ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'");
        let create = format!("CREATE DATABASE {name} TEMPLATE template0 {encoding}");
        self.sql("postgres", &create);
        url
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What `psql` prints for a statement.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        self.sql_at(self.port, database, statement)
    }

    /// The same by another way to the server.
    pub(crate) fn sql_at(&self, port: u16, database: &str, statement: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-h", "127.0.0.1", "-U", "postgres", "-Atq", "-p"])
            .arg(port.to_string())
            .args(["-d", database, "-c", statement]);
        run(&mut psql)
    }

    /// Signals the server, and with it all who serve a connection, who would else go on. Answers the
    /// server's id.
    fn signal_all(&self, signal: &str) -> Option<u32> {
        let pid_file = self.folder.path().join("data/postmaster.pid");
        let written = fs::read_to_string(pid_file).ok()?;
        let pid = written.lines().next()?.parse().ok()?;
        // One that has ended by itself meanwhile is no failure.
        send_signal(signal, &[vec![pid], children(pid)].concat());
        Some(pid)
    }
}

impl Server for Postgres {
    fn kill(&mut self) {
        if let Some(pid) = self.signal_all("-KILL") {
            // It is started again on the same folder, so it has to be gone.
            let process = Path::new("/proc").join(pid.to_string());
            for _ in 0..1000 {
                if !process.exists() {
                    break;
                }
                thread::sleep(Duration::from_millis(10));
            }
        }
        self.process.kill();
    }

    fn start_again(&mut self) {
        self.process.start();
        let (ready, port) = (self.programs.join("pg_isready"), self.port.to_string());
        self.process.wait_until(|| {
            let mut ready = Command::new(&ready);
            ready.args(["-q", "-h", "127.0.0.1", "-p", &port]);
            ready.status().is_ok_and(|status| status.success())
        });
    }

    fn freeze(&mut self) {
        self.signal_all("-STOP");
    }

    fn thaw(&mut self) {
        self.signal_all("-CONT");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    as_user("postgres", program)
}

/// Where Debian puts PostgreSQL, newest first.
pub(crate) fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    folders
}
