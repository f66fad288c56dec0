use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::process;

/// One thing that has to be there.
pub(crate) struct Tool {
    /// With its version.
    pub(super) name: String,
    /// The way to use it, if it is there and works.
    pub(super) find: Box<dyn Fn() -> Result<Option<Found>>>,
    pub(super) installer: Command,
    /// The folder that gets its name once everything is in it: there is no half of a tool. What was
    /// begun and broken off goes on where it stopped.
    pub(super) folder: Option<PathBuf>,
    /// Advice if it does not work.
    pub(super) by_hand: &'static str,
}

/// The way to use a tool.
pub(super) enum Found {
    /// As it is: whoever needs it finds it.
    InPlace,
    /// With this folder on the `PATH`.
    InFolder(PathBuf),
    /// With this variable in the environment.
    Through(&'static str, OsString),
}

impl Tool {
    /// One without a folder of its own.
    pub(super) fn new(
        name: impl Into<String>,
        find: impl Fn() -> Result<Option<Found>> + 'static,
        installer: Command,
        by_hand: &'static str,
    ) -> Self {
        Self { name: name.into(), find: Box::new(find), installer, folder: None, by_hand }
    }

    /// Gives the folder its name.
    pub(super) fn finish(&self) -> Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let unfinished = unfinished(folder);
        for gone in [&unfinished.join("target"), folder] {
            if gone.exists() {
                fs::remove_dir_all(gone)?;
            }
        }
        fs::rename(&unfinished, folder).with_context(|| folder.display().to_string())
    }
}

/// The path of a folder until everything is in it.
pub(super) fn unfinished(folder: &Path) -> PathBuf {
    folder.with_added_extension("unfinished")
}

/// The folder of installed tools: `$HUIHUA_TOOLS`, or one in the user's cache.
pub(super) fn home() -> Result<PathBuf> {
    if let Some(tools) = env::var_os("HUIHUA_TOOLS").filter(|tools| !tools.is_empty()) {
        return std::path::absolute(&tools).context("HUIHUA_TOOLS is not a path");
    }
    let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let in_home = match cfg!(target_os = "macos") {
        true => "Library/Caches",
        false => ".cache",
    };
    let cache =
        xdg.filter(|path| path.is_absolute()).or_else(|| Some(env::home_dir()?.join(in_home)));
    let cache = cache.context("no home folder: set HUIHUA_TOOLS to one for the tools")?;
    Ok(cache.join("huihua"))
}

/// The program called `name` on the `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// The output of `program --version`, if it runs.
pub(super) fn version_of(program: &Path) -> Option<String> {
    process::printed(Command::new(program).arg("--version"))
}

/// A command that installs Debian's packages.
pub(super) fn apt(packages: &str) -> Command {
    let mut apt = Command::new("sh");
    let script = format!("apt-get update && apt-get install -y --no-install-recommends {packages}");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-c", &script]);
    apt
}

pub(super) fn is_root() -> bool {
    process::printed(Command::new("id").arg("-u")).as_deref() == Some("0")
}
