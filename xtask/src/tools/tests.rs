//! The script in a repository and on a `PATH` made for it.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use tempfile::TempDir;

use super::*;

const LOCKED: &str = "name = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
    name = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
/// What the script and the installers here take for granted.
const SYSTEM: &str =
    "sh cat chmod cmp date dirname find flock grep id mkdir mv perl rm sed tail tr uname";

/// A repository, and the programs and tools beside it.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        // Where programs run: the folder of temporary files may be mounted without that.
        fs::create_dir_all(repo::target()).unwrap();
        let this = Self(tempfile::tempdir_in(repo::target()).unwrap());
        for folder in ["bin", "xtask", "end2end/django", "end2end/node_modules"] {
            fs::create_dir_all(this.path(folder)).unwrap();
        }
        let script = repo::root().join("xtask/tools.sh");
        fs::copy(script, this.path("xtask/tools.sh")).unwrap();
        fs::write(this.path("Cargo.lock"), LOCKED).unwrap();
        fs::write(this.path("end2end/django/requirements.txt"), "").unwrap();
        for name in SYSTEM.split(' ') {
            let places = ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(name));
            if let Some(program) = places.iter().find(|program| program.exists()) {
                symlink(program, this.path("bin").join(name)).unwrap();
            }
        }
        this
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Puts a program on the `PATH`.
    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, group: &str, variables: &[(&str, &str)]) -> Output {
        let mut script = Command::new("sh");
        script.arg(self.path("xtask/tools.sh")).arg(group).env_clear();
        script.env("PATH", self.path("bin")).env("HUIHUA_TOOLS", self.path("tools"));
        script.envs(variables.iter().copied()).output().unwrap()
    }

    /// The environment that the script prints.
    fn found(&self, group: &str) -> String {
        let output = self.run(group, &[]);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The script's words where it fails.
    fn failed(&self, group: &str, variables: &[(&str, &str)]) -> String {
        let output = self.run(group, variables);
        assert!(!output.status.success(), "{}", said(&output));
        assert!(output.stdout.is_empty());
        said(&output)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn missing_tools_are_listed_with_the_command_for_each() {
    let machine = Machine::new();
    let said = machine.failed("build", &[("HUIHUA_NO_INSTALL", "1")]);
    for line in [
        "  Rust for wasm32-unknown-unknown:\n    rustup target add wasm32-unknown-unknown\n",
        "    cargo install cargo-leptos@0.3.10 --root '",
        "/tools/cargo-leptos-0.3.10.unfinished' --locked\n",
        // The version of exactly that name in Cargo.lock.
        "  wasm-bindgen-cli 0.2.130:\n    cargo install wasm-bindgen-cli@0.2.130 --root '",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!machine.path("tools").exists());
}

#[test]
fn a_tool_of_exactly_that_version_is_taken_from_the_path() {
    let machine = Machine::new();
    machine.program("cargo-deny", "echo cargo-deny 0.20.2");
    let expected = format!("PATH={}\n", machine.path("bin").display());
    assert_eq!(machine.found("dependencies"), expected);
    for other in ["echo cargo-deny 0.20.20", "echo cargo-deny 10.20.2", "echo 0.20.2; exit 1"] {
        machine.program("cargo-deny", other);
        let said = machine.failed("dependencies", &[("HUIHUA_NO_INSTALL", "1")]);
        assert!(said.starts_with("cargo-deny 0.20.2 … missing\n"), "{said}");
    }
}

#[test]
fn a_tool_gets_its_folder_once_it_is_whole() {
    let machine = Machine::new();
    let folder = machine.path("tools/cargo-deny-0.20.2");
    let unfinished = machine.path("tools/cargo-deny-0.20.2.unfinished");
    let log = machine.path("tools/cargo-deny-0.20.2.log");

    let begin = "mkdir -p $4/bin $CARGO_TARGET_DIR && echo to stdout && echo to stderr >&2";
    machine.program("cargo", &format!("{begin} && exit 3"));
    let said = machine.failed("dependencies", &[]);
    let result = "  result: exit status 3\n    to stdout\n    to stderr\n  (all of it is in ";
    assert!(said.contains(result), "{said}");
    assert!(said.contains("\n  by hand: run the command above and read what it says; "), "{said}");
    assert!(log.exists() && unfinished.join("target").exists() && !folder.exists());

    machine.program("cargo", begin);
    let said = machine.failed("dependencies", &[]);
    assert!(said.contains("  result: it was installed, but does not work\n"), "{said}");

    let end = "cd $4/bin && printf '#!/bin/sh\necho it 0.20.2' > cargo-deny && chmod +x cargo-deny";
    machine.program("cargo", &format!("{begin} && {end}"));
    let expected =
        format!("PATH={}:{}\n", folder.join("bin").display(), machine.path("bin").display());
    assert_eq!(machine.found("dependencies"), expected);
    assert!(!log.exists() && !unfinished.exists() && !folder.join("target").exists());

    // Nothing is installed again.
    machine.program("cargo", "exit 1");
    assert_eq!(machine.found("dependencies"), expected);
}

#[test]
fn packages_are_there_once_they_are_newer_than_their_list() {
    let machine = Machine::new();
    let is_there = || {
        let said = machine.failed("tests", &[("HUIHUA_NO_INSTALL", "1")]);
        said.contains("packages of end2end … there\n")
    };
    assert!(!is_there());
    let wanted = File::create(machine.path("end2end/package-lock.json")).unwrap();
    assert!(!is_there());
    fs::write(machine.path("end2end/node_modules/.package-lock.json"), "").unwrap();
    assert!(is_there());
    let later = wanted.metadata().unwrap().modified().unwrap() + Duration::from_secs(9);
    wanted.set_modified(later).unwrap();
    assert!(!is_there());
}

#[test]
fn a_browser_that_is_named_has_to_run() {
    let machine = Machine::new();
    machine.program("browser", "exit 1");
    let browser = machine.path("bin/browser").display().to_string();
    let variables = [("HUIHUA_NO_INSTALL", "1"), ("CHROMIUM", &*browser)];
    let said = machine.failed("tests", &variables);
    assert!(
        said.contains(&format!("CHROMIUM names {browser}, which is no program that runs")),
        "{said}"
    );
    machine.program("browser", "echo Browser 1");
    let said = machine.failed("tests", &variables);
    assert!(said.contains("Chromium … there\n"), "{said}");
}

#[test]
fn optional_packages_may_be_missing_outside_ci() {
    let machine = Machine::new();
    let no_install = ("HUIHUA_NO_INSTALL", "1");
    let said = machine.failed("tests", &[no_install]);
    assert!(said.contains("valgrind … there\n") && said.contains("django-5.2 … there\n"), "{said}");
    let said = machine.failed("tests", &[no_install, ("CI", "")]);
    assert!(
        said.contains("valgrind … missing\n") && said.contains("django-5.2 … missing\n"),
        "{said}"
    );
}
