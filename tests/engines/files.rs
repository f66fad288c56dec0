//! What may happen to a folder of sessions while engines keep sessions in it.

use std::{fs, path::Path, sync::Arc};

use huihua::{
    Clock, Engine,
    engine::{ErrorKind, Order, Replaced, Row, file::File},
    key::{SessionKey, StoredKey},
    testing::TestClock,
};
use tempfile::TempDir;
use time::Duration;
use tokio::task::JoinSet;

use crate::{
    fixtures::{COOKIE, secret_keys},
    restarts::Restart,
};

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "two_engines_on_one_folder_mix_up_nothing",
        programs: &[],
        run: || Box::pin(two_engines_on_one_folder_mix_up_nothing()),
    },
    Restart {
        name: "a_folder_that_was_removed_is_made_anew",
        programs: &[],
        run: || Box::pin(a_folder_that_was_removed_is_made_anew()),
    },
    Restart {
        name: "a_folder_that_is_no_folder_is_a_broken_store",
        programs: &[],
        run: || Box::pin(a_folder_that_is_no_folder_is_a_broken_store()),
    },
    #[cfg(target_os = "linux")]
    Restart {
        name: "a_folder_that_was_unmounted_is_a_broken_store",
        programs: &[],
        run: || Box::pin(a_folder_that_was_unmounted_is_a_broken_store()),
    },
    Restart {
        name: "a_lock_that_was_removed_keeps_others_out_again",
        programs: &[],
        run: || Box::pin(a_lock_that_was_removed_keeps_others_out_again()),
    },
    Restart {
        name: "what_is_too_large_is_refused_and_nothing_else",
        programs: &[],
        run: || Box::pin(what_is_too_large_is_refused_and_nothing_else()),
    },
    Restart {
        name: "a_file_too_large_to_be_read_harms_nobody_else",
        programs: &[],
        run: || Box::pin(a_file_too_large_to_be_read_harms_nobody_else()),
    },
    Restart {
        name: "two_who_clear_at_once_share_the_work",
        programs: &[],
        run: || Box::pin(two_who_clear_at_once_share_the_work()),
    },
    Restart {
        name: "drafts_that_a_crash_has_left_are_cleared",
        programs: &[],
        run: || Box::pin(drafts_that_a_crash_has_left_are_cleared()),
    },
];

fn files_in(folder: &Path, clock: Clock) -> Arc<dyn Engine> {
    let files = File::open(folder, COOKIE, &secret_keys(), Duration::weeks(2)).unwrap();
    Arc::new(files.with_clock(clock))
}

fn new_key() -> StoredKey {
    SessionKey::generate().stored(true)
}

fn row(payload: String) -> Row {
    Row::new(payload, Clock::system().now() + Duration::weeks(2))
}

/// As two containers are, in each of which the process has the same number: 10,000 rows are written.
async fn two_engines_on_one_folder_mix_up_nothing() {
    const WRITERS: usize = 8;
    const ROWS: usize = 625;
    // In memory where there is such a folder: it is about names, and a disk is slow.
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
    let folder = folder.unwrap();
    let engines = [(); 2].map(|()| files_in(folder.path(), Clock::system()));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let engine = engines[writer % 2].clone();
        writers.spawn(async move {
            let mut written = Vec::new();
            for number in 0..ROWS {
                let key = new_key();
                let first = row(format!("first {writer} {number}"));
                let second = row(format!("second {writer} {number}"));
                assert!(engine.create(&key, &first).await.unwrap());
                let seen = engine.load(&key).await.unwrap().unwrap();
                assert_eq!(seen.payload(), first.payload());
                let replaced = engine.replace(&key, &seen, &second).await.unwrap();
                assert_eq!(replaced, Replaced::Done);
                written.push((key, second.into_payload()));
            }
            written
        });
    }
    let written: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    for (key, payload) in written {
        let there = engines[0].load(&key).await.unwrap().unwrap();
        assert_eq!(there.payload(), payload);
    }
    let names = fs::read_dir(folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with(".draft-")).count(), 0);
}

