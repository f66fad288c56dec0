//! Connections that die, that are shared, and tables that several make at once.

use std::{collections::HashMap, fs, time::Duration as Wait};

use huihua::{
    Db, Engine,
    engine::{Inspect, Order, Replaced},
    key::SessionKey,
    signing::{SERVER_SIDE_SALT, Signer},
    testing::TestClock,
};
use servers::{
    Proxy, Running,
    stores::{MARIADB, PGBOUNCER, POSTGRES},
};
use sqlx::{AnyConnection, Connection as _, SqliteConnection};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    fixtures::secret_keys,
    restarts::{Restart, by, created, new_key, row},
    silence::is_done_once,
};

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "a_connection_that_was_forgotten_costs_nothing_on_postgres",
        programs: POSTGRES,
        run: || Box::pin(forgotten_on_postgres()),
    },
    Restart {
        name: "a_connection_that_was_forgotten_costs_nothing_on_mariadb",
        programs: MARIADB,
        run: || Box::pin(forgotten_on_mariadb()),
    },
    Restart {
        name: "a_statement_that_is_slow_is_waited_for_on_postgres",
        programs: POSTGRES,
        run: || Box::pin(slow_on_postgres()),
    },
    Restart {
        name: "a_statement_that_is_slow_is_waited_for_behind_pgbouncer",
        programs: PGBOUNCER,
        run: || Box::pin(slow_behind_pgbouncer()),
    },
    Restart {
        name: "a_statement_that_is_slow_is_waited_for_on_mariadb",
        programs: MARIADB,
        run: || Box::pin(slow_on_mariadb()),
    },
    Restart {
        name: "a_connection_to_what_is_no_primary_any_more_is_made_anew",
        programs: POSTGRES,
        run: || Box::pin(no_primary_any_more()),
    },
    Restart {
        name: "many_make_the_table_at_once_on_postgres",
        programs: POSTGRES,
        run: || Box::pin(at_once_on_postgres()),
    },
    Restart {
        name: "many_make_the_table_at_once_behind_pgbouncer",
        programs: PGBOUNCER,
        run: || Box::pin(at_once_behind_pgbouncer()),
    },
    Restart {
        name: "many_make_the_table_at_once_on_mariadb",
        programs: MARIADB,
        run: || Box::pin(at_once_on_mariadb()),
    },
    Restart {
        name: "many_make_the_table_at_once_on_sqlite",
        programs: &[],
        run: || Box::pin(at_once_on_sqlite()),
    },
    Restart {
        name: "nothing_stays_on_the_connections_of_pgbouncer",
        programs: PGBOUNCER,
        run: || Box::pin(nothing_stays()),
    },
    Restart {
        name: "few_connections_are_waited_for_on_postgres",
        programs: POSTGRES,
        run: || Box::pin(few_on_postgres()),
    },
    Restart {
        name: "few_connections_are_waited_for_on_mariadb",
        programs: MARIADB,
        run: || Box::pin(few_on_mariadb()),
    },
    Restart {
        name: "a_table_that_will_not_do_is_named_on_postgres",
        programs: POSTGRES,
        run: || Box::pin(tables_on_postgres()),
    },
    Restart {
        name: "a_table_that_will_not_do_is_named_on_mariadb",
        programs: MARIADB,
        run: || Box::pin(tables_on_mariadb()),
    },
    Restart {
        name: "a_mariadb_of_any_alphabet_keeps_every_text",
        programs: MARIADB,
        run: || Box::pin(any_alphabet()),
    },
    Restart {
        name: "a_table_that_will_not_do_is_named_on_sqlite",
        programs: &[],
        run: || Box::pin(tables_on_sqlite()),
    },
    Restart {
        name: "a_file_that_was_deleted_or_replaced_is_named",
        programs: &[],
        run: || Box::pin(another_file()),
    },
    Restart { name: "a_locked_file_is_named", programs: &[], run: || Box::pin(a_locked_file()) },
];

async fn forgotten_on_postgres() {
    let server = servers::Postgres::start(false).unwrap();
    let way = Proxy::to(server.port());
    let url = server.database();
    forgotten(&by(&way, server.port(), &url), &way).await;
}

