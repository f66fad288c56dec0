//! A disk that is full, and has room again; and one that can only be read.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use reqwest::{Client, redirect::Policy};
use servers::{Huihua, Missing, Trials, folder_with_site};
use sqlx::{
    Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use visitors::Crowd;

use crate::running::{block_on, log_is_fit_to_read, nothing_was_wrong, program, settings, until};

pub(crate) fn add(trials: &mut Trials) {
    let mut add = |name: String, run: Box<dyn FnOnce() + Send>| {
        if may_mount() {
            trials.add(name, &["mount"], run)
        } else {
            trials.add_missing(name, Missing("unshare, with the right to use it,"))
        }
    };
    for engine in ["db", "file"] {
        let name = format!("promise_7_a_full_disk_under_{engine}_loses_nothing");
        add(name, Box::new(move || block_on(full(engine))));
    }
    for (engine, left) in [
        ("db", Left::InOrder),
        ("db", Left::Killed),
        ("db", Left::AsDjangoDoes),
        ("cached_db", Left::InOrder),
        ("file", Left::InOrder),
    ] {
        for full in [false, true] {
            let disk = if full { "full" } else { "read_only" };
            let name = format!("promise_7_a_{disk}_disk_under_{engine}_left_{left:?}_is_read");
            let run = read_at_start(engine, left, full);
            add(name, Box::new(move || block_on(run)));
        }
    }
}

/// What follows has mounts that nobody else sees.
fn alone() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount"]);
    command
}

fn may_mount() -> bool {
    let tried = alone().arg("true").output();
    tried.is_ok_and(|tried| tried.status.success())
}

async fn full(engine: &str) {
    let folder = folder_with_site();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let settings = settings(&folder, &disk, &[("SESSION_ENGINE", engine)]);
    // A small disk that only this process has.
    let mut command = alone();
    command
        .args(["sh", "-c"])
        .arg("mount -t tmpfs -o size=4m tmpfs \"$1\" && exec \"$2\"")
        .arg("sh")
        .arg(&disk)
        .arg(program());
    let site = Huihua::started_by(command, &settings, folder.path());
    let crowd = Crowd::new(site.url(), 200).unwrap();
    let (strolling, tally) = (crowd.clone(), crowd.tally());
    let strolling = tokio::spawn(async move { strolling.stroll(50).await });
    until("fifty writes", tally, |tally| tally.acknowledgements() >= 50).await;
    for _ in 0..2 {
        let seen = tally.unavailables();
        let filling = fill(&seen_from_here(&site, &disk));
        until("503", tally, |tally| tally.unavailables() >= seen + 20).await;
        // Whoever only reads is served on.
        let answered = tally.answers();
        until("answers", tally, |tally| tally.answers() >= answered + 50).await;
        fs::remove_file(filling).unwrap();
        let written = tally.acknowledgements();
        until("writes", tally, |tally| tally.acknowledgements() >= written + 20).await;
        nothing_was_wrong(&crowd);
    }
    crowd.go_home();
    strolling.await.unwrap();
    crowd.check_all().await;
    nothing_was_wrong(&crowd);
    assert_eq!(tally.breaks(), 0, "the site itself was always there");
    log_is_fit_to_read(&site, &crowd, "the session store is broken");
    println!(
        "a full disk under {engine}: {} answered, {} writes acknowledged, {} answered 503, the \
         slowest took {:?}",
        tally.answers(),
        tally.acknowledgements(),
        tally.unavailables(),
        tally.longest(),
    );
}

fn seen_from_here(site: &Huihua, disk: &Path) -> PathBuf {
    let root = format!("/proc/{}/root", site.id().unwrap());
    Path::new(&root).join(disk.strip_prefix("/").unwrap())
}

