//! Sessions that are asked for while others are being loaded are loaded together.
//!
//! Of what a load costs, the way to the database and back is by far the most: with SQLite to another
//! thread, else over a network. One that comes alone goes at once; those that come meanwhile wait
//! until one is back, and go in one statement. So nobody waits longer than without it, and the
//! busier a server is, the less a load costs.

use std::{iter, sync::Arc};

use sqlx::{AssertSqlSafe, Row as _, any::AnyRow, query};

use super::{Db, dialect::Dialect, in_time, to_row, to_text};
use crate::{
    engine::{
        Error, Result, Row,
        together::{Asked, Together, Turn},
    },
    key::StoredKey,
};

/// What stands in a dialect's statement where the keys belong.
const KEYS: &str = "{keys}";
/// As many keys as the statements for several take; one that has fewer repeats its last.
const SIZES: [usize; 2] = [4, 16];
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
            // The first is the present moment.
            let keys: Vec<_> = (2..size + 2).map(dialect.placeholder).collect();
            dialect.load_several.replace(KEYS, &keys.join(", ")).into()
        });
        Self {
            together: Together::new(dialect.loads_at_once as usize),
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
                Ok(rows) => answer(asked, &rows),
                Err(error) => {
                    let error = Error::because("loading a session", error);
                    for asked in asked {
                        asked.answer(Err(error.clone()));
                    }
                }
            }
        }
    }

    async fn find(&self, asked: &[Asked<StoredKey, Answer>]) -> Result<Vec<AnyRow>, sqlx::Error> {
        let loaders = self.loaders.as_ref().unwrap_or(&self.pool);
        let now = to_text(self.clock.now());
        let mut keys = asked.iter().map(|asked| asked.question.as_str());
        if let [asked] = asked {
            let load = query(self.dialect.load).bind(asked.question.as_str());
            let row = load.bind(now).fetch_optional(loaders).await?;
            return Ok(row.into_iter().collect());
        }
        let larger = SIZES.iter().position(|size| asked.len() <= *size);
        let size = larger.unwrap_or(SIZES.len() - 1);
        let last = asked.last().map_or("", |asked| asked.question.as_str());
        let statement = self.loads.statements[size].clone();
        let mut load = query(AssertSqlSafe(statement)).bind(now);
        for key in keys.by_ref().chain(iter::repeat(last)).take(SIZES[size]) {
            load = load.bind(key);
        }
        load.fetch_all(loaders).await
    }
}

/// Tells everybody what was found under their key.
fn answer(asked: Vec<Asked<StoredKey, Answer>>, rows: &[AnyRow]) {
    for asked in asked {
        let key = asked.question.as_str();
        let is_its = |row: &&AnyRow| row.try_get::<&str, _>(2).is_ok_and(|its| its == key);
        let row = rows.iter().find(is_its).and_then(to_row);
        asked.answer(Ok(row));
    }
}
