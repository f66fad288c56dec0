//! The tools that are installed into a folder of their own, named by their version.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use super::{Found, Tool, on_path, version_of};
use crate::{
    files,
    process::{self, NPM},
};

/// Newer releases need a newer compiler than the workspace promises to build with.
const CARGO_LEPTOS: &str = "0.3.10";

const CARGO_DENY: &str = "0.20.2";

/// The npm package that has wasm-opt for every system.
const BINARYEN: &str = "132.0.0";

const OHA: &str = "1.16.0";

const LIGHTHOUSE: &str = "12.8.2";

/// The release of wasm-opt that cargo-leptos would fetch for itself; older ones do not know all
/// that the compiler writes.
const OLDEST_WASM_OPT: u32 = 123;

/// cargo-leptos takes any wasm-opt and wasm-bindgen that are on the `PATH`, and downloads what
/// it does not find there: with these tools on the `PATH` it downloads nothing.
pub(super) fn cargo_leptos(home: &Path) -> Cached {
    Cached {
        home: home.to_owned(),
        package: "cargo-leptos",
        version: CARGO_LEPTOS.to_owned(),
        program: "cargo-leptos",
        folder: "bin",
        takes: "about 10 minutes",
        is_wanted: same_version,
        installer: |version, into| {
            let mut cargo = cargo_install("cargo-leptos", version, into);
            cargo.arg("--locked");
            cargo
        },
    }
}

/// The program writes what the library of exactly the same version reads.
pub(super) fn wasm_bindgen(home: &Path, version: &str) -> Cached {
    Cached {
        home: home.to_owned(),
        package: "wasm-bindgen-cli",
        version: version.to_owned(),
        program: "wasm-bindgen",
        folder: "bin",
        takes: "about 3 minutes",
        is_wanted: same_version,
        // Not `--locked`: its lock file names versions no older than itself, which a mirror of
        // the registry that lags behind does not have.
        installer: |version, into| cargo_install("wasm-bindgen-cli", version, into),
    }
}

/// Checks what the workspace is made of: licences, sources, duplicates.
pub(super) fn cargo_deny(home: &Path) -> Cached {
    Cached {
        home: home.to_owned(),
        package: "cargo-deny",
        version: CARGO_DENY.to_owned(),
        program: "cargo-deny",
        folder: "bin",
        takes: "about 5 minutes",
        is_wanted: same_version,
        installer: |version, into| cargo_install("cargo-deny", version, into),
    }
}

/// Asks for a page so many times a second. This release doesn't compile without its TLS.
pub(super) fn oha(home: &Path) -> Cached {
    Cached {
        home: home.to_owned(),
        package: "oha",
        version: OHA.to_owned(),
        program: "oha",
        folder: "bin",
        takes: "about 5 minutes",
        is_wanted: same_version,
        installer: |version, into| {
            let mut cargo = cargo_install("oha", version, into);
            // The newest versions of what it is made of need a newer compiler.
            cargo.arg("--locked");
            cargo
        },
    }
}

/// Makes the WebAssembly smaller.
pub(super) fn wasm_opt(home: &Path) -> Cached {
    Cached {
        home: home.to_owned(),
        package: "binaryen",
        version: BINARYEN.to_owned(),
        program: "wasm-opt",
        folder: "node_modules/.bin",
        takes: "a few seconds",
        is_wanted: |printed, _| {
            wasm_opt_release(printed).is_some_and(|release| release >= OLDEST_WASM_OPT)
        },
        installer: |version, into| npm_install("binaryen", version, into),
    }
}

/// Says how good a page is. Newer releases need a newer Node.js than the rest.
pub(super) fn lighthouse(home: &Path) -> Cached {
    Cached {
        home: home.to_owned(),
        package: "lighthouse",
        version: LIGHTHOUSE.to_owned(),
        program: "lighthouse",
        folder: "node_modules/.bin",
        takes: "about a minute",
        is_wanted: |printed, version| printed.trim() == version,
        installer: |version, into| npm_install("lighthouse", version, into),
    }
}

/// A tool in `<home>/<package>-<version>`, or of the same version on the `PATH`.
pub(super) struct Cached {
    home: PathBuf,
    package: &'static str,
    version: String,
    program: &'static str,
    /// Where in its own folder its programs are.
    folder: &'static str,
    takes: &'static str,
    /// Whether what `--version` prints is what is wanted.
    is_wanted: fn(printed: &str, version: &str) -> bool,
    /// The command that installs this version into that folder.
    installer: fn(version: &str, into: &Path) -> Command,
}

impl Cached {
    fn own_folder(&self) -> PathBuf {
        self.home.join(format!("{}-{}", self.package, self.version))
    }

    fn works(&self, program: &Path) -> bool {
        version_of(program).is_some_and(|printed| (self.is_wanted)(&printed, &self.version))
    }
}

