//! `cargo xtask counts`: how many instructions the hot functions and a request take, beside the
//! numbers in `benches/counts/counts.json`. Time differs from run to run; instructions hardly do.

mod valgrind;

use std::{collections::BTreeMap, env, path::PathBuf};

use anyhow::{Context, Result, bail};
use report::{Section, Table};

use crate::{
    accepted::{Kind, Numbers, OTHER_TOOLS},
    process, repo,
    tools::Toolbox,
};

const AGAIN: &str = "cargo xtask counts";
const KIND: Kind = Kind {
    unit: "instructions a round",
    // From run to run it is up to 2 %: a cache tidies up by the clock, and hash maps are seeded anew.
    margin: 0.05,
    file: "benches/counts/counts.json",
    accept: "cargo xtask counts --accept",
    find_out: "valgrind --tool=callgrind target/release/counts NAME 1000, then callgrind_annotate",
};
/// Where the section stands in the report.
const PLACE: u32 = 50;

/// Counts, and compares; or writes the numbers down, if they are to be accepted.
pub(crate) fn counts(accept: bool) -> Result<()> {
    run(&Toolbox::for_counts()?, accept)
}

/// The same for the tests: fails if anything takes more than is written down.
pub(crate) fn check(tools: &Toolbox) -> Result<()> {
    run(tools, false)
}

fn run(tools: &Toolbox, accept: bool) -> Result<()> {
    let Some(version) = process::printed(tools.command("valgrind").arg("--version")) else {
        if accept || env::var_os("CI").is_some() {
            bail!("there is no valgrind to count with: `cargo xtask setup` installs it");
        }
        println!("left out: there is no valgrind");
        return Ok(());
    };
    let program = build(tools)?;
    let scenarios = valgrind::scenarios(&program)?;
    let mut numbers = BTreeMap::new();
    for scenario in &scenarios {
        let count = valgrind::count(tools, &program, scenario)?;
        numbers.insert(scenario.name.clone(), count);
    }
    let compiler = process::printed(tools.command("rustc").arg("--version"))
        .context("`rustc --version` says nothing")?;
    let now = Numbers {
        measured_with: format!("{compiler}, {version}, {}", env::consts::ARCH),
        numbers,
    };
    leave(&now, &scenarios)?;
    match accept {
        true => KIND.accept(&now),
        false => KIND.check(&now),
    }
}

/// Builds as the site is built, from the same crates: where the site has been built before, what
/// takes the time is the linking.
fn build(tools: &Toolbox) -> Result<PathBuf> {
    process::run(
        tools
            .command("cargo")
            .args(["build", "--locked", "--release", "--package", "counts"])
            .env("CARGO_TARGET_DIR", repo::target())
            .current_dir(repo::root()),
    )?;
    Ok(repo::target().join("release").join("counts"))
}

/// Leaves what was counted for `docs/benchmarks.md`.
fn leave(now: &Numbers, scenarios: &[valgrind::Scenario]) -> Result<()> {
    let rows = scenarios.iter().filter_map(|scenario| {
        let count = now.numbers.get(&scenario.name)?;
        Some(vec![
            scenario.name.clone(),
            scenario.what.clone(),
            count.to_string(),
        ])
    });
    let section = Section {
        place: PLACE,
        title: "Instructions".to_owned(),
        text: format!(
            "What the processor executes outside the kernel, counted by callgrind ({}): the same from \
             run to run within 2 %, so that CI sees what a timing hides. Valgrind knows no SHA \
             extensions: on a processor that has them, hashing takes less. `{AGAIN}` fails if a number \
             grows past the one in `benches/counts/counts.json` by {:.0} %, or by {:.0} % with \
             another compiler, valgrind or processor.",
            now.measured_with,
            KIND.margin * 100.0,
            OTHER_TOOLS * 100.0,
        ),
        commands: vec![AGAIN.to_owned()],
        tables: vec![Table {
            caption: "Instructions a round".to_owned(),
            head: ["scenario", "a round is", "instructions"]
                .map(str::to_owned)
                .to_vec(),
            rows: rows.collect(),
        }],
        ..Section::default()
    };
    section
        .leave(&repo::target().join("bench"), "counts")
        .context("cannot leave what was counted in target/bench")
        .map(drop)
}
