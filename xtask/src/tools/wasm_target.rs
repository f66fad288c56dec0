//! Rust's standard library for the browser.

use std::{fs, process::Command};

use anyhow::Result;

use super::{Found, Tool};
use crate::process;

const TARGET: &str = "wasm32-unknown-unknown";

/// The target for which the browser's half of the site is compiled.
pub(super) struct WasmTarget;

impl Tool for WasmTarget {
    fn name(&self) -> String {
        format!("Rust for {TARGET}")
    }

    /// Asks the compiler instead of rustup, which is only one of the ways to install it.
    fn find(&self) -> Result<Option<Found>> {
        let library = process::printed(Command::new("rustc").args([
            "--print=target-libdir",
            "--target",
            TARGET,
        ]));
        let is_there = library
            .and_then(|folder| fs::read_dir(folder).ok())
            .into_iter()
            .flatten()
            .flatten()
            .any(|file| file.file_name().to_string_lossy().starts_with("libcore-"));
        Ok(is_there.then_some(Found::InPlace))
    }

    fn installer(&self) -> Command {
        let mut rustup = Command::new("rustup");
        rustup.args(["target", "add", TARGET]);
        rustup
    }

    fn takes(&self) -> &'static str {
        "a few seconds"
    }

    fn by_hand(&self) -> &'static str {
        "install Rust with rustup (https://rustup.rs) and run the command above again; \
         if Rust comes from your system's packages, install their package for wasm32"
    }
}
