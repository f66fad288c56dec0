use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    ops::Range,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

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
        Self {
            command,
            log,
            child: None,
        }
    }

    pub(crate) fn start(&mut self) {
        let mut log = fs::OpenOptions::new();
        let log = log.create(true).append(true).open(&self.log).unwrap();
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{:?}: {error}", self.command)));
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
            run(Command::new("kill").args([signal, &id.to_string()]));
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

/// A port that was free a moment ago, and that no other call in this process answers. It is below
/// those that Linux gives to clients, so that no connection can take it before the server does.
pub fn free_port() -> u16 {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    loop {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        // Test programs that run side by side begin at different places.
        let place = std::process::id().wrapping_mul(101).wrapping_add(call);
        let port = PORTS.start + (place % PORTS.len() as u32) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
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

/// A program that refuses to run as root, run by `user` then.
pub(crate) fn as_user(user: &str, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--"]).arg(program);
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
