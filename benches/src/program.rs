//! The program that is measured: the built server, with the built site.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result, ensure};
use servers::Huihua;
use tempfile::TempDir;

/// What sessions are signed with here.
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
        Ok(Self {
            huihua: built("target/release/huihua")?,
            site: built("target/site")?,
        })
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
        let told = told.iter().chain(more);
        told.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    /// Makes the table that a running site would make.
    pub(crate) fn migrate(&self, url: &str) -> Result<()> {
        let settings = self.settings(&[("DATABASE_URL", url)]);
        let status = Command::new(&self.huihua)
            .arg("migrate")
            .envs(settings)
            .status()?;
        ensure!(status.success(), "no table can be made");
        Ok(())
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
        let id = self.huihua.id().context("the site has ended")?;
        let status = fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|line| line.split_whitespace().next());
        Ok(1024 * kilobytes.context("no VmRSS")?.parse::<u64>()?)
    }
}

/// How many processors there are.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
