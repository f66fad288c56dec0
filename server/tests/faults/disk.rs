//! A disk that is full, and has room again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use servers::{Huihua, Missing, Trials, folder_with_site};
use visitors::Crowd;

use crate::running::{block_on, log_is_fit_to_read, nothing_was_wrong, program, settings, until};

pub(crate) fn add(trials: &mut Trials) {
    for engine in ["db", "file"] {
        let name = format!("promise_7_a_full_disk_under_{engine}_loses_nothing");
        match may_mount() {
            true => trials.add(name, &["mount"], move || block_on(full(engine))),
            false => trials.add_missing(name, Missing("unshare, with the right to use it,")),
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
    until("fifty writes", tally, |tally| {
        tally.acknowledgements() >= 50
    })
    .await;
    for _ in 0..2 {
        let seen = tally.unavailables();
        let filling = fill(&seen_from_here(&site, &disk));
        until("503", tally, |tally| tally.unavailables() >= seen + 20).await;
        // Whoever only reads is served on.
        let answered = tally.answers();
        until("answers", tally, |tally| tally.answers() >= answered + 50).await;
        fs::remove_file(filling).unwrap();
        let written = tally.acknowledgements();
        until("writes", tally, |tally| {
            tally.acknowledgements() >= written + 20
        })
        .await;
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
        let mut filling = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&file)
            .unwrap();
        while std::io::Write::write_all(&mut filling, &bytes).is_ok() {}
    }
    file
}
