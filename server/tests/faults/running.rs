//! The program under test, and what its log may say.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use servers::{Huihua, stores::Settings};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use visitors::{Crowd, Tally};

const SECRET: &str = "a secret for visitors";
/// So long something takes only if it never comes.
const TOO_LONG: Duration = Duration::from_secs(60);

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_huihua"))
}

/// The settings of a site in `folder`, which keeps what it keeps in files in `data`.
pub(crate) fn settings(folder: &TempDir, data: &Path, more: &[(&str, &str)]) -> Settings {
    let path = |path: PathBuf| path.display().to_string();
    let ours = [
        ("LEPTOS_SITE_ROOT", path(folder.path().join("site"))),
        ("DATABASE_URL", format!("sqlite:{}", path(data.join("test.sqlite3")))),
        ("SESSION_FILE_PATH", path(data.join("sessions"))),
        ("SECRET_KEY", SECRET.to_owned()),
        ("LOGIN_RATE_LIMIT", "0".to_owned()),
    ];
    let more = more.iter().map(|(name, text)| (*name, (*text).to_owned()));
    ours.into_iter().chain(more).map(|(name, text)| (name.to_owned(), text)).collect()
}

pub(crate) fn block_on(future: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(future);
}

/// Waits for it.
pub(crate) async fn until(what: &str, tally: &Tally, is_so: impl Fn(&Tally) -> bool) {
    let waiting = async {
        while !is_so(tally) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let came = timeout(TOO_LONG, waiting).await;
    assert!(came.is_ok(), "{what} never came: {tally:?}");
}

/// Nobody has seen what they mustn't.
pub(crate) fn nothing_was_wrong(crowd: &Crowd) {
    let tally = crowd.tally();
    assert_eq!(tally.violations(), 0, "{:#?}", tally.words());
}

/// The log is readable, says each thing once a second at most, and holds no secret.
pub(crate) fn log_is_fit_to_read(site: &Huihua, crowd: &Crowd, says: &str) {
    let said = site.said();
    assert!(says.is_empty() || said.contains(says), "no {says} in {said}");
    let mut written = HashMap::<&str, f64>::new();
    for line in said.lines().filter(|line| line.contains(" ERROR ")) {
        let (time, rest) = line.trim_start().split_once(' ').unwrap();
        let words = rest.rsplit_once(": ").map_or(rest, |(words, _)| words);
        let source = words.split(" error=").next().unwrap_or(words);
        let seconds = seconds(time);
        if let Some(before) = written.insert(source, seconds) {
            let between = (seconds - before).rem_euclid(86_400.0);
            assert!(between > 0.9, "twice in {between} s: {line}");
        }
    }
    let secrets = crowd.secrets();
    for secret in secrets.iter().map(String::as_str).chain([SECRET, "p@ss", "p%40ss"]) {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}

/// Of the day, in a line's `2026-11-25T07:30:12.123456Z`.
fn seconds(time: &str) -> f64 {
    let (_, clock) = time.split_once('T').unwrap();
    let mut parts = clock.trim_end_matches('Z').split(':');
    let mut part = || parts.next().unwrap().parse::<f64>().unwrap();
    part() * 3600.0 + part() * 60.0 + part()
}
