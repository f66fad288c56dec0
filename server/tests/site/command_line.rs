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
        ("SESSION_COOKIE_AGE", "soon", "SESSION_COOKIE_AGE: \"soon\" is not a number"),
        ("SESSION_ENGINE", "floppy", "SESSION_ENGINE: there is no engine \"floppy\""),
        ("SESSION_ENABLED", "maybe", "neither true nor false"),
        ("DATABASE_URL", "oracle://localhost/x", "DATABASE_URL: has to begin with sqlite:"),
        ("DATABASE_URL", "sqlite:/proc/none/x.sqlite3", "DATABASE_URL: the folder /proc/none"),
        ("LEPTOS_SITE_ADDR", "everywhere", "LEPTOS_SITE_ADDR: \"everywhere\" is no address"),
        ("LEPTOS_SITE_ADDR", "192.0.2.1:80", "LEPTOS_SITE_ADDR: 192.0.2.1:80 can't be used"),
        ("LEPTOS_ENV", "prdo", "LEPTOS_ENV: \"prdo\" is none of PROD"),
        ("SESSION_COOKIE_PATH", "/app/", "SESSION_COOKIE_PATH: has to be /"),
        ("SESSION_COOKIE_NAME", "theme", "is another cookie of this site"),
        ("SESSION_COOKIE_DOMAIN", "a\nb", "the name of a host"),
        ("LOGIN_RATE_LIMIT", "-1", "\"-1\" is no whole number"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "neither an address"),
        ("TRUSTED_PROXIES", "['10.0.0.1']", "without brackets and quotes"),
        ("SECRET_KEY_FALLBACKS", "['hush']", "SECRET_KEY_FALLBACKS: is a list as Python writes it"),
        ("RUST_LOG", "huihua=loud", "RUST_LOG: can't be understood"),
        ("LEPTOS_SITE_ROOT", "elsewhere", "elsewhere/pkg/huihua.js is missing"),
        ("LEPTOS_SITE_ROOT", "a\u{1b}[2Jb\nc", r"a\u001b[2Jb\u000ac/pkg/huihua.js is missing"),
    ] {
        let ended = huihua(&folder, &["serve"], &[(name, text)]);
        assert_eq!(ended.status.code(), Some(2), "{name}={text}");
        let said = stderr(&ended);
        assert!(said.starts_with("huihua: ") && said.contains(says), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!said.trim_end().contains(char::is_control), "{said:?}");
    }
    let ended = huihua(&folder, &["serve", "--no-such-flag"], &[]);
    assert_eq!(ended.status.code(), Some(2));
}

#[test]
fn a_store_that_does_not_answer_is_exit_code_1() {
    let folder = folder_with_site();
    for (settings, says) in [
        (
            &[("DATABASE_URL", "postgres://me:hush@127.0.0.1:1/x")][..],
            "DATABASE_URL: the database can't be opened",
        ),
        (
            &[
                ("SESSION_ENGINE", "redis"),
                ("SESSION_REDIS_HOST", "127.0.0.1"),
                ("SESSION_REDIS_PORT", "1"),
            ],
            "SESSION_REDIS_HOST: Redis can't be used",
        ),
        (
            &[("SESSION_ENGINE", "redis"), ("SESSION_REDIS_URL", "redis://127.0.0.1:1/0")],
            "SESSION_REDIS_URL: Redis can't be used",
        ),
        (
            &[("SESSION_ENGINE", "memcached"), ("SESSION_MEMCACHED_SERVERS", "127.0.0.1:1")],
            "SESSION_MEMCACHED_SERVERS: ",
        ),
    ] {
        for command in ["serve", "migrate", "clearsessions"] {
            let ended = huihua(&folder, &[command], settings);
            let said = stderr(&ended);
            assert_eq!(ended.status.code(), Some(1), "{settings:?}: {said}");
            assert!(said.contains(says) && !said.contains("hush"), "{said}");
        }
    }
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
    let said = stderr(&huihua(&folder, &["--session-cookie-age", "from-flag"], &environment));
    assert!(said.contains("from-flag"), "{said}");
}

