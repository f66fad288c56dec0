//! What has to be there before anything can be built or tested, and how it gets there.
//!
//! Every tool is pinned to a version, looked for first in the folder of installed tools and on
//! the `PATH`, and installed once for the user where it is missing. With
//! `HUIHUA_NO_INSTALL=1` nothing is installed: the missing tools are listed with the command
//! for each.

mod browser;
mod cached;
mod debian;
mod django;
mod packages;
mod servers;
mod wasm_target;

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{elapsed, process, repo};

/// One thing that has to be there.
trait Tool {
    /// Its name and version.
    fn name(&self) -> String;

    /// How to use it, if it is there and works.
    fn find(&self) -> Result<Option<Found>>;

    /// The command that installs it.
    fn installer(&self) -> Command;

    /// Installs it; what the command says goes to the file `log`.
    fn install(&self, log: &Path) -> Result<()> {
        process::run_silently(&mut self.installer(), log)
    }

    /// How long that takes.
    fn takes(&self) -> &'static str;

    /// What the reader can do if it does not work.
    fn by_hand(&self) -> &'static str;
}

/// How to use a tool.
enum Found {
    /// As it is: whoever needs it finds it.
    InPlace,
    /// With this folder on the `PATH`.
    InFolder(PathBuf),
    /// With this variable in the environment.
    Through(&'static str, OsString),
}

/// The tools that are there, and the environment in which they work together.
#[derive(Default)]
pub(crate) struct Toolbox {
    folders: Vec<PathBuf>,
    variables: Vec<(&'static str, OsString)>,
}

impl Toolbox {
    /// What building the site takes.
    pub(crate) fn for_build() -> Result<Self> {
        Self::gather(&build_tools()?)
    }

    /// What testing it takes, too.
    pub(crate) fn for_tests() -> Result<Self> {
        let mut tools = build_tools()?;
        tools.extend(rust_test_tools()?);
        tools.extend(dependency_tools()?);
        tools.push(Box::new(debian::VALGRIND));
        tools.extend(browser_tools());
        Self::gather(&tools)
    }

    /// What measuring it takes.
    pub(crate) fn for_bench() -> Result<Self> {
        let mut tools = build_tools()?;
        tools.extend(rust_test_tools()?);
        tools.extend(browser_tools());
        tools.push(Box::new(packages::Packages::new(
            repo::express(),
            "the site on Express",
        )));
        tools.push(Box::new(debian::VALGRIND));
        tools.push(Box::new(debian::WRK));
        tools.push(Box::new(cached::oha(&home()?)));
        tools.push(Box::new(cached::lighthouse(&home()?)));
        Self::gather(&tools)
    }

    /// What building it and running several of it takes.
    pub(crate) fn for_cluster() -> Result<Self> {
        let mut tools = build_tools()?;
        tools.push(Box::new(servers::Servers));
        Self::gather(&tools)
    }

    /// What the Rust tests take.
    pub(crate) fn for_rust_tests() -> Result<Self> {
        Self::gather(&rust_test_tools()?)
    }

    /// What counting instructions takes.
    pub(crate) fn for_counts() -> Result<Self> {
        Self::gather(&[Box::new(debian::VALGRIND) as Box<dyn Tool>])
    }

    /// What checking the dependencies takes.
    pub(crate) fn for_dependencies() -> Result<Self> {
        Self::gather(&dependency_tools()?)
    }