/// Takes all the room that there is.
fn fill(disk: &Path) -> PathBuf {
    let file = disk.join("filling");
    for size in [4096, 1] {
        let bytes = vec![0; size];
        let mut filling = fs::OpenOptions::new().create(true).append(true).open(&file).unwrap();
        while std::io::Write::write_all(&mut filling, &bytes).is_ok() {}
    }
    file
}

/// The site while its disk could still be written to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Left {
    InOrder,
    Killed,
    /// In SQLite's own journal mode.
    AsDjangoDoes,
}

const READ_ONLY: &str =
    "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"";
const FULL: &str = "mkdir \"$1.full\"; mount -t tmpfs -o size=4m tmpfs \"$1.full\" \
                    && cp -a \"$1\"/. \"$1.full\" && mount --bind \"$1.full\" \"$1\" \
                    && { dd if=/dev/zero of=\"$1/filling\" bs=4096 2>/dev/null; \
                    if head -c 65536 /dev/zero >\"$1/more\" 2>/dev/null; then exit 9; fi; shift; exec \"$@\"; }";

async fn read_at_start(engine: &str, left: Left, full: bool) {
    let folder = folder_with_site();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let settings = settings(&folder, &disk, &[("SESSION_ENGINE", engine)]);
    let mut site = Huihua::start(program(), &settings, folder.path());
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let log_in = |site: &Huihua| {
        let form = client.post(format!("{}/login_handle/", site.url()));
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        form.body("uname=ming").send()
    };
    let answer = log_in(&site).await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    match left {
        Left::Killed => site.kill(),
        _ => assert!(site.stop()),
    }
    if left == Left::AsDjangoDoes {
        let options = SqliteConnectOptions::new().filename(disk.join("test.sqlite3"));
        let options = options.journal_mode(SqliteJournalMode::Delete);
        let database = SqliteConnection::connect_with(&options).await.unwrap();
        database.close().await.unwrap();
    }
    let on_it = |arguments: &[&str]| {
        let mut command = alone();
        command
            .args(["sh", "-c"])
            .arg(if full { FULL } else { READ_ONLY })
            .arg("sh")
            .arg(&disk)
            .arg(program())
            .args(arguments)
            .envs(settings.iter().cloned());
        command
    };

    fs::remove_file(folder.path().join("huihua.log")).unwrap();
    let site = Huihua::started_by(on_it(&[]), &settings, folder.path());
    let get = async |path: &str| {
        let asked = client.get(format!("{}{path}", site.url()));
        let answer = asked.header("cookie", &cookie).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    for _ in 0..2 {
        let (status, page) = get("/").await;
        assert!(status == 200 && page.contains("ming"), "{status}: {page}");
        if full {
            // A little room is given away yet, and comes back.
            return;
        }
        assert_eq!(log_in(&site).await.unwrap().status(), 503);
        assert_eq!(get("/readyz").await.0, 503);
    }
    let said = site.said();
    assert!(said.contains("none can be changed"), "{said}");

    let key = cookie.split('=').nth(1).unwrap();
    for (arguments, code, says) in [
        (&["sessions", "keys"][..], 0, ""),
        (&["sessions", "list"], 0, "ming"),
        (&["sessions", "count"], 0, "of all 1"),
        (&["sessions", "get", key], 0, "ming"),
        (&["sessions", "del", key], 1, ""),
        (&["migrate"], 0, ""),
    ] {
        let done = on_it(arguments).current_dir(folder.path()).output().unwrap();
        let errors = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{arguments:?}: {errors}");
        let printed = String::from_utf8_lossy(&done.stdout);
        assert!(printed.contains(says), "{arguments:?}: {printed}");
    }

    // Somebody else may write to it: who is logged out there, is here.
    let mut command = Command::new(program());
    command.args(["sessions", "del", key]).current_dir(folder.path());
    let done = command.envs(settings.iter().cloned()).output().unwrap();
    assert!(done.status.success());
    if engine != "cached_db" {
        let (status, page) = get("/").await;
        assert!(status == 200 && !page.contains("ming"), "{status}: {page}");
    }
}
