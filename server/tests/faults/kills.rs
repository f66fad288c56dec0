//! The site itself, killed while it writes, again and again.

use std::{fs, path::Path};

use huihua::{
    SecretKeys, Settings as SessionSettings, Store,
    engine::Order,
    signing::{SERVER_SIDE_SALT, Signer},
};
use servers::{
    Huihua, Running, Trials, folder_with_site,
    stores::{MARIADB, POSTGRES, REDIS, Settings},
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use visitors::Crowd;

use crate::running::{block_on, log_is_fit_to_read, nothing_was_wrong, program, settings, until};

const KILLS: usize = 50;
/// Visitors who write, half of them at the same time.
const WRITERS: usize = 16;

pub(crate) fn add(trials: &mut Trials) {
    for (name, programs, store) in [
        ("sqlite", &[][..], sqlite as fn(&Running) -> More),
        ("file", &[], file),
        ("postgres", POSTGRES, postgres),
        ("mariadb", MARIADB, mariadb),
        ("redis", REDIS, redis),
    ] {
        let name = format!("promise_2_{KILLS}_kills_of_the_site_lose_nothing_in_{name}");
        trials.add(name.clone(), programs, move || {
            let running = Running::default();
            block_on(killed(&name, store(&running)));
        });
    }
}

type More = Vec<(&'static str, String)>;

fn sqlite(_: &Running) -> More {
    vec![("SESSION_ENGINE", "db".into())]
}

fn file(_: &Running) -> More {
    vec![("SESSION_ENGINE", "file".into())]
}

fn postgres(running: &Running) -> More {
    vec![("SESSION_ENGINE", "db".into()), ("DATABASE_URL", running.postgres().database())]
}

fn mariadb(running: &Running) -> More {
    vec![("SESSION_ENGINE", "db".into()), ("DATABASE_URL", running.mariadb().database())]
}

fn redis(running: &Running) -> More {
    vec![("SESSION_ENGINE", "redis".into()), ("SESSION_REDIS_URL", running.redis().url())]
}

async fn killed(name: &str, more: More) {
    let folder = folder_with_site();
    let more: Vec<_> = more.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let settings = settings(&folder, folder.path(), &more);
    let mut site = Huihua::start(program(), &settings, folder.path());
    let crowd = Crowd::new(site.url(), WRITERS).unwrap();
    let tally = crowd.tally();
    for _ in 0..KILLS {
        let (writing, written) = (crowd.clone(), tally.acknowledgements());
        let writing = tokio::spawn(async move { writing.write(WRITERS / 2).await });
        until("writes", tally, |tally| tally.acknowledgements() >= written + 20).await;
        site.kill();
        crowd.go_home();
        writing.await.unwrap();
        site.start_again();
        crowd.check_all().await;
        nothing_was_wrong(&crowd);
        crowd.come_back();
    }
    let rows = everything_is_whole(&settings, folder.path()).await;
    log_is_fit_to_read(&site, &crowd, "");
    println!(
        "{name}: {} writes acknowledged, {} requests cut off, {rows} rows are whole",
        tally.acknowledgements(),
        tally.breaks(),
    );
}

/// Every row that the store has opens. Answers how many there are.
async fn everything_is_whole(settings: &Settings, folder: &Path) -> usize {
    let lookup = |name: &str| {
        let found = settings.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, text)| text.clone())
    };
    let secret = lookup("SECRET_KEY").unwrap();
    let signer = Signer::new(&SecretKeys::allow_short(secret).unwrap(), SERVER_SIDE_SALT);
    let is_whole = |payload: &str| assert!(signer.verify(payload).is_ok(), "{payload}");

    // Past the engine, which would pass over what is no session.
    let files = folder.join("sessions");
    for file in fs::read_dir(files).into_iter().flatten() {
        let file = file.unwrap();
        if !file.file_name().to_str().unwrap().starts_with('.') {
            is_whole(&fs::read_to_string(file.path()).unwrap());
        }
    }
    let database = folder.join("test.sqlite3");
    if database.exists() {
        let options = SqliteConnectOptions::new().filename(database);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let check = sqlx::query_scalar::<_, String>("PRAGMA integrity_check");
        assert_eq!(check.fetch_one(&mut connection).await.unwrap(), "ok");
    }
    let sessions = SessionSettings::read(lookup).unwrap();
    let Store::Rows(engine) = Store::open(&sessions).await.unwrap() else {
        return 0;
    };
    let (mut from, mut rows) = (None, 0);
    loop {
        let page =
            engine.inspected().unwrap().scan(Order::Natural, from.as_ref(), 1000).await.unwrap();
        page.rows.iter().for_each(|(_, row)| is_whole(row.as_ref().unwrap().payload()));
        rows += page.rows.len();
        match page.next {
            Some(next) => from = Some(next),
            None => return rows,
        }
    }
}