async fn forgotten_on_mariadb() {
    let server = servers::MariaDb::start(false).unwrap();
    let way = Proxy::to(server.port());
    let url = server.database();
    forgotten(&by(&way, server.port(), &url), &way).await;
}

/// Opens all connections, lets them be forgotten, and is answered all the same: by a connection that
/// has been idle, and by one that was used a moment ago.
async fn forgotten(url: &str, way: &Proxy) {
    let db = Db::connect(url).await.unwrap();
    db.migrate().await.unwrap();
    for idle in [Wait::from_millis(1100), Wait::ZERO] {
        let (key, one, two) = (new_key(), row("one"), row("two"));
        assert!(db.create(&key, &one).await.unwrap());
        let mut writers = JoinSet::new();
        for _ in 0..40 {
            let db = db.clone();
            writers.spawn(async move { db.create(&new_key(), &row("other")).await });
        }
        writers.join_all().await;
        let open = db.metrics().pool.unwrap().open;
        assert!(open > 1, "{open}");
        for round in 0..4 {
            sleep(idle).await;
            way.forget();
            let before = way.connections();
            match round {
                0 => assert_eq!(db.load(&key).await.unwrap(), Some(one.clone())),
                1 => {
                    let replaced = db.replace(&key, &one, &two).await;
                    assert_eq!(replaced.unwrap(), Replaced::Done);
                }
                // It may want another key, but no error.
                2 => drop(created(&db, 2).await),
                _ => assert!(db.delete(&key).await.unwrap()),
            }
            // None of the others is tried first.
            assert!(way.connections() - before <= 2);
        }
        assert_eq!(db.load(&key).await.unwrap(), None);
    }
    is_done_once(|| way.lose_answers(), &db, 2).await;
}

async fn slow_on_postgres() {
    let server = servers::Postgres::start(false).unwrap();
    let url = server.database();
    slow(&url, server.port(), &url, POSTGRES_LOCK).await;
}

async fn slow_behind_pgbouncer() {
    let running = Running::default();
    let url = running.behind_pgbouncer();
    let (there, name) = url.rsplit_once('/').unwrap();
    let pooler = there.rsplit_once(':').unwrap().1.parse().unwrap();
    let postgres = running.postgres().port();
    let direct = format!("postgres://postgres@127.0.0.1:{postgres}/{name}");
    slow(&url, pooler, &direct, POSTGRES_LOCK).await;
}

async fn slow_on_mariadb() {
    let server = servers::MariaDb::start(false).unwrap();
    let url = server.database();
    let lock = "LOCK TABLES django_session WRITE";
    slow(&url, server.port(), &url, lock).await;
}

const POSTGRES_LOCK: &str = "BEGIN; LOCK TABLE django_session";

/// Statements that wait for another's lock longer than a connection may be silent that may be lost: on
/// the only one that is open.
async fn slow(url: &str, server: u16, direct: &str, lock: &'static str) {
    let way = Proxy::to(server);
    let url = by(&way, server, url);
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    let (key, one, two) = (new_key(), row("one"), row("two"));
    for round in 0..4 {
        let before = way.connections();
        let mut other = AnyConnection::connect(direct).await.unwrap();
        sqlx::raw_sql(lock).execute(&mut other).await.unwrap();
        let unlock = async {
            // It is asked whether the database does anything for it,
            while way.connections() == before {
                sleep(Wait::from_millis(10)).await;
            }
            // and it does for longer than it would take to give up.
            sleep(Wait::from_millis(200)).await;
            other.close().await.unwrap();
        };
        let statement = async {
            match round {
                0 => assert!(db.create(&key, &one).await.unwrap()),
                1 => assert_eq!(db.load(&key).await.unwrap(), Some(one.clone())),
                2 => {
                    let replaced = db.replace(&key, &one, &two).await;
                    assert_eq!(replaced.unwrap(), Replaced::Done);
                }
                _ => assert!(db.delete(&key).await.unwrap()),
            }
        };
        tokio::join!(statement, unlock);
        db.load(&key).await.unwrap();
        // Nothing was done on the one that asked, and the first is still good.
        assert_eq!(way.connections(), before + 1);
    }
    assert_eq!(db.load(&key).await.unwrap(), None);
}

