use std::{fs, path::Path, process::Command, thread, time::Duration};

use tempfile::TempDir;

use crate::{
    Missing,
    deployed::{Values, filled},
    process::{Process, folder, free_port, listens, program},
    redis::cli_with,
};

const PASSWORD: &str = "a password for Redis";

/// A master, two replicas of it, and three Sentinels that watch them, as `deploy/` sets them up.
#[derive(Debug)]
pub struct Sentinels {
    servers: Vec<(Process, u16)>,
    sentinels: Vec<(Process, u16)>,
    _folder: TempDir,
}

impl Sentinels {
    /// Starts them.
    ///
    /// # Errors
    /// If Redis isn't installed.
    pub fn start() -> Result<Self, Missing> {
        program("redis-cli", &[])?;
        let folder = folder();
        let ports: Vec<_> = (0..6).map(|_| free_port()).collect();
        let home = |port: u16| {
            let home = folder.path().join(port.to_string());
            fs::create_dir(&home).unwrap();
            home
        };
        let mut servers: Vec<(Process, u16)> = Vec::new();
        for port in ports[..3].iter().copied() {
            let home = home(port);
            let values = values(port, ports[0], &home);
            for name in ["redis.conf", "redis-replica.conf"] {
                fs::write(home.join(name), filled(name, &values)).unwrap();
            }
            let own = match servers.first() {
                None => "redis.conf",
                Some(_) => "redis-replica.conf",
            };
            let mut command = redis(&home.join(own), &home)?;
            command.args(["--repl-diskless-sync-delay", "0"]);
            let mut process = Process::new(command, home.join("log"));
            process.start();
            process.wait_until(|| ask(port, &["ping"]) == "PONG\n");
            servers.push((process, port));
        }
        let master = ports[0];
        servers[0].0.wait_until(|| ask(master, &["wait", "2", "100"]) == "2\n");
        let mut sentinels = Vec::new();
        for port in ports[3..].iter().copied() {
            let home = home(port);
            let (file, values) = (home.join("sentinel.conf"), values(port, master, &home));
            fs::write(&file, filled("sentinel.conf", &values)).unwrap();
            let mut command = redis(&file, &home)?;
            command.arg("--sentinel");
            let mut process = Process::new(command, home.join("log"));
            process.start();
            process.wait_until(|| listens(port));
            sentinels.push((process, port));
        }
        for (process, port) in &mut sentinels {
            let port = *port;
            process.wait_until(|| {
                let seen = cli_with(port, None, &["sentinel", "master", "mymaster"]);
                let seen: Vec<_> = seen.lines().collect();
                let value = |name: &str| {
                    let at = seen.iter().position(|line| *line == name);
                    at.and_then(|at| seen.get(at + 1)).copied()
                };
                value("num-slaves") == Some("2") && value("num-other-sentinels") == Some("2")
            });
        }
        Ok(Self { servers, sentinels, _folder: folder })
    }

    /// `host:port` of each Sentinel.
    pub fn nodes(&self) -> Vec<String> {
        self.sentinels.iter().map(|(_, port)| format!("127.0.0.1:{port}")).collect()
    }

    /// The name by which they know the master.
    pub fn master(&self) -> &'static str {
        "mymaster"
    }

    /// The password of the master and its replicas.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// What `redis-cli` prints of the first master's answer to a command.
    pub fn cli(&self, arguments: &[&str]) -> String {
        ask(self.servers[0].1, arguments)
    }

    /// Has every Sentinel do something.
    pub fn ask_sentinels(&self, arguments: &[&str]) {
        for (_, port) in &self.sentinels {
            assert_eq!(cli_with(*port, None, arguments), "OK\n", "{arguments:?}");
        }
    }

    /// Waits until the replicas have what the first master was told, and kills it.
    pub fn kill_the_master(&mut self) {
        let (process, port) = &mut self.servers[0];
        for _ in 0..100 {
            if ask(*port, &["wait", "2", "1000"]) == "2\n" {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        process.kill();
    }
}

fn redis(file: &Path, home: &Path) -> Result<Command, Missing> {
    let mut command = Command::new(program("redis-server", &[])?);
    command.arg(file).current_dir(home);
    Ok(command)
}

fn values(port: u16, master: u16, home: &Path) -> Values {
    let home = home.display().to_string();
    Values::from([
        ("REDIS_BIND", "127.0.0.1".into()),
        ("REDIS_PORT", port.to_string()),
        ("REDIS_MASTER_HOST", "127.0.0.1".into()),
        ("REDIS_MASTER_PORT", master.to_string()),
        ("REDIS_FOLDER", home.clone()),
        ("REDIS_PASSWORD", PASSWORD.into()),
        ("REDIS_MEMORY", "256mb".into()),
        ("SENTINEL_PORT", port.to_string()),
        ("SENTINEL_FOLDER", home),
    ])
}

fn ask(port: u16, arguments: &[&str]) -> String {
    cli_with(port, Some(PASSWORD), arguments)
}
