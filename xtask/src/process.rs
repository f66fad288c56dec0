//! Running other programs, and saying which.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// What runs the programs of npm packages. Windows starts a `.cmd` only by its full name.
pub(crate) const NPX: &str = if cfg!(windows) { "npx.cmd" } else { "npx" };

/// What installs npm packages.
pub(crate) const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Runs `command` in this terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| not_started(command))?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

/// Runs `command` in silence; if it fails, the end of what it said is in the error, and all of
/// it in the file `log`.
pub(crate) fn run_silently(command: &mut Command, log: &Path) -> Result<()> {
    let unwritable = || format!("cannot write {}", log.display());
    let output = File::create(log).with_context(unwritable)?;
    let errors = output.try_clone().with_context(unwritable)?;
    let status = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .status()
        .with_context(|| not_started(command))?;
    if !status.success() {
        let said = fs::read(log).unwrap_or_default();
        let said = last_lines(&String::from_utf8_lossy(&said), 15);
        bail!("{status}\n{said}\n  (all of it is in {})", log.display());
    }
    // The log is only there for who has to find out what went wrong.
    fs::remove_file(log).with_context(unwritable)
}

/// What `command` prints, or nothing if it cannot be run or fails.
pub(crate) fn printed(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| printed.trim().to_owned())
}

/// `command` as one would type it into a shell, without its `PATH`.
pub(crate) fn shown(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter(|(name, _)| *name != "PATH")
        .filter_map(|(name, value)| Some((name, value?)))
        .map(|(name, value)| format!("{}={}", name.display(), quoted(&value.to_string_lossy())));
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(|word| quoted(&word.to_string_lossy()));
    let line = variables.chain(words).collect::<Vec<_>>().join(" ");
    match command.get_current_dir() {
        Some(folder) => format!("cd {} && {line}", quoted(&folder.to_string_lossy())),
        None => line,
    }
}

fn not_started(command: &Command) -> String {
    format!("`{}` cannot be started", command.get_program().display())
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-+=.,:/@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("    {line}")).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("cargo");
        command
            .args(["install", "it's here", "tool@1.2.3", ""])
            .env("PATH", "/somewhere")
            .env("LTO", "off")
            .env_remove("CARGO_TARGET_DIR")
            .current_dir("/a folder");
        assert_eq!(
            shown(&command),
            r"cd '/a folder' && LTO=off cargo install 'it'\''s here' tool@1.2.3 ''"
        );
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "    b\n    c");
        assert_eq!(last_lines("a", 2), "    a");
        assert_eq!(last_lines("", 2), "");
    }

    #[cfg(unix)]
    #[test]
    fn the_end_of_what_a_failing_command_said_is_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut failing = Command::new("sh");
        failing.args(["-c", "echo to stdout; echo to stderr >&2; exit 3"]);

        let error = run_silently(&mut failing, &log).unwrap_err().to_string();

        assert!(error.contains("exit status: 3"), "{error}");
        assert!(error.contains("to stdout\n    to stderr"), "{error}");
        assert!(log.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_succeeds_leaves_no_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        run_silently(Command::new("sh").args(["-c", "echo fine"]), &log).unwrap();
        assert!(!log.exists());
    }
}