async fn no_primary_any_more() {
    let server = servers::Postgres::start(false).unwrap();
    let url = server.database();
    let name = url.rsplit('/').next().unwrap().to_owned();
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    let read_only = |on: bool| {
        let alter = format!("ALTER DATABASE {name} SET default_transaction_read_only = {on}");
        server.sql("postgres", &alter);
    };
    read_only(true);
    let standby = Db::connect(&url).await.unwrap();
    assert!(standby.create(&new_key(), &row("x")).await.is_err());
    let key = new_key();
    assert!(db.create(&key, &row("x")).await.unwrap());
    assert!(standby.load(&key).await.unwrap().is_some());
    read_only(false);
    assert!(standby.create(&new_key(), &row("x")).await.unwrap());
    standby.delete(&key).await.unwrap();
    // Nor does one that the server ends.
    for _ in 0..3 {
        server.sql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE pid <> pg_backend_pid() AND datname LIKE 'test%'",
        );
        created(&standby, 2).await;
    }
}

async fn at_once_on_postgres() {
    let server = servers::Postgres::start(false).unwrap();
    at_once(20, || server.database()).await;
}

async fn at_once_behind_pgbouncer() {
    let running = Running::default();
    at_once(10, || running.behind_pgbouncer()).await;
}

async fn at_once_on_mariadb() {
    let server = servers::MariaDb::start(false).unwrap();
    at_once(20, || server.database()).await;
}

async fn at_once_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    at_once(20, || {
        number += 1;
        format!("sqlite:{}/{number}/x.sqlite3", folder.path().display())
    })
    .await;
}

async fn at_once(rounds: usize, mut database: impl FnMut() -> String) {
    for _ in 0..rounds {
        let url = database();
        let mut starts = JoinSet::new();
        for _ in 0..8 {
            let url = url.clone();
            starts.spawn(async move {
                let db = Db::connect(&url).await.unwrap();
                db.migrate().await.unwrap();
                assert!(db.create(&new_key(), &row("x")).await.unwrap());
            });
        }
        starts.join_all().await;
    }
}

async fn nothing_stays() {
    let running = Running::default();
    let url = running.behind_pgbouncer();
    let mut sites = Vec::new();
    for _ in 0..3 {
        let db = Db::connect(&url).await.unwrap();
        db.migrate().await.unwrap();
        sites.push(db);
    }
    let mut visits = JoinSet::new();
    for number in 0..120 {
        let db = sites[number % 3].clone();
        visits.spawn(async move {
            let (key, one, two) = (new_key(), row("'one'"), row("\\two$1"));
            assert!(db.create(&key, &one).await.unwrap());
            assert_eq!(db.load(&key).await.unwrap(), Some(one.clone()));
            let replaced = db.replace(&key, &one, &two).await.unwrap();
            assert_eq!(replaced, Replaced::Done);
            db.delete(&key).await.unwrap();
            assert_eq!(db.load(&key).await.unwrap(), None);
        });
    }
    visits.join_all().await;
    let postgres = url.rsplit_once('/').unwrap().1;
    let left = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{postgres}' AND state <> 'idle'"
    );
    assert_eq!(running.postgres().sql("postgres", &left).trim(), "0");
    // Other programs get the same connections.
    for _ in 0..6 {
        let there = running.through_pgbouncer(&url, "SHOW statement_timeout");
        assert_eq!(there.trim(), "0");
        let there = running.through_pgbouncer(&url, "SELECT count(*) FROM pg_prepared_statements");
        assert_eq!(there.trim(), "0");
    }
}

async fn few_on_postgres() {
    let server = servers::Postgres::start(false).unwrap();
    let url = server.database();
    let name = url.rsplit('/').next().unwrap();
    Db::connect(&url).await.unwrap().migrate().await.unwrap();
    server.sql(name, "CREATE ROLE few LOGIN CONNECTION LIMIT 2");
    server.sql(name, "GRANT ALL ON django_session TO few");
    all_are_answered(&url.replace("postgres@", "few@")).await;
}

