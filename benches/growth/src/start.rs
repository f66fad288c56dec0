//! How long the server takes from its start to its first answer.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use measure::Timings;

use crate::{running::Running, scale::Scale, site::Program};

/// How often it is asked whether it is there.
const EVERY: Duration = Duration::from_micros(200);
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts it again and again, each time until it has answered with `path`.
pub(crate) fn measure(program: &Program, database: &str, path: &str, scale: &Scale) -> Timings {
    let once = |_| {
        let mut timings = Timings::default();
        timings.push(first_answer(program, database, path));
        timings
    };
    Timings::join((0..scale.starts).map(once))
}

fn first_answer(program: &Program, database: &str, path: &str) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let address = free_address();
    let text = address.to_string();
    let settings = [("DATABASE_URL", database), ("LEPTOS_SITE_ADDR", &text)];
    let mut command = Command::new(&program.huihua);
    command
        .current_dir(folder.path())
        .env_clear()
        .envs(program.settings(&settings))
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    let start = Instant::now();
    let _running = Running(command.spawn().expect("the program"));
    loop {
        if answers(address, path).unwrap_or_default() {
            return start.elapsed();
        }
        assert!(start.elapsed() < PATIENCE, "{path} isn't answered");
        thread::sleep(EVERY);
    }
}

/// Whether `path` is answered, wholly, with 200.
fn answers(address: SocketAddr, path: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200 "))
}

/// An address that was free a moment ago.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}