#[test]
fn a_dotenv_that_cannot_be_read_is_named_and_not_shown() {
    let folder = folder_with_site();
    let dotenv = folder.path().join(".env");
    let refused = |says: &str| {
        let ended = huihua(&folder, &["migrate"], &[]);
        let said = stderr(&ended);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains(says) && !said.contains("hush"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    };
    for line in ["hush", "CONSOLE_TOKEN=\"hush", "SESSION_ENGINE=hu\0sh"] {
        std::fs::write(&dotenv, format!("# ours\n{line}\n")).unwrap();
        refused(".env, line 2: ");
    }
    std::fs::remove_file(&dotenv).unwrap();
    std::fs::create_dir(&dotenv).unwrap();
    refused(".env can't be read");
    std::fs::remove_dir(&dotenv).unwrap();
    // A folder above has nothing to say here.
    std::fs::write(&dotenv, "hush").unwrap();
    let below = folder.path().join("below");
    std::fs::create_dir(&below).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_huihua"))
        .arg("migrate")
        .current_dir(below)
        .env_clear()
        .output();
    assert!(ended.unwrap().status.success());
}

/// Nobody ever writes into these pipes, so whoever reads one waits for ever.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_named_where_there_is_to_be_one() {
    let folder = folder_with_site();
    let pipe = |path: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path.display().to_string()
    };
    let refused = |setting: (&str, &str), says: &str| {
        let ended = huihua(&folder, &["migrate"], &[("SESSION_ENGINE", "file"), setting]);
        let said = stderr(&ended);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains(says), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    };
    let dotenv = pipe(".env");
    refused(("SECRET_KEY", "x"), "a pipe into which nobody writes");
    let secrets = std::thread::spawn({
        let dotenv = dotenv.clone();
        move || std::fs::write(dotenv, "SESSION_COOKIE_AGE=nonsense")
    });
    refused(("SECRET_KEY", "x"), "SESSION_COOKIE_AGE");
    secrets.join().unwrap().unwrap();
    std::fs::remove_file(&dotenv).unwrap();
    std::os::unix::fs::symlink("/dev/null", &dotenv).unwrap();
    let ended = huihua(&folder, &["migrate"], &[("SESSION_ENGINE", "file")]);
    assert!(ended.status.success(), "{}", stderr(&ended));
    std::fs::remove_file(&dotenv).unwrap();
    pipe("data/secret_key");
    refused(("SECRET_KEY", ""), "SECRET_KEY: is not set, and data/secret_key can't be read");
    let sessions = pipe("data/no-folder");
    refused(("SESSION_FILE_PATH", &sessions), "data/no-folder can't be used: ");
    let database = pipe("data/no-database");
    let database = format!("sqlite:{database}");
    let db = [("SESSION_ENGINE", "db"), ("DATABASE_URL", &*database)];
    let ended = huihua(&folder, &["migrate"], &db);
    assert_eq!(ended.status.code(), Some(2), "{}", stderr(&ended));
    for (database, parameter) in [("postgres", "sslrootcert"), ("mysql", "ssl-ca")] {
        let url = format!("{database}://127.0.0.1:1/x?{parameter}={sessions}");
        let db = [("SESSION_ENGINE", "db"), ("DATABASE_URL", &*url)];
        let said = stderr(&huihua(&folder, &["migrate"], &db));
        assert!(said.contains(&format!("{parameter} names what is no file")), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_setting_that_is_no_text_is_named() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    let folder = folder_with_site();
    for name in ["SECRET_KEY", "LEPTOS_ENV", "RUST_LOG"] {
        let ended = Command::new(env!("CARGO_BIN_EXE_huihua"))
            .arg("migrate")
            .current_dir(folder.path())
            .env_clear()
            .env(name, OsStr::from_bytes(b"hush\xff"))
            .output()
            .unwrap();
        let said = stderr(&ended);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert_eq!(said, format!("huihua: {name}: isn't UTF-8\n"));
    }
}

#[test]
fn the_doctor_names_short_keys_and_misspelt_settings() {
    let folder = folder_with_site();
    let more = [
        ("SECRET_KEY_FALLBACKS", "short"),
        ("SESSION_COOKIE_SECUR", "true"),
        ("TRUSTED_PROXY", "10.0.0.1"),
        ("session_engine", "file"),
        ("SESSION_MANAGER", "local/x"),
    ];
    let said = huihua(&folder, &["doctor"], &more);
    let said = String::from_utf8(said.stdout).unwrap();
    for warning in [
        "SECRET_KEY: is short",
        "SECRET_KEY_FALLBACKS: one is short",
        "there is no setting SESSION_COOKIE_SECUR, TRUSTED_PROXY, session_engine: ",
    ] {
        assert!(said.contains(warning), "no {warning} in {said}");
    }
    let url = "sqlite:/proc/none/\u{1b}[2J.sqlite3";
    let said = huihua(&folder, &["doctor"], &[("DATABASE_URL", url)]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains(r"/proc/none") && !said.contains('\u{1b}'), "{said:?}");
    let keys = folder.path().join("data/secret_key");
    for kept in ["", "cut"] {
        std::fs::write(&keys, kept).unwrap();
        let said = huihua(&folder, &["doctor"], &[("SECRET_KEY", "")]);
        assert_eq!(said.status.code(), Some(1));
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(said.contains("data/secret_key is too short"), "{said}");
    }
    std::fs::remove_file(&keys).unwrap();
    std::fs::create_dir(&keys).unwrap();
    let ended = huihua(&folder, &["serve"], &[("SECRET_KEY", "")]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(stderr(&ended).contains("data/secret_key can't be read"));
}

#[tokio::test]
async fn who_clear_at_once_share_the_work() {
    for engine in ["db", "file"] {
        let huihua = crate::binary::Huihua::with(&[("SESSION_ENGINE", engine.to_owned())]);
        let names = ["a"; 300];
        huihua.with_sessions(&names, time::Duration::MILLISECOND).await;
        let clearing = [(); 4].map(|()| {
            let mut command = huihua.command(&["clearsessions", "--json"]);
            command.stdout(std::process::Stdio::piped()).spawn().unwrap()
        });
        let mut cleared = 0;
        for clearing in clearing {
            let output = clearing.wait_with_output().unwrap();
            assert!(output.status.success());
            let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            cleared += said["cleared"].as_u64().unwrap();
        }
        assert_eq!(cleared, 300, "{engine}");
    }
}

#[test]
fn help_names_every_setting_and_shows_no_secret() {
    let folder = folder_with_site();
    let help = huihua(&folder, &["--help"], &[]);
    let help = String::from_utf8(help.stdout).unwrap();
    for setting in server::settings::all() {
        assert!(help.contains(setting.name), "{}", setting.name);
    }
    assert!(help.contains("clearsessions") && !help.contains("a secret for tests"), "{help}");
}

/// A full disk, or a terminal that is gone, where it prints.
#[cfg(target_os = "linux")]
#[test]
fn it_serves_where_nothing_can_be_printed() {
    use std::fs::File;

    let folder = folder_with_site();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let port = servers::free_port();
    let mut process = Command::new(env!("CARGO_BIN_EXE_huihua"))
        .current_dir(folder.path())
        .env_clear()
        .envs(settings_in(&folder))
        .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
        .stdout(full())
        .stderr(full())
        .spawn()
        .unwrap();
    for _ in 0..600 {
        assert_eq!(process.try_wait().unwrap(), None);
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    tell(&process, "-HUP");
    assert!(process.wait().unwrap().success());
    for argument in ["doctor", "--help", "--version"] {
        let printed = Command::new(env!("CARGO_BIN_EXE_huihua"))
            .arg(argument)
            .current_dir(folder.path())
            .env_clear()
            .envs(settings_in(&folder))
            .stdout(full())
            .stderr(full())
            .status();
        assert_eq!(printed.unwrap().code(), Some(1), "{argument}");
    }
}

#[cfg(unix)]
fn tell(process: &std::process::Child, signal: &str) {
    let signal = match signal {
        // What `nohup` starts, tests too, has nobody hear it.
        "-HUP" if ignores_hangups() => "-TERM",
        signal => signal,
    };
    assert!(send_signal(signal, &[process.id()]));
}

/// `true`: this process, and so whatever it starts, was told to ignore SIGHUP.
#[cfg(unix)]
fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 != 0)
}

/// A signal while a form is on its way: the form is finished, then the process ends. A second Ctrl-C:
/// it ends at once.
#[cfg(unix)]
#[test]
fn a_signal_finishes_the_requests_in_flight_and_another_does_not() {
    for signals in [&["-TERM"][..], &["-HUP"], &["-INT"], &["-INT", "-INT"]] {
        a_request_in_flight_meets(signals);
    }
}

#[cfg(unix)]
fn a_request_in_flight_meets(signals: &[&str]) {
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
        // A short one would be warned of.
        .env("SECRET_KEY", "s".repeat(32))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    stdout.read_line(&mut said).unwrap();
    let addr = said.split("http://").nth(1).unwrap().trim().trim_end_matches('/');

    let mut stream = TcpStream::connect(addr).unwrap();
    let head = "POST /login_handle/ HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\
                content-type: application/x-www-form-urlencoded\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body, so it is busy with this request.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100 Continue"));

    tell(&process, signals[0]);
    let mut log = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    assert!(line.contains("finishing the requests in flight"), "{line}");

    if let Some(again) = signals.get(1) {
        tell(&process, again);
        assert_eq!(process.wait().unwrap().code(), Some(130));
        return;
    }
    stream.write_all(b"uname=m").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 302 Found"), "{answer}");
    assert!(answer.contains("set-cookie: sessionid="), "{answer}");
    assert!(process.wait().unwrap().success());
}
