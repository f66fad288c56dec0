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
/// Bytes of sessions in the server's memory: more than any run fills, so that nobody is thrown out.
pub(crate) const ROOM: (&str, &str) = ("SESSION_CACHE_MAX_BYTES", "8589934592");

/// A built server and its site.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) huihua: PathBuf,
    site: PathBuf,
}

impl Program {
    pub(crate) fn built() -> Result<Self> {
        let built = |path| fs::canonicalize(path).with_context(|| format!("{path} isn't built"));
        Ok(Self { huihua: built("target/release/huihua")?, site: built("target/site")? })
    }

    /// The settings of every site, and `more`.
    pub(crate) fn settings(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let site = self.site.display().to_string();
        let told = [
            ("LEPTOS_SITE_ROOT", site.as_str()),
            ("SECRET_KEY", SECRET),
            ("LOGIN_RATE_LIMIT", "0"),
            ("RUST_LOG", "warn"),
        ];
        let told = told.iter().chain(more);
        told.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }
}

/// A running site.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) huihua: Huihua,
    _folder: TempDir,
}

impl Site {
    /// Starts it, with settings beside those that all have.
    pub(crate) fn start(program: &Program, more: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let settings = program.settings(more);
        Ok(Self {
            huihua: Huihua::start(&program.huihua, &settings, folder.path()),
            _folder: folder,
        })
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
