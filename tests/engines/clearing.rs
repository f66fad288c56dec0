//! What clearing costs in a table that is large.

use std::{thread, time::Duration};

use huihua::{Db, Engine};
use servers::Postgres;

/// Sessions that are alive, and after them some that have expired, as the table comes to be by
/// itself; and the database knows it.
const FILL: &str = "
    INSERT INTO django_session SELECT encode(sha256(CAST(i AS text)::bytea), 'hex')::char(40), 'x',
        now() + interval '2 days' * CASE WHEN i > 100000 THEN -1 ELSE 1 END
    FROM generate_series(1, 110000) AS i;
    ANALYZE django_session";
const READ: &str = "SELECT seq_scan, n_tup_del FROM pg_stat_user_tables";

pub(crate) async fn never_reads_the_whole_table_on_postgres() {
    let server = Postgres::start(false).unwrap();
    let url = server.database();
    let (_, database) = url.rsplit_once('/').unwrap();
    // Making indexes reads the table too, and is told of when the connection is closed.
    let migrated = Db::connect(&url).await.unwrap().migrate().await;
    migrated.unwrap();
    for statement in FILL.split(';') {
        server.sql(database, statement);
    }
    let (before, _) = read(&server, database, 0);
    let db = Db::connect(&url).await.unwrap();
    assert_eq!(db.clear_expired().await.unwrap(), 10_000);
    drop(db);
    let (after, deleted) = read(&server, database, 10_000);
    assert_eq!(deleted, 10_000);
    assert_eq!(after, before, "the whole table was read");
}

/// How often the whole table was read, and how many rows were deleted: once it says of so many.
fn read(server: &Postgres, database: &str, deleted: u64) -> (u64, u64) {
    // What a connection has done is told a little later.
    thread::sleep(Duration::from_secs(2));
    let mut seen = (0, 0);
    for _ in 0..100 {
        let said = server.sql(database, READ);
        let (scans, rows) = said.trim().split_once('|').unwrap();
        seen = (scans.parse().unwrap(), rows.parse().unwrap());
        if seen.1 >= deleted {
            break;
        }
        thread::sleep(Duration::from_millis(200));
    }
    seen
}
