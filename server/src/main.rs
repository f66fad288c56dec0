//! The `huihua` command.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use huihua::display::for_terminals;
use mimalloc::MiMalloc;
use server::error::Error;
use tokio::runtime::Builder;

/// A page is made of hundreds of small strings: with the C library's allocator a quarter fewer are
/// made in the same time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The time at the end for work that can't be cancelled, such as a disk that hangs.
const BLOCKING_TIMEOUT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let runtime = Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Error::from).and_then(|runtime| {
        let done = runtime.block_on(server::cli::run());
        match done {
            Err(Error::Interrupted) => runtime.shutdown_background(),
            _ => runtime.shutdown_timeout(BLOCKING_TIMEOUT),
        }
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody can be told, the exit code says it.
            let _ = writeln!(io::stderr(), "huihua: {}", for_terminals(&error.to_string()));
            ExitCode::from(error.exit_code())
        }
    }
}
