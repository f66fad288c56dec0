use crate::{Missing, postgres::folders, process::program};

/// Whether the programs are installed. Each server's own are named at its type.
///
/// # Errors
/// Names the first that isn't.
pub fn installed(programs: &[&'static str]) -> Result<(), Missing> {
    let folders = folders();
    programs.iter().try_for_each(|name| program(name, &folders).map(drop))
}
