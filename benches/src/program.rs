//! The program that is measured: the built server, with the built site.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context, Result};
use huihua::{
    Clock, SecretKeys,
    signing::{SERVER_SIDE_SALT, Signer},
};
use servers::Huihua;
use tempfile::TempDir;

/// The secret key of every site here.
pub(crate) const SECRET: &str = "the key of the benchmark";
/// Connections at a time, each of which sends the next request with the last answer.
pub(crate) const CONNECTIONS: usize = 16;
/// Bytes of sessions in the server's memory: more than any run fills, so that nobody is thrown out.
pub(crate) const ROOM: (&str, &str) = ("SESSION_CACHE_MAX_BYTES", "8589934592");

/// The built server.
pub(crate) fn huihua() -> Result<PathBuf> {
    built("target/release/huihua")
}

/// The settings of every site, and `more`.
pub(crate) fn settings(more: &[(&str, &str)]) -> Result<Vec<(String, String)>> {
    let site = built("target/site")?.display().to_string();
    let told = [
        ("LEPTOS_SITE_ROOT", site.as_str()),
        ("SECRET_KEY", SECRET),
        ("LOGIN_RATE_LIMIT", "0"),
        ("RUST_LOG", "warn"),
    ];
    let told = told.iter().chain(more);
    Ok(told.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

fn built(path: &str) -> Result<PathBuf> {
    fs::canonicalize(path).with_context(|| format!("{path} isn't built"))
}

/// A running site.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) huihua: Huihua,
    _folder: TempDir,
}

impl Site {
    /// Starts it, with settings beside those that all have.
    pub(crate) fn start(more: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let huihua = Huihua::start(&huihua()?, &settings(more)?, folder.path());
        Ok(Self { huihua, _folder: folder })
    }

    /// The memory that the process has at this moment, in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(self.process()?.join("status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|line| line.split_whitespace().next());
        Ok(1024 * kilobytes.context("no VmRSS")?.parse::<u64>()?)
    }

    /// The number of files and connections that the process has open.
    pub(crate) fn open_files(&self) -> Result<usize> {
        Ok(fs::read_dir(self.process()?.join("fd"))?.count())
    }

    fn process(&self) -> Result<PathBuf> {
        let id = self.huihua.id().context("the site has ended")?;
        Ok(Path::new("/proc").join(id.to_string()))
    }
}

/// A session of this JSON, signed as the site does it.
pub(crate) fn payload(json: &str) -> String {
    let keys = SecretKeys::allow_short(SECRET).expect("a key");
    Signer::new(&keys, SERVER_SIDE_SALT).sign(json, Clock::system().now())
}

/// The number of processors.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