async fn a_folder_that_was_removed_is_made_anew() {
    let above = TempDir::new().unwrap();
    let folder = above.path().join("data/sessions");
    let engine = files_in(&folder, Clock::system());
    let (key, row) = (new_key(), row("a".into()));
    for _ in 0..2 {
        assert!(engine.create(&key, &row).await.unwrap());
        fs::remove_dir_all(above.path().join("data")).unwrap();
        assert_eq!(engine.load(&key).await.unwrap(), None);
        assert_eq!(engine.clear_expired().await.unwrap(), 0);
        let rows = engine.inspected().unwrap().info().await.unwrap().rows.unwrap();
        assert_eq!(rows.number, 0);
        let replaced = engine.replace(&key, &row, &row).await.unwrap();
        assert_eq!(replaced, Replaced::Gone);
        fs::remove_dir_all(above.path().join("data")).unwrap();
        engine.delete(&key).await.unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        assert!(engine.create(&key, &row).await.unwrap());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        let file = folder.join(format!("{COOKIE}{}", key.as_str()));
        assert_eq!(mode(&file), 0o600);
    }
}

async fn a_folder_that_is_no_folder_is_a_broken_store() {
    let above = TempDir::new().unwrap();
    let folder = above.path().join("sessions");
    let engine = files_in(&folder, Clock::system());
    let (key, row) = (new_key(), row("a".into()));
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "no folder").unwrap();
    let failed = [
        engine.load(&key).await.unwrap_err(),
        engine.create(&key, &row).await.unwrap_err(),
        engine.replace(&key, &row, &row).await.unwrap_err(),
        engine.delete(&key).await.unwrap_err(),
        engine.clear_expired().await.unwrap_err(),
        engine.inspected().unwrap().info().await.unwrap_err(),
    ];
    for error in failed {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(!error.to_string().contains(key.as_str()), "{error}");
    }
}

/// A link leads to another file system, to where a folder would be mounted, and nowhere.
#[cfg(target_os = "linux")]
async fn a_folder_that_was_unmounted_is_a_broken_store() {
    let [mounted, other] = ["/dev/shm", env!("CARGO_TARGET_TMPDIR")].map(|parent| {
        let folder = TempDir::new_in(parent).unwrap();
        (folder.path().join("sessions"), folder)
    });
    let place = TempDir::new().unwrap();
    let path = place.path().join("sessions");
    let mount = |folder: &Path| {
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(folder, &path).unwrap();
    };
    fs::create_dir(&mounted.0).unwrap();
    mount(&mounted.0);
    let engine = files_in(&path, Clock::system());
    let (key, row) = (new_key(), row("e30:1:good".into()));
    engine.create(&key, &row).await.unwrap();

    fs::create_dir(&other.0).unwrap();
    for unmounted in [&other.0, &place.path().join("nowhere")] {
        mount(unmounted);
        for failed in [
            engine.load(&key).await.map(drop),
            engine.create(&new_key(), &row).await.map(drop),
            engine.replace(&key, &row, &row).await.map(drop),
            engine.delete(&key).await.map(drop),
            engine.clear_expired().await.map(drop),
        ] {
            assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
        }
        mount(&mounted.0);
        assert!(engine.load(&key).await.unwrap().is_some());
    }
    // The same sessions on another file system, as after it was mounted again.
    for file in fs::read_dir(&mounted.0).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), other.0.join(file.file_name())).unwrap();
    }
    mount(&other.0);
    engine.delete(&key).await.unwrap();
    assert!(engine.load(&key).await.unwrap().is_none());
}

/// Something that tidies up has removed a lock on which somebody waits.
async fn a_lock_that_was_removed_keeps_others_out_again() {
    let folder = TempDir::new().unwrap();
    let engine = files_in(folder.path(), Clock::system());
    let key = new_key();
    assert!(engine.create(&key, &row("0".into())).await.unwrap());
    let part = &key.as_str()[..1];
    let lock = folder.path().join(format!(".lock-{part}"));
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let (engine, key) = (engine.clone(), key.clone());
        writers.spawn(async move {
            for _ in 0..50 {
                loop {
                    let seen = engine.load(&key).await.unwrap().unwrap();
                    let next: u32 = seen.payload().parse::<u32>().unwrap() + 1;
                    let next = row(next.to_string());
                    if engine.replace(&key, &seen, &next).await.unwrap() == Replaced::Done {
                        break;
                    }
                }
            }
        });
    }
    let tidying = tokio::spawn(async move {
        loop {
            // While it is held: what waits for it has opened it already.
            if let Ok(file) = fs::File::open(&lock)
                && file.try_lock().is_ok()
            {
                let _ = fs::remove_file(&lock);
            }
            tokio::task::yield_now().await;
        }
    });
    writers.join_all().await;
    tidying.abort();
    let there = engine.load(&key).await.unwrap().unwrap();
    assert_eq!(there.payload(), "400");
}

