//! The tools for building and testing, which `xtask/tools.sh` finds or installs.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::{process, repo};

/// The environment in which the tools of a group work together.
#[derive(Default)]
pub(crate) struct Toolbox(Vec<(String, String)>);

impl Toolbox {
    /// Finds or installs the tools of a group of the script.
    pub(crate) fn with(group: &str) -> Result<Self> {
        let mut script = Command::new("sh");
        script.arg(repo::root().join("xtask/tools.sh")).arg(group).stderr(Stdio::inherit());
        let output = script.output().with_context(|| process::shown(&script))?;
        ensure!(output.status.success(), "not every tool is there");
        let printed = String::from_utf8(output.stdout)?;
        let variables = printed.lines().filter_map(|line| line.split_once('='));
        Ok(Self(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }

    /// The command of a line whose words have no blanks in them. It finds every tool and begins in the
    /// repository's root. All that it builds is where the site is.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .envs(self.0.iter().map(|(name, value)| (name, value)))
            .env("CARGO_TARGET_DIR", repo::target())
            .current_dir(repo::root());
        command
    }

    /// Runs the command of a line.
    pub(crate) fn run(&self, line: &str) -> Result<()> {
        process::run(&mut self.command(line))
    }
}

#[cfg(test)]
mod tests;
