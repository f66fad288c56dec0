//! Running the program that does the scenarios, and counting what it executes.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{process, tools::Toolbox};

/// What `benches/counts` can do.
pub(super) struct Scenario {
    pub(super) name: String,
    rounds: u64,
    /// What a round is.
    pub(super) what: String,
}

/// The list that `program` prints.
pub(super) fn scenarios(program: &Path) -> Result<Vec<Scenario>> {
    let list = process::printed(&mut Command::new(program))
        .with_context(|| format!("{} lists nothing", program.display()))?;
    let scenarios: Option<Vec<_>> = list.lines().map(scenario).collect();
    scenarios.with_context(|| format!("{} lists what is no list", program.display()))
}

fn scenario(line: &str) -> Option<Scenario> {
    let mut cells = line.split('\t');
    Some(Scenario {
        name: cells.next()?.to_owned(),
        rounds: cells.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
        what: cells.next()?.to_owned(),
    })
}

/// Instructions that one round takes, without the start and the end of the process.
pub(super) fn count(tools: &Toolbox, program: &Path, scenario: &Scenario) -> Result<u64> {
    let rounds = scenario.rounds;
    let once = all(tools, program, &scenario.name, rounds)?;
    let twice = all(tools, program, &scenario.name, 2 * rounds)?;
    let difference = twice.checked_sub(once).filter(|more| *more > 0);
    let difference = difference.with_context(|| {
        format!(
            "{}: {once} instructions for {rounds} rounds, but {twice} for twice as many",
            scenario.name
        )
    })?;
    Ok(difference / rounds)
}

/// Instructions of the whole process.
fn all(tools: &Toolbox, program: &Path, name: &str, rounds: u64) -> Result<u64> {
    let mut command = tools.command("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([name, &rounds.to_string()]);
    let shown = process::shown(&command);
    let output = command
        .output()
        .with_context(|| format!("`{shown}` cannot be started"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{shown}` failed:\n{said}");
    collected(&said).with_context(|| format!("`{shown}` says no \"Collected\":\n{said}"))
}

/// The number in `==1== Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    let mut lines = said.lines().rev();
    lines.find_map(|line| {
        let (_, number) = line.split_once(" Collected : ")?;
        number.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_count_is_read() {
        let said = "==7== Callgrind\n==7== Events    : Ir\n==7== Collected : 5216\n==7== \n";
        assert_eq!(collected(said), Some(5216));
        assert_eq!(collected("==7== Callgrind\n"), None);
        assert_eq!(collected("==7== Collected : many\n"), None);
    }

    #[test]
    fn a_line_of_the_list_is_read() {
        let read = scenario("home\t200\tGET / by somebody").unwrap();
        assert_eq!(read.name, "home");
        assert_eq!(read.rounds, 200);
        assert_eq!(read.what, "GET / by somebody");
        for line in ["", "home", "home\t0\tnever", "home\tmany\ttimes", "home\t3"] {
            assert!(scenario(line).is_none(), "{line}");
        }
    }
}
