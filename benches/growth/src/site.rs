//! The program that is measured.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use servers::Huihua;
use tempfile::TempDir;

/// What sessions are signed with here.
pub(crate) const SECRET: &str = "the key of the benchmark";

/// A built server and its site.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) huihua: PathBuf,
    pub(crate) site: PathBuf,
}

impl Program {
    /// Makes the table that a running site would make.
    pub(crate) fn migrate(&self, url: &str) {
        let done = Command::new(&self.huihua)
            .arg("migrate")
            .env("DATABASE_URL", url)
            .env("SECRET_KEY", SECRET)
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "migrate failed: {said}");
    }

    /// What the site is told, and `more`.
    pub(crate) fn settings(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let site = self.site.display().to_string();
        let told = [
            ("LEPTOS_SITE_ROOT", site.as_str()),
            ("SECRET_KEY", SECRET),
            ("LOGIN_RATE_LIMIT", "0"),
            ("RUST_LOG", "warn"),
        ];
        told.iter()
            .chain(more)
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }
}

/// A running site.
#[derive(Debug)]
pub(crate) struct Site {
    huihua: Huihua,
    _folder: TempDir,
}

impl Site {
    /// Starts it, with settings beside those that all have.
    pub(crate) fn start(program: &Program, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = program.settings(more);
        Self {
            huihua: Huihua::start(&program.huihua, &settings, folder.path()),
            _folder: folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let url = self.huihua.url();
        let address = url.strip_prefix("http://").unwrap_or(url);
        address.parse().expect("an address")
    }

    /// The memory that the process has at this moment, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let process = self.huihua.id().expect("a process");
        let status = Path::new("/proc").join(process.to_string()).join("status");
        let status = fs::read_to_string(status).expect("Linux's account of the process");
        let kilobytes = status.lines().find_map(|line| {
            let kilobytes = line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?;
            kilobytes.trim().parse::<u64>().ok()
        });
        1024 * kilobytes.expect("VmRSS")
    }
}