async fn what_is_too_large_is_refused_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let engine = files_in(folder.path(), Clock::system());
    let (key, small) = (new_key(), row("small".into()));
    let large = row("a".repeat(16 * 1024 * 1024 + 1));
    let refused = engine.create(&key, &large).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge, "{refused}");
    assert!(engine.create(&key, &small).await.unwrap());
    let refused = engine.replace(&key, &small, &large).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge, "{refused}");
    let there = engine.load(&key).await.unwrap().unwrap();
    assert_eq!(there.payload(), small.payload());
}

async fn a_file_too_large_to_be_read_harms_nobody_else() {
    let folder = TempDir::new().unwrap();
    let clock = TestClock::new();
    let engine = files_in(folder.path(), clock.clock());
    let key = new_key();
    let path = folder.path().join(format!("{COOKIE}{}", key.as_str()));
    // It takes no room on the disk.
    let file = fs::File::create(&path).unwrap();
    file.set_len(17 * 1024 * 1024).unwrap();
    for limit in [1, 10] {
        assert_eq!(scanned(&*engine, limit).await, (0, 1));
    }
    let kept = row("kept".into());
    let kept = Row::new(kept.payload(), kept.expires_at() + Duration::weeks(1));
    for number in 0..20 {
        let row = if number % 2 == 0 { &kept } else { &row("ends".into()) };
        assert!(engine.create(&new_key(), row).await.unwrap());
    }
    assert_eq!(scanned(&*engine, 1).await, (20, 1));
    assert_eq!(engine.inspected().unwrap().info().await.unwrap().rows.unwrap().number, 21);
    clock.pass(Duration::days(15));
    assert_eq!(engine.clear_expired().await.unwrap(), 10);
    let error = engine.load(&key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert!(!error.to_string().contains(key.as_str()), "{error}");
    engine.delete(&key).await.unwrap();
    assert!(!path.exists());
    assert_eq!(scanned(&*engine, 1).await, (10, 0));
}

/// The number of rows that can be read, and of others.
async fn scanned(engine: &dyn Engine, limit: usize) -> (usize, usize) {
    let (mut rows, mut from) = ((0, 0), None);
    loop {
        let page =
            engine.inspected().unwrap().scan(Order::Natural, from.as_ref(), limit).await.unwrap();
        let readable = page.rows.iter().filter(|(_, row)| row.is_ok()).count();
        rows = (rows.0 + readable, rows.1 + page.rows.len() - readable);
        from = page.next;
        if from.is_none() {
            return rows;
        }
    }
}

async fn two_who_clear_at_once_share_the_work() {
    let folder = TempDir::new().unwrap();
    let clock = TestClock::new();
    let engines = [(); 2].map(|()| files_in(folder.path(), clock.clock()));
    for number in 0..200 {
        let row = row(format!("{number}"));
        assert!(engines[0].create(&new_key(), &row).await.unwrap());
    }
    fs::write(folder.path().join(".draft-left"), "").unwrap();
    clock.pass(Duration::weeks(3));
    let clearing = engines.map(|engine| tokio::spawn(async move { engine.clear_expired().await }));
    let mut cleared = 0;
    for clearing in clearing {
        cleared += clearing.await.unwrap().unwrap();
    }
    assert_eq!(cleared, 200);
}

async fn drafts_that_a_crash_has_left_are_cleared() {
    let folder = TempDir::new().unwrap();
    let clock = TestClock::new();
    let engine = files_in(folder.path(), clock.clock());
    // As they were once named, and as they are.
    let drafts = [".draft-1-0", ".draft-x2b9Qd"].map(|name| folder.path().join(name));
    for draft in &drafts {
        fs::write(draft, "half").unwrap();
    }
    engine.clear_expired().await.unwrap();
    assert!(drafts.iter().all(|draft| draft.exists()));
    clock.pass(Duration::hours(2));
    engine.clear_expired().await.unwrap();
    assert!(!drafts.iter().any(|draft| draft.exists()));
}
