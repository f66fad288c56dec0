//! The machine that was measured on, and the versions of all programs and packages. What is missing
//! is left out.

use std::process::Command;

use sysinfo::System;

use crate::section::Section;

pub(super) fn machine() -> Section {
    let system = System::new_all();
    let memory = system.total_memory() as f64 / (1024.0 * 1024.0 * 1024.0);
    section([
        (
            "Processor",
            system.cpus().first().map(|cpu| cpu.brand().to_owned()),
        ),
        ("Cores", Some(system.cpus().len().to_string())),
        ("Memory", Some(format!("{memory:.1} GiB"))),
        ("Kernel", System::kernel_version()),
        ("System", System::long_os_version()),
    ])
}

pub(super) fn versions() -> Section {
    let python =
        |printed: &str| format!(r#""${{HUIHUA_DJANGO%%:*}}/bin/python" -c "print({printed})""#);
    let of_python = |name| {
        python(&format!(
            "__import__('importlib.metadata').metadata.version('{name}')"
        ))
    };
    let of_npm = |name| {
        format!(
            "node -p \"require('./benches/peers/express/node_modules/{name}/package').version\""
        )
    };
    let of_stock = |name| format!("grep -A1 -x 'name = \"{name}\"' benches/stock/Cargo.lock");
    let of_huihua = "SESSION_ENGINE=db DATABASE_URL=sqlite::memory: SECRET_KEY='only to see its SQLite' \
                     target/release/huihua doctor | grep -o 'SQLite [0-9.]*'";
    let of_express = "cd benches/peers/express && node -p \"require('better-sqlite3')(':memory:')\
                      .prepare('select sqlite_version()').pluck().get()\"";
    let of_postgres = "$(ls /usr/lib/postgresql/*/bin/postgres | tail -1) --version";
    let versions = [
        ("rustc", "rustc --version".to_owned()),
        ("Node.js", "node --version".to_owned()),
        ("Python", python("__import__('platform').python_version()")),
        ("Django", of_python("django")),
        ("gunicorn", of_python("gunicorn")),
        ("express", of_npm("express")),
        ("express-session", of_npm("express-session")),
        ("connect-redis", of_npm("connect-redis")),
        ("redis", of_npm("redis")),
        (
            "better-sqlite3-session-store",
            of_npm("better-sqlite3-session-store"),
        ),
        ("better-sqlite3", of_npm("better-sqlite3")),
        ("tower-sessions (stock)", of_stock("tower-sessions")),
        (
            "tower-sessions-core (stock)",
            of_stock("tower-sessions-core"),
        ),
        (
            "tower-sessions-moka-store (stock)",
            of_stock("tower-sessions-moka-store"),
        ),
        (
            "tower-sessions-redis-store (stock)",
            of_stock("tower-sessions-redis-store"),
        ),
        (
            "tower-sessions-sqlx-store (stock)",
            of_stock("tower-sessions-sqlx-store"),
        ),
        ("sqlx (stock)", of_stock("sqlx")),
        ("SQLite of Huihua", of_huihua.to_owned()),
        (
            "SQLite of Django",
            python("__import__('sqlite3').sqlite_version"),
        ),
        ("SQLite of Express", of_express.to_owned()),
        ("Redis", "redis-server --version".to_owned()),
        ("PostgreSQL", of_postgres.to_owned()),
        ("wrk", "wrk -v".to_owned()),
        ("oha", "oha --version".to_owned()),
    ];
    section(versions.map(|(name, command)| (name, version_said_by(&command))))
}

fn section<const N: usize>(facts: [(&str, Option<String>); N]) -> Section {
    let known = facts
        .into_iter()
        .filter_map(|(name, fact)| Some([name.to_owned(), fact?]));
    let mut section = Section::default();
    section.table("", ["", ""], known.collect());
    section
}

/// What a shell's command prints. wrk prints its version and fails.
fn version_said_by(command: &str) -> Option<String> {
    let output = Command::new("sh").args(["-c", command]).output().ok()?;
    version_in(&String::from_utf8_lossy(&output.stdout))
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

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_version_is_found_in_whatever_a_program_says() {
        let said = [
            "rustc 1.95.0 (0123abcd5 2026-01-02)",
            "v20.20.0\n",
            "Redis server v=7.0.15 sha=00000000:0 bits=64",
            "name = \"sqlx\"\nversion = \"0.8.6\"\n",
            "wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012",
        ];
        let versions = ["1.95.0", "20.20.0", "7.0.15", "0.8.6", "4.1.0-3+b2"];
        assert_eq!(
            said.map(version_in),
            versions.map(|version| Some(version.to_owned()))
        );
        assert_eq!(version_in("Usage: 2 words"), None);
    }
}
