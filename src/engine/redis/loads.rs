//! Sessions that are asked for while others are being loaded are loaded together, in one pipeline:
//! a message each way for all of them.

use redis::{Pipeline, RedisResult, Value};

use super::{Redis, broken};
use crate::{
    engine::{
        Result, Row,
        together::{Asked, Together, Turn},
    },
    key::StoredKey,
};

/// So many go in one pipeline that the first of them doesn't wait long.
const MOST: usize = 64;
/// Another is on its way while one is being answered.
const AT_ONCE: usize = 2;

type Answer = Result<Option<Row>>;
/// What is stored, and its end as Redis says it.
pub(super) type Stored = Option<(Vec<u8>, Value)>;

/// The loads of one server.
pub(super) type Loads = Together<StoredKey, Answer>;

pub(super) fn loads() -> Loads {
    Together::new(AT_ONCE)
}

impl Redis {
    pub(super) async fn load_together(&self, loads: &Loads, key: &StoredKey) -> Answer {
        loads
            .ask(key.clone(), |turn| self.clone().load_all(turn))
            .await?
    }

    async fn load_all(self, mut turn: Turn<StoredKey, Answer>) {
        while let Some(asked) = turn.next(MOST) {
            match self.stored_of(&asked).await {
                Ok(stored) => {
                    for (asked, stored) in asked.into_iter().zip(stored) {
                        asked.answer(Ok(self.row_of(stored)));
                    }
                }
                Err(error) => {
                    let error = broken("loading a session", error);
                    for asked in asked {
                        asked.answer(Err(error.clone()));
                    }
                }
            }
        }
    }

    async fn stored_of(&self, asked: &[Asked<StoredKey, Answer>]) -> RedisResult<Vec<Stored>> {
        let mut pipeline = Pipeline::with_capacity(2 * asked.len());
        for asked in asked {
            self.ask_for(&asked.question, &mut pipeline);
        }
        let mut answers = self.connection.query(&pipeline).await?.into_iter();
        let stored = asked.iter().map(|_| stored(&mut answers));
        Ok(stored.collect())
    }

    /// What is stored under `key`.
    pub(super) async fn stored(&self, key: &StoredKey) -> RedisResult<Stored> {
        let mut pipeline = Pipeline::with_capacity(2);
        self.ask_for(key, &mut pipeline);
        let answers = self.connection.query(&pipeline).await?;
        Ok(stored(&mut answers.into_iter()))
    }

    fn ask_for(&self, key: &StoredKey, pipeline: &mut Pipeline) {
        let name = self.name(key);
        // What is of another kind than text is no session, and no failure of Redis.
        pipeline.cmd("GET").arg(&name).ignore_errors();
        pipeline.cmd("PEXPIRETIME").arg(&name);
    }
}

/// The next two answers.
fn stored(answers: &mut impl Iterator<Item = Value>) -> Stored {
    let stored = answers.next();
    let ends = answers.next();
    match (stored?, ends?) {
        (Value::BulkString(stored), ends) => Some((stored, ends)),
        _ => None,
    }
}
