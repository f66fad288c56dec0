//! Rust's standard library for the browser.

use std::{fs, process::Command};

use super::tool::{Found, Tool};
use crate::process;

const TARGET: &str = "wasm32-unknown-unknown";

/// The target for which the browser's half of the site is compiled.
pub(super) fn wasm_target() -> Tool {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    Tool {
        name: format!("Rust for {TARGET}"),
        // Asks the compiler instead of rustup, which is only one of the ways to install it.
        find: Box::new(|| {
            let mut rustc = Command::new("rustc");
            rustc.args(["--print=target-libdir", "--target", TARGET]);
            let folder = process::printed(&mut rustc).unwrap_or_default();
            let mut files = fs::read_dir(folder).into_iter().flatten().flatten();
            let is_there =
                files.any(|file| file.file_name().to_string_lossy().starts_with("libcore-"));
            Ok(is_there.then_some(Found::InPlace))
        }),
        installer: rustup,
        folder: None,
        by_hand: "install Rust with rustup (https://rustup.rs) and run the command above again; \
                  if Rust comes from your system's packages, install their package for wasm32",
    }
}