    /// A command that finds every tool.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = self.folders.iter().cloned().chain(env::split_paths(&path));
        // Only a folder with a colon in its name cannot be joined.
        if let Ok(path) = env::join_paths(folders) {
            command.env("PATH", path);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn gather(tools: &[Box<dyn Tool>]) -> Result<Self> {
        let may_install = env::var_os("HUIHUA_NO_INSTALL").is_none_or(|no| no.is_empty());
        let mut toolbox = Self::default();
        let mut missing = Vec::new();
        for tool in tools {
            print!("{} … ", tool.name());
            io::stdout().flush()?;
            match tool.find()? {
                Some(found) => {
                    println!("there");
                    toolbox.add(found);
                }
                None if may_install => toolbox.add(install(tool.as_ref())?),
                None => {
                    println!("missing");
                    let command = process::shown(&tool.installer());
                    missing.push(format!("\n  {}:\n    {command}", tool.name()));
                }
            }
        }
        if !missing.is_empty() {
            bail!(
                "HUIHUA_NO_INSTALL is set, so nothing is installed. Missing, and how to get it:{}",
                missing.concat()
            );
        }
        Ok(toolbox)
    }

    fn add(&mut self, found: Found) {
        match found {
            Found::InPlace => {}
            Found::InFolder(folder) => self.folders.push(folder),
            Found::Through(name, value) => self.variables.push((name, value)),
        }
    }
}

fn rust_test_tools() -> Result<Vec<Box<dyn Tool>>> {
    Ok(vec![
        Box::new(servers::Servers),
        Box::new(django::Django::new(home()?)),
    ])
}

fn dependency_tools() -> Result<Vec<Box<dyn Tool>>> {
    Ok(vec![Box::new(cached::cargo_deny(&home()?))])
}

fn browser_tools() -> Vec<Box<dyn Tool>> {
    vec![
        Box::new(packages::Packages::new(
            repo::end2end(),
            "the browser tests",
        )),
        Box::new(browser::Chromium::new(repo::end2end())),
    ]
}

fn build_tools() -> Result<Vec<Box<dyn Tool>>> {
    let home = home()?;
    let lock = repo::root().join("Cargo.lock");
    let lock = fs::read_to_string(&lock).with_context(|| format!("no {}", lock.display()))?;
    let wasm_bindgen = locked_version(&lock, "wasm-bindgen")
        .context("Cargo.lock names no version of wasm-bindgen")?;
    Ok(vec![
        Box::new(wasm_target::WasmTarget),
        Box::new(cached::cargo_leptos(&home)),
        Box::new(cached::wasm_bindgen(&home, wasm_bindgen)),
        Box::new(cached::wasm_opt(&home)),
    ])
}

/// Installs `tool` and finds it.
fn install(tool: &dyn Tool) -> Result<Found> {
    let start = Instant::now();
    let home = home()?;
    fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
    print!("installing ({}, once) … ", tool.takes());
    io::stdout().flush()?;

    // Two installers of the same tool would write into the same folder: the second one waits,
    // and finds what the first one has installed. The lock goes with the file.
    let lock = File::create(home.join("lock"))?;
    lock.lock()?;
    if let Some(found) = tool.find()? {
        println!("there");
        return Ok(found);
    }

    let log = home.join(format!("{}.log", tool.name().replace([' ', '/'], "-")));
    let found = tool.install(&log).and_then(|()| {
        tool.find()?
            .ok_or_else(|| anyhow!("it was installed, but does not work"))
    });
    match found {
        Ok(found) => {
            println!("done in {}", elapsed::since(start));
            Ok(found)
        }
        Err(error) => {
            println!("failed");
            bail!(
                "{} could not be installed\n  tried: {}\n  result: {error:#}\n  by hand: {}",
                tool.name(),
                process::shown(&tool.installer()),
                tool.by_hand(),
            )
        }
    }
}

/// The folder of installed tools: `$HUIHUA_TOOLS`, or one in the user's cache.
fn home() -> Result<PathBuf> {
    if let Some(tools) = env::var_os("HUIHUA_TOOLS").filter(|tools| !tools.is_empty()) {
        return std::path::absolute(&tools).context("HUIHUA_TOOLS is not a path");
    }
    let of_user =
        || env::home_dir().context("no home folder: set HUIHUA_TOOLS to one for the tools");
    let cache = if cfg!(target_os = "macos") {
        of_user()?.join("Library/Caches")
    } else {
        let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        match xdg.filter(|path| path.is_absolute()) {
            Some(path) => path,
            None => of_user()?.join(".cache"),
        }
    };
    Ok(cache.join("huihua"))
}

/// The version of `package` in the text of a `Cargo.lock`.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"')
}

/// The program called `name` on the `PATH`.
fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// What `program --version` prints, if it runs.
fn version_of(program: &Path) -> Option<String> {
    process::printed(Command::new(program).arg("--version"))
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    const LOCK: &str = r#"
[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "wasm-bindgen",
]

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry"

[[package]]
name = "wasm-bindgen-futures"
version = "0.4.80"
"#;

    #[test]
    fn the_version_is_the_one_under_exactly_that_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm-bindgen-futures"), Some("0.4.80"));
    }

    #[test]
    fn a_package_that_is_not_locked_has_no_version() {
        assert_eq!(locked_version(LOCK, "wasm"), None);
        assert_eq!(locked_version("", "wasm-bindgen"), None);
    }
}