impl Tool for Cached {
    fn name(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    fn find(&self) -> Result<Option<Found>> {
        let folder = self.own_folder().join(self.folder);
        if self.works(&folder.join(self.program)) {
            return Ok(Some(Found::InFolder(folder)));
        }
        let elsewhere = on_path(self.program).filter(|program| self.works(program));
        Ok(elsewhere.map(|_| Found::InPlace))
    }

    fn installer(&self) -> Command {
        (self.installer)(&self.version, &self.own_folder())
    }

    /// Installs beside the tool's folder, which gets its name once everything is in it: there
    /// is no half of a tool. What was begun and broken off goes on where it stopped.
    fn install(&self, log: &Path) -> Result<()> {
        let own = self.own_folder();
        let unfinished = own.with_added_extension("unfinished");
        let compiled = unfinished.join("target");
        fs::create_dir_all(&unfinished)
            .with_context(|| format!("cannot make {}", unfinished.display()))?;
        let mut installer = (self.installer)(&self.version, &unfinished);
        process::run_silently(installer.env("CARGO_TARGET_DIR", &compiled), log)?;
        files::remove_folder(&compiled)?;
        ensure!(
            self.works(&unfinished.join(self.folder).join(self.program)),
            "it was installed, but `{} --version` does not work",
            self.program
        );
        files::remove_folder(&own)?;
        fs::rename(&unfinished, &own).with_context(|| format!("cannot make {}", own.display()))
    }

    fn takes(&self) -> &'static str {
        self.takes
    }

    fn by_hand(&self) -> &'static str {
        if self.folder == "bin" {
            "run the command above and read what it says; with --root left out it installs the \
             program among your own, where it is found as well"
        } else {
            "npm comes with Node.js (version 20 or newer, https://nodejs.org); or install \
             it from your system's packages"
        }
    }
}

fn cargo_install(package: &str, version: &str, into: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    // They run for seconds a build: a thorough optimisation takes ten minutes more than it saves.
    cargo
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .arg("install")
        .arg(format!("{package}@{version}"))
        .arg("--root")
        .arg(into);
    cargo
}

fn npm_install(package: &str, version: &str, into: &Path) -> Command {
    let mut npm = Command::new(NPM);
    npm.args(["install", "--no-save", "--no-audit", "--no-fund"])
        .arg("--prefix")
        .arg(into)
        .arg(format!("{package}@{version}"));
    npm
}

/// `wasm-bindgen 0.2.130` or `wasm-bindgen 0.2.130 (0123abcd)` is 0.2.130.
fn same_version(printed: &str, version: &str) -> bool {
    printed.split_whitespace().nth(1) == Some(version)
}

/// `wasm-opt version 132 (version_132)` is release 132.
fn wasm_opt_release(printed: &str) -> Option<u32> {
    printed
        .strip_prefix("wasm-opt version ")?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exactly_the_same_version_is_the_same() {
        assert!(same_version("cargo-leptos 0.3.10", "0.3.10"));
        assert!(same_version("wasm-bindgen 0.2.130 (0123abcd)", "0.2.130"));
        assert!(!same_version("cargo-leptos 0.3.1", "0.3.10"));
        assert!(!same_version("cargo-leptos 0.3.10", "0.3.1"));
        assert!(!same_version("", "0.3.10"));
    }

    #[test]
    fn the_release_of_wasm_opt_is_a_number() {
        let release = wasm_opt_release("wasm-opt version 132 (version_132)");
        assert_eq!(release, Some(132));
        assert_eq!(wasm_opt_release("wasm-opt version 108"), Some(108));
        assert_eq!(wasm_opt_release("wasm-opt version unknown"), None);
        assert_eq!(wasm_opt_release("wasm-as version 132"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_tool_gets_its_folder_once_it_is_whole() {
        // Where programs run: the folder of temporary files may be mounted without that.
        let target = crate::repo::target();
        fs::create_dir_all(&target).unwrap();
        let home = tempfile::tempdir_in(target).unwrap();
        let log = home.path().join("log");
        let mut tool = Cached {
            home: home.path().to_owned(),
            package: "package",
            version: "1.2.3".to_owned(),
            program: "no-such-program",
            folder: "bin",
            takes: "no time",
            is_wanted: same_version,
            installer: |_, into| script("echo half; exit 1", into),
        };
        assert!(tool.install(&log).is_err());
        assert!(tool.find().unwrap().is_none());
        assert!(!tool.own_folder().exists());

        tool.installer = |version, into| {
            let program = format!("echo '#!/bin/sh\necho it {version}' > bin/no-such-program");
            script(&format!("mkdir bin; {program}; chmod +x bin/*"), into)
        };
        tool.install(&log).unwrap();
        let found = tool.find().unwrap();
        let folder = home.path().join("package-1.2.3/bin");
        assert!(matches!(found, Some(Found::InFolder(found)) if found == folder));

        fn script(script: &str, into: &Path) -> Command {
            let mut sh = Command::new("sh");
            sh.args(["-c", script]).current_dir(into);
            sh
        }
    }
}
