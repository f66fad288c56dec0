use super::*;

#[test]
fn a_command_is_shown_as_it_would_be_typed() {
    let mut command = Command::new("cargo");
    command.args(["install", "it's here", "tool@1.2.3", ""]).current_dir("/folder");
    let expected = r"cd /folder && cargo install 'it'\''s here' tool@1.2.3 ''";
    assert_eq!(shown(&command), expected);
}

#[cfg(unix)]
#[test]
fn the_end_of_what_a_failing_command_said_is_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut failing = Command::new("sh");
    failing.args(["-c", "echo to stdout; echo to stderr >&2; exit 3"]);
    let error = run_silently(&mut failing, &log).unwrap_err().to_string();
    assert!(error.contains("exit status: 3\n    to stdout\n    to stderr"), "{error}");
    assert!(log.exists());
    run_silently(Command::new("sh").args(["-c", "echo fine"]), &log).unwrap();
    assert!(!log.exists());
}
