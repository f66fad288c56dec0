use std::{
    env,
    fs::{self, File},
    net::{TcpListener, TcpStream},
    ops::Range,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::Missing;

const PATIENCE: Duration = Duration::from_secs(60);
const PORTS: Range<u16> = 10_000..32_000;

/// A server process that can be killed and started again.
#[derive(Debug)]
pub(crate) struct Process {
    command: Command,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// What the server says goes to the end of the file `log`.
    pub(crate) fn new(command: Command, log: PathBuf) -> Self {
        Self { command, log, child: None }
    }

    pub(crate) fn start(&mut self) {
        let mut log = fs::OpenOptions::new();
        let log = log.create(true).append(true).open(&self.log).unwrap();
        let child =
            self.command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{:?}: {error}", self.command)));
    }

    /// Starts it with more arguments, now and from now on.
    pub(crate) fn start_with<'a>(&mut self, arguments: impl Iterator<Item = &'a str>) {
        self.command.args(arguments);
        self.start();
    }

    /// SIGKILL, as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, and waits for the end. Answers whether that was an orderly one.
    pub(crate) fn stop(&mut self) -> bool {
        self.signal("-TERM");
        let ended = self.child.take().map(|mut child| child.wait());
        matches!(ended, Some(Ok(status)) if status.success())
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut();
        child.is_none_or(|child| child.try_wait().is_ok_and(|ended| ended.is_some()))
    }

    /// Stops it where it is: its connections stay open, and it answers nobody.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on after [`Process::freeze`].
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        if let Some(id) = self.id() {
            assert!(send_signal(signal, &[id]), "{signal} did not reach {id}");
        }
    }

    /// Waits until `answers` does.
    pub(crate) fn wait_until(&mut self, answers: impl Fn() -> bool) {
        let start = Instant::now();
        while !answers() {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok()?);
            if ended.is_some() || start.elapsed() > PATIENCE {
                let said = fs::read_to_string(&self.log).unwrap_or_default();
                panic!("{:?} doesn't answer ({ended:?}): {said}", self.command);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that is free, and that no other call answers while this process lives, in this process or
/// another. It is below those that Linux gives to clients, so that no connection can take it before
/// the server does.
pub fn free_port() -> u16 {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    loop {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        assert!(call < 100_000, "no port is free");
        // Test programs that run side by side begin at different places.
        let place = std::process::id().wrapping_mul(101).wrapping_add(call);
        let port = PORTS.start + (place % PORTS.len() as u32) as u16;
        // The lock goes with the process. Another user's can't be opened, and is as good as taken.
        let lock = env::temp_dir().join(format!("huihua-test-port-{port}"));
        let Ok(lock) = File::create(lock) else {
            continue;
        };
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            TAKEN.lock().unwrap().push(lock);
            return port;
        }
    }
}

pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// The program called `name`: on the `PATH`, where Debian puts servers, or in `others`.
pub(crate) fn program(name: &'static str, others: &[PathBuf]) -> Result<PathBuf, Missing> {
    let path = env::var_os("PATH").unwrap_or_default();
    others
        .iter()
        .cloned()
        .chain(env::split_paths(&path))
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder: PathBuf| folder.join(name))
        .find(|program| program.is_file())
        .ok_or(Missing(name))
}

pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

/// Sends a signal to processes, by a shell: not every system has a program for it. Answers whether
/// each of them has it.
pub fn send_signal(signal: &str, ids: &[u32]) -> bool {
    let mut kill = Command::new("sh");
    kill.args(["-c", "kill \"$@\"", "sh", signal]);
    kill.args(ids.iter().map(u32::to_string));
    kill.output().unwrap().status.success()
}

/// Who was started by a process and still runs, as Linux says.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    ids.filter(|id| {
        let status = fs::read_to_string(format!("/proc/{id}/status"));
        let line = format!("\nPPid:\t{parent}\n");
        status.is_ok_and(|status| status.contains(&line))
    })
    .collect()
}

/// A folder for a server, with a path as servers like it: no blank, on which their scripts and
/// settings break, and room for the name of a socket, which is 107 bytes long at most.
pub(crate) fn folder() -> TempDir {
    let usual = env::temp_dir();
    let is_plain = |path: &str| path.len() <= 60 && !path.contains(|c: char| " %#?".contains(c));
    let at = match usual.to_str() {
        Some(path) if is_plain(path) => usual,
        _ => "/tmp".into(),
    };
    tempfile::tempdir_in(at).unwrap()
}

/// A program that refuses to run as root, run by `user` then. It takes the place of what is started, which
/// would otherwise be killed and leave it behind.
pub(crate) fn as_user(user: &str, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--init-groups", "--"]);
    command.arg(program);
    command.current_dir("/");
    command
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        panic!("{command:?}: {}\n{said}{errors}", output.status);
    }
    said
}

/// A folder that `owner` may use, when root runs the tests.
pub(crate) fn hand_over(folder: &Path, owner: &str) {
    if is_root() {
        run(Command::new("chown").arg("-R").arg(owner).arg(folder));
    }
}
