use std::{fs, path::Path, process::Command, thread, time::Duration};

use tempfile::TempDir;

use crate::{
    Missing, Proxy, Server,
    process::{Process, folder, free_port, listens, program, run},
};

/// A Redis server that writes everything to its log before it answers, with a password, on a
/// port and a socket.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
    folder: TempDir,
}

/// The password of [`Redis`]. It needs escaping in an address, on purpose.
const PASSWORD: &str = "p@ss/word";

impl Redis {
    /// Starts one.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn start() -> Result<Self, Missing> {
        Self::start_with(&[])
    }

    /// Starts one with more settings than those.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn start_with(more: &[&str]) -> Result<Self, Missing> {
        let folder = folder();
        let port = free_port();
        let mut command = server(folder.path())?;
        command
            .args(["--port", &port.to_string(), "--requirepass", PASSWORD])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--unixsocket"])
            .arg(folder.path().join("socket"))
            .args(more);
        let mut redis =
            Self { process: Process::new(command, folder.path().join("log")), port, folder };
        redis.start_again();
        Ok(redis)
    }

    /// Its address by TCP.
    pub fn url(&self) -> String {
        format!("redis://:p%40ss%2Fword@127.0.0.1:{}/0", self.port)
    }

    /// Its address by its socket.
    pub fn socket_url(&self) -> String {
        format!("redis+unix://{}?db=1&pass=p%40ss%2Fword", self.socket())
    }

    /// The path of its socket.
    pub fn socket(&self) -> String {
        self.folder.path().join("socket").display().to_string()
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its password.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// What `redis-cli` prints of the answer to a command.
    pub fn cli(&self, arguments: &[&str]) -> String {
        cli_with(self.port, Some(PASSWORD), arguments)
    }

    /// Kills it, and starts it again so full that it takes many seconds to load what it holds.
    pub fn start_loading(&mut self) {
        let fill = "for i = 1, 20000 do redis.call('SET', 'filler:' .. i, 'x') end";
        self.cli(&["EVAL", fill, "0"]);
        self.cli(&["SAVE"]);
        self.process.kill();
        let slowly = "--appendonly no --key-load-delay 500";
        let and_answer = "--loading-process-events-interval-bytes 1024";
        let all = slowly.split(' ').chain(and_answer.split(' '));
        self.process.start_with(all);
        let port = self.port;
        self.process
            .wait_until(|| cli_with(port, Some(PASSWORD), &["ping"]).starts_with("LOADING"));
    }
}

impl Server for Redis {
    fn kill(&mut self) {
        self.process.kill();
    }

    fn start_again(&mut self) {
        self.process.start();
        let port = self.port;
        self.process.wait_until(|| cli_with(port, Some(PASSWORD), &["ping"]) == "PONG\n");
    }

    fn freeze(&mut self) {
        self.process.freeze();
    }

    fn thaw(&mut self) {
        self.process.thaw();
    }
}

/// A Redis server that only speaks TLS, by a certificate of its own.
#[derive(Debug)]
pub struct RedisTls {
    _process: Process,
    port: u16,
    _folder: TempDir,
}

impl RedisTls {
    /// Starts one.
    ///
    /// # Errors
    /// If Redis or OpenSSL isn't installed.
    pub fn start() -> Result<Self, Missing> {
        let folder = folder();
        let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("cert.pem"));
        run(Command::new(program("openssl", &[])?)
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]));
        let port = free_port();
        let mut command = server(folder.path())?;
        command
            .args(["--port", "0", "--tls-port", &port.to_string()])
            .args(["--tls-auth-clients", "no", "--tls-key-file"])
            .arg(&key)
            .arg("--tls-cert-file")
            .arg(&certificate);
        let mut process = Process::new(command, folder.path().join("log"));
        process.start();
        process.wait_until(|| listens(port));
        Ok(Self { _process: process, port, _folder: folder })
    }

    /// Its address; nobody has signed its certificate, so that isn't checked.
    pub fn url(&self) -> String {
        format!("rediss://127.0.0.1:{}/0#insecure", self.port)
    }
}

