//! The tools for building and testing, and their installation.
//!
//! Every tool is pinned to a version, looked for first in the folder of installed tools and on
//! the `PATH`, and installed once for the user where it is missing. With
//! `HUIHUA_NO_INSTALL=1` nothing is installed: the missing tools are listed with the command
//! for each.

mod cached;
mod chromium;
mod debian;
mod django;
mod npm;
mod tool;
mod wasm_target;

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, anyhow, ensure};

use self::tool::{Found, home};
use crate::{process, repo};

pub(crate) use self::tool::{Tool, on_path};

/// The tools that are there, and the environment in which they work together.
#[derive(Default)]
pub(crate) struct Toolbox {
    folders: Vec<PathBuf>,
    variables: Vec<(&'static str, OsString)>,
}

impl Toolbox {
    /// Finds or installs them.
    pub(crate) fn with(tools: impl IntoIterator<Item = Tool>) -> Result<Self> {
        let may_install = env::var_os("HUIHUA_NO_INSTALL").is_none_or(|no| no.is_empty());
        let mut toolbox = Self::default();
        let mut missing = String::new();
        for mut tool in tools {
            print!("{} … ", tool.name);
            io::stdout().flush()?;
            match (tool.find)()? {
                Some(found) => {
                    println!("there");
                    toolbox.add(found);
                }
                None if may_install => toolbox.add(install(&mut tool)?),
                None => {
                    println!("missing");
                    let command = process::shown(&tool.installer);
                    missing += &format!("\n  {}:\n    {command}", tool.name);
                }
            }
        }
        ensure!(
            missing.is_empty(),
            "HUIHUA_NO_INSTALL is set, so nothing is installed. Missing, and how to get it:{missing}"
        );
        Ok(toolbox)
    }

    /// The command of a line (see [`process::command`]) that finds every tool and begins in the
    /// repository's root. All that it builds is where the site is.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = process::command(line);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = self.folders.iter().cloned().chain(env::split_paths(&path));
        // Only a folder with a colon in its name cannot be joined.
        if let Ok(path) = env::join_paths(folders) {
            command.env("PATH", path);
        }
        command
            .envs(self.variables.iter().cloned())
            .env("CARGO_TARGET_DIR", repo::target())
            .current_dir(repo::root());
        command
    }

    /// Runs the command of a line.
    pub(crate) fn run(&self, line: &str) -> Result<()> {
        process::run(&mut self.command(line))
    }

    fn add(&mut self, found: Found) {
        match found {
            Found::InPlace => {}
            Found::InFolder(folder) => self.folders.push(folder),
            Found::Through(name, value) => self.variables.push((name, value)),
        }
    }
}

pub(crate) fn build() -> Result<Vec<Tool>> {
    let wasm_target = wasm_target::wasm_target();
    let leptos = cached::cargo_leptos()?;
    let wasm_bindgen = cached::wasm_bindgen()?;
    Ok(vec![wasm_target, leptos, wasm_bindgen, cached::wasm_opt()?])
}

pub(crate) fn counts() -> Result<Vec<Tool>> {
    Ok(vec![debian::valgrind(), cached::gungraun_runner()?])
}

pub(crate) fn rust_tests() -> Result<Vec<Tool>> {
    Ok(vec![debian::servers(), django::django(&home()?)])
}

pub(crate) fn cluster() -> Result<Vec<Tool>> {
    let mut tools = build()?;
    tools.push(debian::servers());
    Ok(tools)
}

pub(crate) fn dependencies() -> Result<Vec<Tool>> {
    Ok(vec![cached::cargo_deny()?])
}

pub(crate) fn tests() -> Result<Vec<Tool>> {
    let browser = vec![npm::packages(repo::end2end()), chromium::chromium()];
    let all = [build()?, counts()?, rust_tests()?, dependencies()?, browser];
    Ok(all.into_iter().flatten().collect())
}

pub(crate) fn bench() -> Result<Vec<Tool>> {
    let mut tools = tests()?;
    tools.push(npm::packages(repo::root().join("benches/peers/express")));
    tools.extend([debian::wrk(), cached::oha()?, cached::lighthouse()?]);
    Ok(tools)
}

/// Installs `tool` and finds it.
fn install(tool: &mut Tool) -> Result<Found> {
    let start = Instant::now();
    let home = home()?;
    fs::create_dir_all(&home).with_context(|| home.display().to_string())?;
    print!("installing, once, which may take minutes … ");
    io::stdout().flush()?;

    // Two installers of the same tool would write into the same folder: the second one waits,
    // and finds what the first one has installed. The lock goes with the file.
    let lock = File::create(home.join("lock"))?;
    lock.lock()?;
    if let Some(found) = (tool.find)()? {
        println!("there");
        return Ok(found);
    }
    let log = home.join(format!("{}.log", tool.name.replace([' ', '/'], "-")));
    let found = process::run_silently(&mut tool.installer, &log)
        .and_then(|()| tool.finish())
        .and_then(|()| (tool.find)()?.context("it was installed, but does not work"));
    let outcome = match found {
        Ok(_) => format!("done in {}", process::since(start)),
        Err(_) => "failed".to_owned(),
    };
    println!("{outcome}");
    found.map_err(|error| {
        anyhow!(
            "{} could not be installed\n  tried: {}\n  result: {error:#}\n  by hand: {}",
            tool.name,
            process::shown(&tool.installer),
            tool.by_hand,
        )
    })
}
