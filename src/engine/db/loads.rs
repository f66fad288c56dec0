//! Sessions that are asked for while others are being loaded are loaded together.
//!
//! Of what a load costs, the way to the database and back is by far the most: with SQLite to another
//! thread, else over a network. One that comes alone goes at once; those that come meanwhile wait
//! until one is back, and go in one statement. So nobody waits longer than without it, and the
//! busier a server is, the less a load costs.
//!
//! The answer is one row with a column for each of them: SQLite's thread hands out row by row, and
//! whoever waits for several is woken for each.

use std::{iter, sync::Arc};

use sqlx::{AssertSqlSafe, Row as _, any::AnyRow, query};

use super::{Db, dialect::Dialect, from_text, in_time, to_text};
use crate::{
    engine::{
        Error, Result, Row,
        together::{Asked, Together, Turn},
    },
    key::StoredKey,
};

/// As many keys as the statements take; one that has fewer repeats its last.
const SIZES: [usize; 3] = [1, 4, 16];
const MOST: usize = SIZES[SIZES.len() - 1];

type Answer = Result<Option<Row>>;

/// The loads of one database.
#[derive(Clone)]
pub(super) struct Loads {
    together: Together<StoredKey, Answer>,
    statements: [Arc<str>; SIZES.len()],
}

impl Loads {
    pub(super) fn new(dialect: &Dialect) -> Self {
        let statements = SIZES.map(|size| {
            let loads = (0..size).map(|number| {
                let load = dialect
                    .load
                    .replace("{key}", &(dialect.placeholder)(2 * number + 1))
                    .replace("{now}", &(dialect.placeholder)(2 * number + 2));
                format!("({load})")
            });
            format!("SELECT {}", loads.collect::<Vec<_>>().join(", ")).into()
        });
        Self {
            together: Together::new(dialect.loads_at_once),
            statements,
        }
    }
}

impl Db {
    pub(super) async fn load_together(&self, key: &StoredKey) -> Answer {
        let loads = &self.loads.together;
        loads
            .ask(key.clone(), |turn| self.clone().load_all(turn))
            .await?
    }

    async fn load_all(self, mut turn: Turn<StoredKey, Answer>) {
        while let Some(asked) = turn.next(MOST) {
            match in_time(self.find(&asked)).await {
                Ok(row) => answer(asked, &row),
                Err(error) => {
                    let error = Error::because("loading a session", error);
                    for asked in asked {
                        asked.answer(Err(error.clone()));
                    }
                }
            }
        }
    }

    async fn find(&self, asked: &[Asked<StoredKey, Answer>]) -> Result<AnyRow, sqlx::Error> {
        let mut lent = self.connections.lend().await?;
        let now = to_text(self.clock.now());
        let larger = SIZES.iter().position(|size| asked.len() <= *size);
        let size = larger.unwrap_or(SIZES.len() - 1);
        let keys = asked.iter().map(|asked| asked.question.as_str());
        let last = asked.last().map_or("", |asked| asked.question.as_str());
        let mut load = query(AssertSqlSafe(self.loads.statements[size].clone()));
        for key in keys.chain(iter::repeat(last)).take(SIZES[size]) {
            load = load.bind(key).bind(now.as_str());
        }
        let found = load.fetch_one(&mut *lent).await;
        lent.back(found)
    }
}

/// Tells everybody what was found in their column.
fn answer(asked: Vec<Asked<StoredKey, Answer>>, row: &AnyRow) {
    for (column, asked) in asked.into_iter().enumerate() {
        let found = row.try_get::<&str, _>(column).ok();
        asked.answer(Ok(found.and_then(to_row)));
    }
}

fn to_row(found: &str) -> Option<Row> {
    let (end, payload) = found.split_once('|')?;
    Some(Row {
        payload: payload.to_owned(),
        expires_at: from_text(end)?,
    })
}
