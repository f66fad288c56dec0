//! The `huihua` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match server::cli::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("huihua: {stop}");
            ExitCode::from(stop.exit_code())
        }
    }
}