/// A Redis Cluster: three primaries and a replica of each.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<(Process, u16)>,
    _folder: TempDir,
}

impl Cluster {
    /// Starts one.
    ///
    /// # Errors
    /// If Redis isn't installed.
    pub fn start() -> Result<Self, Missing> {
        program("redis-cli", &[])?;
        let folder = folder();
        let mut nodes = Vec::new();
        for _ in 0..6 {
            // The cluster's own port has to be free too.
            let (port, bus) = (free_port(), free_port());
            let home = folder.path().join(port.to_string());
            fs::create_dir(&home).unwrap();
            let mut command = server(&home)?;
            command
                .args(["--port", &port.to_string(), "--cluster-port", &bus.to_string()])
                .args(["--cluster-enabled", "yes", "--cluster-node-timeout", "1500"])
                .args(["--cluster-config-file", "nodes.conf", "--save", ""]);
            let mut process = Process::new(command, home.join("log"));
            process.start();
            process.wait_until(|| cli(port, &["ping"]) == "PONG\n");
            nodes.push((process, port));
        }
        let addresses: Vec<_> = nodes.iter().map(|(_, port)| format!("127.0.0.1:{port}")).collect();
        run(Command::new("redis-cli").args(["--cluster", "create"]).args(&addresses).args([
            "--cluster-replicas",
            "1",
            "--cluster-yes",
        ]));
        for (process, port) in &mut nodes {
            let port = *port;
            process.wait_until(|| {
                let info = cli(port, &["cluster", "info"]);
                // A replica that has nothing yet would take nobody's place.
                let role = cli(port, &["role"]);
                let in_step = role.starts_with("master") || role.contains("\nconnected\n");
                info.contains("cluster_state:ok") && in_step
            });
        }
        Ok(Self { nodes, _folder: folder })
    }

    /// `host:port` of each node.
    pub fn nodes(&self) -> Vec<String> {
        self.nodes.iter().map(|(_, port)| format!("127.0.0.1:{port}")).collect()
    }

    /// Has every node do something.
    pub fn cli(&self, arguments: &[&str]) {
        for (_, port) in &self.nodes {
            cli(*port, arguments);
        }
    }

    /// A way to each node, by which the nodes name each other from now on.
    pub fn by_proxies(&self) -> Vec<Proxy> {
        let proxies: Vec<_> = self.nodes.iter().map(|(_, port)| Proxy::to(*port)).collect();
        for ((_, port), proxy) in self.nodes.iter().zip(&proxies) {
            let announced = proxy.port().to_string();
            cli(*port, &["config", "set", "cluster-announce-port", &announced]);
        }
        let all_know = || {
            self.nodes.iter().all(|(_, port)| {
                let known = cli(*port, &["cluster", "nodes"]);
                let known = |proxy: &Proxy| known.contains(&format!(":{}@", proxy.port()));
                proxies.iter().all(known)
            })
        };
        while !all_know() {
            thread::sleep(Duration::from_millis(20));
        }
        proxies
    }

    /// Kills one primary.
    pub fn kill_a_primary(&mut self) {
        let primary = self.nodes.iter_mut().find(|(process, port)| {
            process.id().is_some() && cli(*port, &["role"]).starts_with("master")
        });
        primary.unwrap().0.kill();
    }
}

fn server(home: &Path) -> Result<Command, Missing> {
    let mut command = Command::new(program("redis-server", &[])?);
    command
        .args(["--repl-diskless-sync-delay", "0"])
        .args(["--bind", "127.0.0.1", "--daemonize", "no", "--dir"])
        .arg(home);
    Ok(command)
}

fn cli(port: u16, arguments: &[&str]) -> String {
    cli_with(port, None, arguments)
}

/// What `redis-cli` prints; nothing if there is no answer.
pub(crate) fn cli_with(port: u16, password: Option<&str>, arguments: &[&str]) -> String {
    let mut command = Command::new("redis-cli");
    command.args(["-p", &port.to_string()]).args(arguments);
    if let Some(password) = password {
        command.env("REDISCLI_AUTH", password);
    }
    let output = command.output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
