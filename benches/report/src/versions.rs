//! What was measured, and with what: each program is asked for its version, and the files that lock
//! packages are read. What is missing is left out.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

/// In `benches/stock`.
const CRATES: [&str; 6] = [
    "tower-sessions",
    "tower-sessions-core",
    "tower-sessions-moka-store",
    "tower-sessions-redis-store",
    "tower-sessions-sqlx-store",
    "sqlx",
];

/// In `benches/peers/express`.
const NPM_PACKAGES: [&str; 6] = [
    "express",
    "express-session",
    "connect-redis",
    "redis",
    "better-sqlite3-session-store",
    "better-sqlite3",
];

/// Each name with its version.
pub(crate) fn facts() -> Vec<(String, String)> {
    let python = python();
    let mut facts = vec![
        ("rustc".to_owned(), asked("rustc", &["--version"])),
        ("Node.js".to_owned(), asked("node", &["--version"])),
        ("Python".to_owned(), asked(&python, &["--version"])),
        ("Django".to_owned(), of_python(&python, "django")),
        ("gunicorn".to_owned(), of_python(&python, "gunicorn")),
    ];
    let express = root().join("benches/peers/express");
    let lock = fs::read_to_string(express.join("package-lock.json")).unwrap_or_default();
    facts.extend(NPM_PACKAGES.map(|name| (name.to_owned(), in_package_lock(&lock, name))));
    let lock = fs::read_to_string(root().join("benches/stock/Cargo.lock")).unwrap_or_default();
    facts.extend(CRATES.map(|name| (format!("{name} (stock)"), in_cargo_lock(&lock, name))));
    facts.extend([
        ("SQLite of Huihua".to_owned(), sqlite_of_huihua()),
        ("SQLite of Django".to_owned(), sqlite_of_python(&python)),
        ("SQLite of Express".to_owned(), sqlite_of_node(&express)),
        ("Redis".to_owned(), asked("redis-server", &["--version"])),
        ("PostgreSQL".to_owned(), postgres()),
        ("wrk".to_owned(), asked("wrk", &["-v"])),
        ("oha".to_owned(), asked("oha", &["--version"])),
    ]);
    facts
        .into_iter()
        .filter_map(|(name, version)| Some((name, version?)))
        .collect()
}

/// The repository, also where it has been moved since this program was compiled.
fn root() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    Path::new(&own).join("../..")
}

/// The one that Django 5.2 was installed for, or else the system's.
fn python() -> PathBuf {
    let folders = env::var_os("HUIHUA_DJANGO").unwrap_or_default();
    let python = env::split_paths(&folders)
        .next()
        .map(|folder| folder.join("bin/python"))
        .filter(|python| python.is_file());
    python.unwrap_or_else(|| PathBuf::from("python3"))
}

fn of_python(python: &Path, package: &str) -> Option<String> {
    let script = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))";
    asked(python, &["-c", script, package])
}

fn sqlite_of_python(python: &Path) -> Option<String> {
    asked(
        python,
        &["-c", "import sqlite3; print(sqlite3.sqlite_version)"],
    )
}

/// SQLite is part of the program, which says so when it looks after its store.
fn sqlite_of_huihua() -> Option<String> {
    let mut doctor = Command::new(root().join("target/release/huihua"));
    doctor
        .arg("doctor")
        .envs([
            ("SESSION_ENGINE", "db"),
            ("DATABASE_URL", "sqlite::memory:"),
        ])
        .env("SECRET_KEY", "only to see which SQLite is in it");
    let said = said(&mut doctor)?;
    let (_, store) = said.split_once("SQLite ")?;
    version_in(store)
}

fn sqlite_of_node(express: &Path) -> Option<String> {
    let script = "const open = require('better-sqlite3'); \
        console.log(open(':memory:').prepare('select sqlite_version()').pluck().get())";
    let mut node = Command::new("node");
    node.args(["-e", script]).current_dir(express);
    version_in(&said(&mut node)?)
}

/// Debian has each version in a folder of its own, which is not on the `PATH`.
fn postgres() -> Option<String> {
    let folders = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    folders
        .flatten()
        .map(|folder| folder.path().join("bin/postgres"))
        .chain([PathBuf::from("postgres")])
        .find_map(|program| asked(program, &["--version"]))
}

fn asked(program: impl AsRef<Path>, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program.as_ref());
    version_in(&said(command.args(arguments))?)
}

/// What it prints. wrk prints its version and fails.
fn said(command: &mut Command) -> Option<String> {
    let command = command.stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok()?;
    String::from_utf8(output.stdout).ok()
}

/// The first number with a point in it, and what belongs to it.
fn version_in(text: &str) -> Option<String> {
    text.split_whitespace().find_map(|word| {
        let start = word.find(|c: char| c.is_ascii_digit())?;
        let ends = |c: char| !c.is_ascii_alphanumeric() && !".-+~".contains(c);
        let version = word[start..].split(ends).next()?;
        version.contains('.').then(|| version.to_owned())
    })
}

fn in_cargo_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

fn in_package_lock(lock: &str, package: &str) -> Option<String> {
    let lock: Value = serde_json::from_str(lock).ok()?;
    let version = &lock["packages"][format!("node_modules/{package}")]["version"];
    version.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_whatever_a_program_says() {
        for (said, version) in [
            ("rustc 1.95.0 (0123abcd5 2026-01-02)", "1.95.0"),
            ("v20.20.0\n", "20.20.0"),
            ("Python 3.11.2", "3.11.2"),
            ("Redis server v=7.0.15 sha=00000000:0 bits=64", "7.0.15"),
            (
                "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)",
                "15.14",
            ),
            (
                "wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012",
                "4.1.0-3+b2",
            ),
            ("oha 1.16.0", "1.16.0"),
        ] {
            assert_eq!(version_in(said).as_deref(), Some(version), "{said}");
        }
        assert_eq!(version_in("Usage: 2 words"), None);
    }

    #[test]
    fn a_program_that_is_missing_has_no_version() {
        assert_eq!(asked("no-such-program", &["--version"]), None);
    }

    #[test]
    fn locked_versions_are_those_under_exactly_that_name() {
        let lock = "[[package]]\nname = \"sqlx-core\"\nversion = \"0.8.5\"\n\n\
            [[package]]\nname = \"sqlx\"\nversion = \"0.8.6\"\n";
        assert_eq!(in_cargo_lock(lock, "sqlx").as_deref(), Some("0.8.6"));
        assert_eq!(in_cargo_lock(lock, "sqlx-mysql"), None);

        let lock = r#"{"packages": {
            "node_modules/express-session": {"version": "1.19.0"},
            "node_modules/express": {"version": "5.3.0"}
        }}"#;
        assert_eq!(in_package_lock(lock, "express").as_deref(), Some("5.3.0"));
        assert_eq!(in_package_lock(lock, "redis"), None);
        assert_eq!(in_package_lock("", "express"), None);
    }
}
