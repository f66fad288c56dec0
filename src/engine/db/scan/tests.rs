use futures_util::future::join_all;
use time::{Duration, OffsetDateTime};

use super::{super::Db, *};
use crate::{
    Engine,
    engine::{Inspect, Row},
    key::SessionKey,
};

#[tokio::test]
async fn whatever_sqlite_holds_harms_no_other_row() {
    let db = Db::connect("sqlite::memory:").await.unwrap();
    db.migrate().await.unwrap();
    let row = Row::new("kept", OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 100));
    let new_key = || SessionKey::generate().stored(true);
    let mut keys = vec![new_key()];
    assert!(db.create(&keys[0], &row).await.unwrap());
    let end = "'2999-01-01 00:00:00'";
    for (data, end) in [
        ("CAST(x'ff' AS text)", end),
        ("x'ff00'", end),
        ("'x'", "CAST(x'39ff' AS text)"),
        ("'x'", "x'39'"),
        ("'x'", "32503680000"),
        ("'x'", "'never'"),
        ("'x'", "'99999-01-01 00:00:00'"),
        ("'x'", "'9@x'"),
        // What would be a session as text.
        ("x'78'", end),
        ("'x'", "CAST('2999-01-01 00:00:00' AS blob)"),
    ] {
        let key = new_key();
        let values = format!("VALUES ('{}', {data}, {end})", key.as_str());
        let insert = sqlx::AssertSqlSafe(format!("INSERT INTO django_session {values}"));
        db.database.run(&Statement::write(insert, [])).await.unwrap();
        keys.push(key);
    }
    for key in ["CAST(x'00ff' AS text)", "x'30'", "''", "'\u{e9}'"] {
        let insert = format!("INSERT INTO django_session VALUES ({key}, 'x', {end})");
        let insert = Statement::write(sqlx::AssertSqlSafe(insert), []);
        db.database.run(&insert).await.unwrap();
    }
    let loaded = join_all(keys.iter().map(|key| db.load(key))).await;
    let loaded: Vec<_> = loaded.into_iter().map(Result::unwrap).collect();
    assert_eq!(loaded[0], Some(row));
    assert_eq!(loaded.iter().flatten().count(), 1);
    // A number is less than any text, so it is an end that has come.
    for (order, damaged) in [(Order::Natural, 9), (Order::EndsFirst, 6), (Order::EndsLast, 6)] {
        let (mut from, mut met) = (None, [0, 0]);
        for _ in 0..50 {
            let page = db.scan(order, from.as_ref(), 1).await.unwrap();
            for (_, row) in page.rows {
                met[usize::from(row.is_err())] += 1;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(met, [1, damaged], "{order:?}");
    }
    for key in &keys {
        assert!(db.delete(key).await.unwrap());
    }
}
