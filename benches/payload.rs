//! What it takes to turn a session into its payload and back, beside Django's own
//! `SessionStore.encode` and `decode` on the same data, one after the other in one run.
//!
//! ```sh
//! cargo bench --bench payload
//! ```

use std::{
    collections::HashMap,
    hint::black_box,
    io::Write as _,
    process::{Command, Stdio},
    time::Instant,
};

use huihua::{
    Clock, SecretKeys,
    signing::{SERVER_SIDE_SALT, Signer},
};
use measure::Timings;
use serde_json::{Value, json};
use servers::Python;

const SECRET_KEY: &str = "the key of the benchmark";
const ROUNDS: usize = 5000;
const DJANGO: &str = include_str!("payload.py");

fn main() {
    let sessions = [
        ("the manual's", json!({ "uname": "小明" })),
        (
            "a user's",
            json!({
                "_auth_user_id": "12345",
                "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
                "_auth_user_hash": "67b8a2db9a11f20a0a7107b74c79f0f7cf7c6da789d5741f6b65b93c65a418f6",
                "_language": "zh-hans",
                "cart": [{"id": 12, "n": 2, "price": 9.5}, {"id": 7, "n": 1, "price": 120.0}],
                "last_seen": "2026-11-24T12:00:00+00:00",
            }),
        ),
        (
            "a large one",
            json!({ "list": (0..1000).collect::<Vec<_>>(), "text": "会话 ".repeat(500) }),
        ),
    ];
    println!("| session | who | bytes | encode, median / p99 µs | decode, median / p99 µs |");
    println!("|---|---|---|---|---|");
    for (name, session) in &sessions {
        ours(name, session);
        match Python::installed() {
            Ok(pythons) => pythons
                .iter()
                .for_each(|python| django(python, name, session)),
            Err(missing) => eprintln!("{missing}: run cargo xtask setup"),
        }
    }
}

fn ours(name: &str, session: &Value) {
    let signer = Signer::new(
        &SecretKeys::allow_short(SECRET_KEY).expect("a key"),
        SERVER_SIDE_SALT,
    );
    let values = session.as_object().expect("an object").clone();
    let values: HashMap<_, _> = values.into_iter().collect();
    let now = Clock::system().now();
    let payload = signer.encode(&values, now);
    let encode = timed(|| drop(black_box(signer.encode(black_box(&values), now))));
    let decode = timed(|| drop(black_box(signer.decode(black_box(&payload)))));
    println!(
        "| {name} | Huihua | {} | {encode} | {decode} |",
        payload.len()
    );
}

fn timed(mut work: impl FnMut()) -> String {
    let mut timings = Timings::default();
    for round in 0..2 * ROUNDS {
        let start = Instant::now();
        work();
        // The first half warms up.
        if round >= ROUNDS {
            timings.push(start.elapsed());
        }
    }
    let timings = Timings::join([timings]);
    format!("{:.1} / {:.1}", timings.micros(0.5), timings.micros(0.99))
}

fn django(python: &Python, name: &str, session: &Value) {
    let mut child = Command::new(python.program())
        .args(["-c", DJANGO, SECRET_KEY, &ROUNDS.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python");
    let mut input = child.stdin.take().expect("its input");
    write!(input, "{session}").expect("its input");
    drop(input);
    let output = child.wait_with_output().expect("its output");
    let line = String::from_utf8(output.stdout).expect("text");
    println!("| {name} | Django {} | {}", python.version, line.trim());
}
