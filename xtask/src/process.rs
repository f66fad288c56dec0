//! Running other programs, and saying which.

use std::{iter, os::unix::process::CommandExt as _, process::Command, time::Instant};

use anyhow::{Context, Result, ensure};

/// Runs `command` in this terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| shown(command))?;
    ensure!(status.success(), "`{}` failed: {status}", shown(command));
    Ok(())
}

/// Puts `command` in this process's place, so that it gets every signal itself.
pub(crate) fn hand_over(mut command: Command) -> Result<()> {
    Err(command.exec()).with_context(|| shown(&command))
}

/// `command` as one would type it into a shell, without its environment.
pub(crate) fn shown(command: &Command) -> String {
    let words = iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| {
        let word = word.to_string_lossy();
        let is_plain = |c: char| c.is_alphanumeric() || "_-+=.,:/@%".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            word.into_owned()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    let line = quoted.collect::<Vec<_>>().join(" ");
    match command.get_current_dir() {
        Some(folder) => format!("cd {} && {line}", folder.display()),
        None => line,
    }
}

/// The time since `start`: `3 min 5 s`.
pub(crate) fn since(start: Instant) -> String {
    let seconds = start.elapsed().as_secs();
    format!("{} min {} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests;
