//! The table `django_session`: made where it is missing, and looked at before it is used.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    database::Database,
    dialect,
    faults::{is_denied, is_locked, lacks_column, lacks_table},
    statement::{Done, Statement, text},
};
use crate::engine::{Error, Result, shared::timeout::within};

/// The time that making the table may take, with the wait for others that make it too.
const MAKING: Duration = Duration::from_secs(30);
/// The tries to find it and to make it, where others are in the way.
const TRIES: usize = 10;
/// The pause between them.
const PAUSE: Duration = Duration::from_millis(50);

const PROBE: &str = "SELECT 1 FROM django_session \
                     WHERE 1 = 0 AND session_key IS NULL AND session_data IS NULL \
                     AND expire_date IS NULL";

/// Statements that do nothing, and are refused to whom may not change the table.
const CHANGES: [&str; 3] = [
    "INSERT INTO django_session (session_key, session_data, expire_date) \
     SELECT session_key, session_data, expire_date FROM django_session WHERE 1 = 0",
    "UPDATE django_session SET session_data = session_data, expire_date = expire_date WHERE 1 = 0",
    "DELETE FROM django_session WHERE 1 = 0",
];

impl Database {
    /// See [`Db::migrate`](super::Db::migrate).
    pub(super) async fn migrate(&self) -> Result<()> {
        let mut tries = 1;
        while let Err(error) = self.probe().await {
            let (may_pass, error) = if lacks_table(&error) {
                match self.make_table().await {
                    Ok(()) => continue,
                    // Somebody else may have made it, or hold what is needed for it.
                    Err(error) => (
                        !is_denied(&error),
                        Error::because("making the table django_session", error),
                    ),
                }
            } else {
                (is_locked(&error), unusable(error))
            };
            if !may_pass || tries == TRIES {
                return Err(error);
            }
            tries += 1;
            sleep(PAUSE).await;
        }
        self.check_columns().await?;
        if let Some(error) = self.check_rights().await? {
            tracing::warn!(%error, "sessions are read, but none can be changed at the moment");
        }
        Ok(())
    }

    async fn make_table(&self) -> sqlx::Result<()> {
        let made = async {
            let mut connection = self.acquire().await?;
            let made = sqlx::raw_sql(self.dialect.migrate);
            let made = made.execute(&mut connection.connection).await;
            connection.release(made).map(drop)
        };
        within(MAKING, made).await
    }

    /// Fails if there is no table, or a column is missing.
    async fn probe(&self) -> sqlx::Result<Done> {
        self.run(&Statement::rows(PROBE, [])).await
    }

    /// Checks that sessions can be kept in the table. Its doubts, a sentence each.
    pub(super) async fn check(&self) -> Result<Vec<String>> {
        let doubts = self.check_columns().await?;
        if self.dialect.columns.is_some() {
            self.check_rights().await?;
        }
        Ok(doubts)
    }

    /// Checks that the database's user may change the table. `Some`: the database takes no changes at the
    /// moment.
    async fn check_rights(&self) -> Result<Option<sqlx::Error>> {
        // SQLite knows no rights of users: one statement shows whether it takes changes.
        let changes = match self.dialect.columns {
            Some(_) => &CHANGES[..],
            None => &CHANGES[2..],
        };
        let mut refused = None;
        for change in changes {
            match self.run(&Statement::write(*change, [])).await {
                Err(error) if is_denied(&error) => return Err(unusable(error)),
                done => refused = done.err().or(refused),
            }
        }
        Ok(refused)
    }

    async fn check_columns(&self) -> Result<Vec<String>> {
        self.probe().await.map_err(unusable)?;
        let unique = self.number(Statement::row(self.dialect.unique, [])).await;
        if unique.map_err(looking)? == 0 {
            return Err(Error::new(
                "the column session_key of the table django_session has to be unique, or one key could \
                 have two sessions: make it the primary key, or drop the table and let `migrate` make it",
            ));
        }
        let Some(columns) = self.dialect.columns else {
            return Ok(Vec::new());
        };
        let columns = self.run(&Statement::rows(columns, [])).await;
        let columns = columns.map_err(looking)?;
        let mut doubts = Vec::new();
        for row in &columns.rows {
            let (Some(column), Some(kind)) = (text(row, 0), text(row, 1)) else {
                continue;
            };
            match (self.dialect.fits)(column, kind) {
                dialect::ColumnFit::Good => {}
                dialect::ColumnFit::Unusable(needed) => {
                    return Err(Error::new(format!(
                        "the column {column} of the table django_session is {kind} and has to be \
                         {needed}: change it, or drop the table and let `migrate` make it"
                    )));
                }
                dialect::ColumnFit::TooNarrow(needed) => doubts.push(format!(
                    "the column {column} of the table django_session is {kind}, and sessions that \
                     don't fit into it are refused: make it {needed}"
                )),
            }
        }
        Ok(doubts)
    }
}

fn looking(error: sqlx::Error) -> Error {
    Error::because("looking at the table django_session", error)
}

fn unusable(error: sqlx::Error) -> Error {
    let tried = if is_denied(&error) {
        "the database's user may not use the table django_session; grant it SELECT, INSERT, UPDATE and \
         DELETE on it"
    } else if lacks_column(&error) {
        "the table django_session has to have the columns session_key, session_data and expire_date"
    } else {
        "reading the table django_session"
    };
    Error::because(tried, error)
}
