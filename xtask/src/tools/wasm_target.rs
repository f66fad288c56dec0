//! Rust's standard library for the browser.

use std::fs;

use super::tool::{Found, Tool};
use crate::process;

/// The target for which the browser's half of the site is compiled.
pub(super) fn wasm_target() -> Tool {
    // Asks the compiler instead of rustup, which is only one of the ways to install it.
    let find = || {
        let mut rustc =
            process::command("rustc --print=target-libdir --target wasm32-unknown-unknown");
        let folder = process::printed(&mut rustc).unwrap_or_default();
        let mut files = fs::read_dir(folder).into_iter().flatten().flatten();
        let is_there = files.any(|file| file.file_name().to_string_lossy().starts_with("libcore-"));
        Ok(is_there.then_some(Found::InPlace))
    };
    Tool::new(
        "Rust for wasm32-unknown-unknown",
        find,
        process::command("rustup target add wasm32-unknown-unknown"),
        "install Rust with rustup (https://rustup.rs) and run the command above again; \
         if Rust comes from your system's packages, install their package for wasm32",
    )
}
