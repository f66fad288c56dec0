use time::Duration;

use super::*;
use crate::{
    Db, Engine,
    engine::{
        Row,
        db::dialect::{Dialect, SQLITE},
    },
    key::SessionKey,
};

#[tokio::test]
async fn of_what_is_too_much_to_count_there_is_an_estimate() {
    static DOUBTFUL: Dialect = Dialect { counted: 4, estimate: "SELECT 1000", ..SQLITE };
    let mut db = Db::connect("sqlite::memory:").await.unwrap();
    db.database.dialect = &DOUBTFUL;
    db.migrate().await.unwrap();
    let fill = async |rows, lasts| {
        for _ in 0..rows {
            let row = Row::new("x", db.database.clock.now() + lasts);
            let key = SessionKey::generate().stored(true);
            assert!(db.create(&key, &row).await.unwrap());
        }
    };
    let count = |number, exact| Some(Count { number, exact });
    fill(3, Duration::DAY).await;
    fill(2, -Duration::DAY).await;
    assert_eq!(db.database.count().await, (count(3, true), Some(2)));
    fill(1, Duration::DAY).await;
    assert_eq!(db.database.count().await, (count(998, false), Some(2)));
    fill(2, -Duration::DAY).await;
    assert_eq!(db.database.count().await, (count(996, false), Some(4)));
    db.clear_expired().await.unwrap();
    assert_eq!(db.database.count().await, (count(1000, false), Some(0)));
}