async fn few_on_mariadb() {
    let server = servers::MariaDb::start(false).unwrap();
    let url = server.database();
    Db::connect(&url).await.unwrap().migrate().await.unwrap();
    server.sql("CREATE USER few@'%' WITH MAX_USER_CONNECTIONS 2");
    server.sql("GRANT ALL ON *.* TO few@'%'");
    let (_, there) = url.rsplit_once('@').unwrap();
    all_are_answered(&format!("mysql://few@{there}")).await;
}

/// Where the database grants fewer connections than are asked for at once.
async fn all_are_answered(url: &str) {
    let db = Db::connect(url).await.unwrap();
    let mut writers = JoinSet::new();
    for _ in 0..40 {
        let db = db.clone();
        writers.spawn(async move {
            let key = created(&db, 2).await;
            assert!(db.load(&key).await.unwrap().is_some());
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    assert!(db.metrics().pool.unwrap().open <= 2);
}

async fn tables_on_postgres() {
    let server = servers::Postgres::start(false).unwrap();
    for (columns, named) in [
        ("session_key varchar(40) PRIMARY KEY, session_data text", "expire_date"),
        (
            "session_key varchar(40) PRIMARY KEY, session_data bytea, expire_date timestamptz",
            "session_data",
        ),
        (
            "session_key integer PRIMARY KEY, session_data text, expire_date timestamptz",
            "session_key",
        ),
        (
            "session_key varchar(40) PRIMARY KEY, session_data text, expire_date timestamp",
            "expire_date",
        ),
        (
            "session_key varchar(40), session_data text, expire_date timestamptz, \
             UNIQUE (session_key, expire_date)",
            "session_key of the table django_session has to be unique",
        ),
    ] {
        let url = server.database();
        let name = url.rsplit('/').next().unwrap();
        server.sql(name, &format!("CREATE TABLE django_session ({columns})"));
        refused(&url, named).await;
    }
    let url = server.database();
    let name = url.rsplit('/').next().unwrap();
    Db::connect(&url).await.unwrap().migrate().await.unwrap();
    server.sql(name, "CREATE ROLE reader LOGIN");
    let theirs = url.replace("postgres@", "reader@");
    for granted in ["INSERT", "INSERT, SELECT"] {
        server.sql(name, &format!("GRANT {granted} ON django_session TO reader"));
        refused(&theirs, "grant it SELECT").await;
    }
    server.sql(name, "GRANT UPDATE, DELETE ON django_session TO reader");
    let db = Db::connect(&theirs).await.unwrap();
    db.migrate().await.unwrap();
    created(&db, 2).await;
}

async fn refused(url: &str, named: &str) {
    let db = Db::connect(url).await.unwrap();
    let refused = db.migrate().await.unwrap_err().to_string();
    assert!(refused.contains(named), "{refused}");
    assert!(db.info().await.is_err());
}

async fn tables_on_mariadb() {
    use huihua::engine::{ErrorKind, Row};

    let server = servers::MariaDb::start(false).unwrap();
    let url = server.database();
    let name = url.rsplit('/').next().unwrap();
    let columns = "session_key varchar(40) PRIMARY KEY, session_data longblob, \
                   expire_date datetime(6)";
    server.sql(&format!("CREATE TABLE {name}.django_session ({columns})"));
    refused(&url, "session_data").await;

    let url = server.database();
    let name = url.rsplit('/').next().unwrap();
    let columns = "session_key varchar(40), session_data longtext, expire_date datetime(6), \
                   INDEX (session_key), UNIQUE (session_key, expire_date)";
    server.sql(&format!("CREATE TABLE {name}.django_session ({columns})"));
    refused(&url, "has to be unique").await;
    server.sql(&format!("CREATE UNIQUE INDEX one ON {name}.django_session (session_key)"));
    Db::connect(&url).await.unwrap().migrate().await.unwrap();

    let url = server.database();
    let name = url.rsplit('/').next().unwrap();
    let columns = "session_key varchar(40) PRIMARY KEY, session_data varchar(20), \
                   expire_date datetime(6)";
    server.sql(&format!("CREATE TABLE {name}.django_session ({columns})"));
    server.sql("SET GLOBAL sql_mode = ''");
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    let warnings = db.info().await.unwrap().warnings;
    assert!(warnings.iter().any(|warning| warning.contains("longtext")), "{warnings:?}");
    let long = Row::new("too long for its column", row("").expires_at());
    let key = SessionKey::generate().stored(true);
    let refused = db.create(&key, &long).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge, "{refused}");
    assert_eq!(db.load(&key).await.unwrap(), None);
    created(&db, 2).await;
}

async fn any_alphabet() {
    let server = servers::MariaDb::start(false).unwrap();
    let signer = Signer::new(&secret_keys(), SERVER_SIDE_SALT);
    let session = |text: &str| {
        let values = HashMap::from([(text.to_owned(), text.into())]);
        row(&signer.encode(&values, TestClock::new().now()))
    };
    let (one, two) = (session("你好"), session("😀é"));
    for alphabet in ["latin1", "utf8mb3", "utf8mb4"] {
        let url = server.database();
        let name = url.rsplit('/').next().unwrap();
        server.sql(&format!("ALTER DATABASE {name} CHARACTER SET {alphabet}"));
        let db = Db::connect(&url).await.unwrap();
        db.migrate().await.unwrap();
        let made = server.sql(&format!("SHOW CREATE TABLE {name}.django_session"));
        assert!(made.contains(&format!("CHARSET={alphabet}")), "{made}");
        let key = new_key();
        assert!(db.create(&key, &one).await.unwrap());
        assert_eq!(db.load(&key).await.unwrap(), Some(one.clone()));
        let replaced = db.replace(&key, &one, &two).await;
        assert_eq!(replaced.unwrap(), Replaced::Done);
        let mut rows = db.scan(Order::Natural, None, 9).await.unwrap().rows;
        let (listed, row) = rows.remove(0);
        assert!(rows.is_empty());
        assert_eq!((listed, row.unwrap()), (key, two.clone()));
        assert!(signer.decode(two.payload()).is_ok());
    }
}

async fn tables_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("x.sqlite3").display());
    let mut other = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
    let mut say = async |statement: &'static str| {
        sqlx::raw_sql(statement).execute(&mut other).await.unwrap();
    };
    say("CREATE TABLE django_session (session_key varchar(40), session_data text, \
         expire_date datetime, UNIQUE (session_key, expire_date))")
    .await;
    refused(&url, "has to be unique").await;
    say("CREATE UNIQUE INDEX one ON django_session (session_key) WHERE expire_date > '2'").await;
    refused(&url, "has to be unique").await;
    say("CREATE UNIQUE INDEX all_of_them ON django_session (session_key)").await;
    Db::connect(&url).await.unwrap().migrate().await.unwrap();
}

