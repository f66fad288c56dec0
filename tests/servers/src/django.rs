use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    Missing,
    process::{Process, free_port, listens, run},
};

/// A Python with Django and what its engines need.
#[derive(Debug, Clone)]
pub struct Python {
    program: PathBuf,
    /// Django's version.
    pub version: String,
}

impl Python {
    /// The interpreter.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Those that `cargo xtask` has installed: named by `HUIHUA_DJANGO`, or in the folder of
    /// installed tools.
    ///
    /// # Errors
    /// If there is none.
    pub fn installed() -> Result<Vec<Self>, Missing> {
        let folders: Vec<PathBuf> = match env::var_os("HUIHUA_DJANGO") {
            Some(folders) => env::split_paths(&folders).collect(),
            None => fs::read_dir(tools()).map_or_else(
                |_| Vec::new(),
                |entries| entries.flatten().map(|entry| entry.path()).collect(),
            ),
        };
        let mut pythons: Vec<_> = folders.iter().filter_map(|folder| at(folder)).collect();
        pythons.sort_by(|one, other| one.version.cmp(&other.version));
        if pythons.is_empty() { Err(Missing("Django")) } else { Ok(pythons) }
    }
}

fn at(folder: &Path) -> Option<Python> {
    if !folder.file_name()?.to_str()?.starts_with("django-") {
        return None;
    }
    let program = folder.join("bin/python");
    let version = Command::new(&program)
        .args(["-c", "import django; print(django.__version__)"])
        .output()
        .ok()?;
    let version = String::from_utf8(version.stdout).ok()?.trim().to_owned();
    (!version.is_empty()).then_some(Python { program, version })
}

fn tools() -> PathBuf {
    let cache = || {
        let home = env::home_dir().unwrap_or_default();
        env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from)
    };
    env::var_os("HUIHUA_TOOLS").map_or_else(|| cache().join("huihua"), PathBuf::from)
}

/// A Django site: the one in `end2end/django/site`.
#[derive(Debug)]
pub struct Django {
    _process: Process,
    port: u16,
    _folder: TempDir,
}

impl Django {
    /// Starts one with these variables in its environment, once its tables are made.
    pub fn start(python: &Python, site: &Path, settings: &[(String, String)]) -> Self {
        run(&mut admin(python, site, settings, &["migrate", "--fake-initial", "-v0"]));
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let command = admin(python, site, settings, &["runserver", "--noreload", &address]);
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::new(command, folder.path().join("log"));
        process.start();
        process.wait_until(|| listens(port));
        Self { _process: process, port, _folder: folder }
    }

    /// `http://` and its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// One of Django's commands.
pub fn admin(
    python: &Python,
    site: &Path,
    settings: &[(String, String)],
    arguments: &[&str],
) -> Command {
    let mut command = Command::new(&python.program);
    command
        .args(["-m", "django"])
        .args(arguments)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("PYTHONPATH", site)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUNBUFFERED", "1")
        .env("DJANGO_SETTINGS_MODULE", "settings")
        .envs(settings.iter().cloned());
    command
}
