//! `cargo xtask serve`.

use std::{ffi::OsString, process::Command};

use anyhow::Result;

use crate::{repo, site, tools::Toolbox};

/// Builds the site and runs it until it is stopped.
pub(crate) fn serve(args: &[OsString]) -> Result<()> {
    let tools = Toolbox::for_build()?;
    site::build(&tools)?;
    let mut huihua = Command::new(repo::huihua());
    huihua.arg("serve").args(args).current_dir(repo::root());
    hand_over(huihua)
}

/// Puts `command` in this process's place, so that it gets every signal itself.
#[cfg(unix)]
pub(crate) fn hand_over(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;

    let error = command.exec();
    Err(anyhow::Error::new(error).context(crate::process::shown(&command)))
}

#[cfg(not(unix))]
pub(crate) fn hand_over(mut command: Command) -> Result<()> {
    crate::process::run(&mut command)
}