async fn another_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite3");
    let (away, other) = (folder.path().join("y"), folder.path().join("z"));
    let url = format!("sqlite:{}", path.display());
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    let key = new_key();
    assert!(db.create(&key, &row("x")).await.unwrap());
    let refused = async || {
        let refused = [
            db.load(&key).await.map(drop),
            db.create(&new_key(), &row("x")).await.map(drop),
            db.info().await.map(drop),
        ];
        for refused in refused.map(Result::unwrap_err) {
            let named = refused.to_string().contains(path.to_str().unwrap());
            assert!(named, "{refused}");
        }
    };
    fs::rename(&path, &away).unwrap();
    refused().await;
    // Nor is one made in its place.
    assert!(!path.exists());
    fs::copy(&away, &other).unwrap();
    fs::rename(&other, &path).unwrap();
    refused().await;
    fs::rename(&away, &path).unwrap();
    assert_eq!(db.load(&key).await.unwrap(), Some(row("x")));
    created(&db, 2).await;
}

async fn a_locked_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite3");
    let url = format!("sqlite:{}", path.display());
    let mut other = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
    sqlx::raw_sql("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE x (y)")
        .execute(&mut other)
        .await
        .unwrap();
    let refused = Db::connect(&url).await.unwrap_err().to_string();
    assert!(refused.contains("locked"), "{refused}");
}
