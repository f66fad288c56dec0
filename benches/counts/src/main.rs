//! Does one named thing as often as it is told, and nothing else, so that another program can count
//! the instructions: `cargo xtask counts` runs it twice under callgrind, the second time with twice
//! as many rounds. The difference is what the rounds cost, without the start of the process.
//!
//! ```sh
//! counts             # lists the things: name, rounds, what a round is
//! counts home 200    # does one of them
//! ```

mod functions;
mod sessions;
mod site;
mod visitor;

use std::{env, process::ExitCode};

use mimalloc::MiMalloc;
use tokio::runtime::Builder;

/// As in the `huihua` command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// One thing that is counted.
struct Scenario {
    name: &'static str,
    /// What a round is.
    what: &'static str,
    /// So many that what happens only now and then, such as the tidying of a cache, is a small part.
    rounds: u32,
    run: fn(u32),
}

fn main() -> ExitCode {
    let scenarios = || {
        let functions = functions::SCENARIOS.iter();
        functions.chain(sessions::SCENARIOS).chain(site::SCENARIOS)
    };
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => {
            for Scenario {
                name, rounds, what, ..
            } in scenarios()
            {
                println!("{name}\t{rounds}\t{what}");
            }
        }
        [name, rounds] => {
            let scenario = scenarios().find(|scenario| scenario.name == name);
            let (Some(scenario), Ok(rounds)) = (scenario, rounds.parse()) else {
                eprintln!(
                    "counts: no {name}, or {rounds} is no whole number: \"counts\" lists all"
                );
                return ExitCode::from(2);
            };
            (scenario.run)(rounds);
        }
        _ => {
            eprintln!("counts: give a name and how often, or nothing for a list of the names");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Runs `future` on this thread alone.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}
