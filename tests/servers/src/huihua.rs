use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    process::{Process, free_port},
    stores::Settings,
};

/// What the site prints before its address.
const ADDRESS: &str = "会话 Huihua: ";
const METRICS: &str = "for Prometheus: ";

/// A folder with a built site, as far as the server looks at it.
pub fn folder_with_site() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pkg = folder.path().join("site/pkg");
    fs::create_dir_all(&pkg).unwrap();
    for kind in ["js", "wasm", "css"] {
        let text = format!("/* {} */", kind.repeat(1000));
        fs::write(pkg.join(format!("huihua.{kind}")), text).unwrap();
    }
    folder
}

/// Our own site, as a process that can be killed and started again at the same address.
#[derive(Debug)]
pub struct Huihua {
    process: Process,
    log: PathBuf,
    url: String,
    /// How often it was started.
    starts: usize,
}

impl Huihua {
    /// Starts `program` with `settings` alone; it runs in `folder`, where its log is too.
    pub fn start(program: &Path, settings: &Settings, folder: &Path) -> Self {
        Self::started_by(Command::new(program), settings, folder)
    }

    /// The same, where `command` is more than the program itself.
    pub fn started_by(mut command: Command, settings: &Settings, folder: &Path) -> Self {
        let port = free_port();
        let log = folder.join("huihua.log");
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(settings.iter().cloned())
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"));
        let mut huihua = Self {
            process: Process::new(command, log.clone()),
            log,
            url: format!("http://127.0.0.1:{port}"),
            starts: 0,
        };
        huihua.start_again();
        huihua
    }

    /// `http://` and its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where Prometheus asks, if it was told `METRICS_ADDR`.
    pub fn metrics_url(&self) -> Option<String> {
        let said = self.said();
        let (_, rest) = said.rsplit_once(METRICS)?;
        Some(rest.lines().next()?.to_owned())
    }

    /// All that it has printed and logged so far.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The id of the process.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Tells it to stop, and waits until it has. Answers whether it ended in order.
    pub fn stop(&mut self) -> bool {
        self.process.stop()
    }

    /// Whether somebody else has stopped it.
    pub fn has_ended(&mut self) -> bool {
        self.process.has_ended()
    }

    /// Starts it again after it has ended, at the same address.
    pub fn start_again(&mut self) {
        self.process.start();
        self.starts += 1;
        let (log, starts) = (self.log.clone(), self.starts);
        self.process.wait_until(|| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            said.matches(ADDRESS).count() == starts
        });
    }
}
