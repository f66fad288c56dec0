use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

use crate::{
    Db, Engine,
    engine::Row,
    key::{SessionKey, StoredKey},
};

fn new_key() -> StoredKey {
    SessionKey::generate().stored(true)
}

#[tokio::test]
async fn one_that_is_refused_takes_nobody_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("db.sqlite3").display());
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON django_session \
                  WHEN NEW.session_data = 'refused' BEGIN SELECT RAISE(ABORT, 'no'); END";
    db.database.run(&crate::engine::db::Statement::write(refuse, [])).await.unwrap();
    let row =
        |payload: &str| Row::new(payload, OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 100));
    let mut writers = JoinSet::new();
    for number in 0..40 {
        let refused = number % 20 == 7;
        let row = row(if refused { "refused" } else { "kept" });
        let db = db.clone();
        writers.spawn(async move {
            let key = new_key();
            let created = db.create(&key, &row).await;
            assert_eq!(created.is_err(), refused, "{created:?}");
            let kept = db.load(&key).await.unwrap();
            assert_eq!(kept, (!refused).then_some(row));
        });
    }
    writers.join_all().await;
}
