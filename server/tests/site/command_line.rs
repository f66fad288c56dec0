//! The `huihua` binary as an operator meets it.

use std::process::{Command, Output};

use servers::{folder_with_site, send_signal};
use tempfile::TempDir;

use crate::running::settings_in;

fn huihua(folder: &TempDir, arguments: &[&str], more: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_huihua"))
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .envs(settings_in(folder))
        .envs(more.iter().copied())
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn migrate_and_clearsessions_say_what_they_did() {
    let folder = folder_with_site();
    for _ in 0..2 {
        let migrated = huihua(&folder, &["migrate"], &[]);
        assert!(migrated.status.success(), "{}", stderr(&migrated));
        assert_eq!(migrated.stdout, b"django_session is there.\n");
    }
    let cleared = huihua(&folder, &["clearsessions"], &[]);
    assert_eq!(cleared.stdout, b"0 expired sessions removed.\n");
}

#[test]
fn a_bad_setting_ends_with_one_sentence_and_exit_code_2() {
    let folder = folder_with_site();
    for (name, text, says) in [
        (
            "SESSION_COOKIE_AGE",
            "soon",
            "SESSION_COOKIE_AGE: \"soon\" is not a number",
        ),
        (
            "SESSION_ENGINE",
            "floppy",
            "SESSION_ENGINE: there is no engine \"floppy\"",
        ),
        ("SESSION_ENABLED", "maybe", "neither true nor false"),
        (
            "DATABASE_URL",
            "oracle://localhost/x",
            "DATABASE_URL: has to begin with sqlite:",
        ),
        (
            "DATABASE_URL",
            "sqlite:/proc/none/x.sqlite3",
            "DATABASE_URL: the folder /proc/none",
        ),
        (
            "LEPTOS_SITE_ADDR",
            "everywhere",
            "LEPTOS_SITE_ADDR: \"everywhere\" is no address",
        ),
        (
            "LEPTOS_SITE_ADDR",
            "192.0.2.1:80",
            "LEPTOS_SITE_ADDR: 192.0.2.1:80 can't be used",
        ),
        (
            "LEPTOS_SITE_ROOT",
            "elsewhere",
            "elsewhere/pkg/huihua.js is missing",
        ),
    ] {
        let ended = huihua(&folder, &["serve"], &[(name, text)]);
        assert_eq!(ended.status.code(), Some(2), "{name}={text}");
        let said = stderr(&ended);
        assert!(
            said.starts_with("huihua: ") && said.contains(says),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let ended = huihua(&folder, &["serve", "--no-such-flag"], &[]);
    assert_eq!(ended.status.code(), Some(2));
}

#[test]
fn settings_come_from_flags_then_the_environment_then_dotenv() {
    let folder = folder_with_site();
    let dotenv = folder.path().join(".env");
    std::fs::write(&dotenv, "SESSION_COOKIE_AGE=from-dotenv\n").unwrap();
    let said = stderr(&huihua(&folder, &[], &[]));
    assert!(said.contains("from-dotenv"), "{said}");
    let environment = [("SESSION_COOKIE_AGE", "from-environment")];
    let said = stderr(&huihua(&folder, &[], &environment));
    assert!(said.contains("from-environment"), "{said}");
    let said = stderr(&huihua(
        &folder,
        &["--session-cookie-age", "from-flag"],
        &environment,
    ));
    assert!(said.contains("from-flag"), "{said}");
    std::fs::write(&dotenv, "this is no setting\n").unwrap();
    let ended = huihua(&folder, &[], &[]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(stderr(&ended).contains(".env"), "{}", stderr(&ended));
}

#[test]
fn help_names_every_setting_and_shows_no_secret() {
    let folder = folder_with_site();
    let help = huihua(&folder, &["--help"], &[]);
    let help = String::from_utf8(help.stdout).unwrap();
    for setting in server::settings::all() {
        assert!(help.contains(setting.name), "{}", setting.name);
    }
    assert!(
        help.contains("clearsessions") && !help.contains("a secret for tests"),
        "{help}"
    );
}

/// SIGTERM while a form is on its way: the form is finished, then the process ends.
#[cfg(unix)]
#[test]
fn sigterm_finishes_the_requests_in_flight() {
    use std::{
        io::{BufRead, BufReader, Read, Write},
        net::TcpStream,
        process::Stdio,
    };

    let folder = folder_with_site();
    let mut process = Command::new(env!("CARGO_BIN_EXE_huihua"))
        .current_dir(folder.path())
        .env_clear()
        .envs(settings_in(&folder))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    stdout.read_line(&mut said).unwrap();
    let addr = said
        .split("http://")
        .nth(1)
        .unwrap()
        .trim()
        .trim_end_matches('/');

    let mut stream = TcpStream::connect(addr).unwrap();
    let head = "POST /login_handle/ HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\
                content-type: application/x-www-form-urlencoded\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body, so it is busy with this request.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100 Continue"));

    assert!(send_signal("-TERM", &[process.id()]));
    let mut log = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    assert!(line.contains("finishing the requests in flight"), "{line}");

    stream.write_all(b"uname=m").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 302 Found"), "{answer}");
    assert!(answer.contains("set-cookie: sessionid="), "{answer}");
    assert!(process.wait().unwrap().success());
}
