//! The program that is measured: the built server, with the built site.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result};
use servers::Huihua;
use tempfile::TempDir;

/// What sessions are signed with here.
pub const SECRET: &str = "the key of the benchmark";
/// Bytes of sessions in the server's memory: more than any run fills, so that nobody is thrown out.
pub const ROOM: &str = "8589934592";

/// A built server and its site.
#[derive(Debug)]
pub struct Program {
    pub huihua: PathBuf,
    site: PathBuf,
}

impl Program {
    /// # Errors
    /// When it isn't built.
    pub fn built() -> Result<Self> {
        let built = |path| fs::canonicalize(path).with_context(|| format!("{path} isn't built"));
        Ok(Self {
            huihua: built("target/release/huihua")?,
            site: built("target/site")?,
        })
    }

    /// What the site is told, and `more`.
    pub fn settings(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let site = self.site.display().to_string();
        let told = [
            ("LEPTOS_SITE_ROOT", site.as_str()),
            ("SECRET_KEY", SECRET),
            ("LOGIN_RATE_LIMIT", "0"),
            ("SESSION_CACHE_MAX_BYTES", ROOM),
            ("RUST_LOG", "warn"),
        ];
        let told = told.iter().chain(more);
        told.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    /// Makes the table that a running site would make.
    ///
    /// # Errors
    /// When it can't be run; a failing migration panics.
    pub fn migrate(&self, url: &str) -> Result<()> {
        let mut migrate = Command::new(&self.huihua);
        migrate
            .arg("migrate")
            .envs(self.settings(&[("DATABASE_URL", url)]));
        let done = migrate.output()?;
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(())
    }
}

/// A running site.
#[derive(Debug)]
pub struct Site {
    pub huihua: Huihua,
    _folder: TempDir,
}

impl Site {
    /// Starts it, with settings beside those that all have.
    ///
    /// # Errors
    /// When no folder can be made.
    pub fn start(program: &Program, more: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let settings = program.settings(more);
        Ok(Self {
            huihua: Huihua::start(&program.huihua, &settings, folder.path()),
            _folder: folder,
        })
    }

    /// The memory that the process has at this moment, in bytes.
    ///
    /// # Errors
    /// When Linux doesn't say.
    pub fn memory(&self) -> Result<u64> {
        let id = self.huihua.id().context("the site has ended")?;
        let status = fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|line| line.split_whitespace().next());
        Ok(1024 * kilobytes.context("no VmRSS")?.parse::<u64>()?)
    }
}

/// How many processors there are.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
