//! Sessions that are asked for while others are being loaded are loaded together, in one pipeline:
//! a message each way for all of them.

use std::iter;

use redis::{RedisResult, Value};

use super::{Redis, broken, refusal::nonsense, request::Request};
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
                        asked.answer(self.row_of(stored));
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
        self.stored_under(asked.iter().map(|asked| &asked.question))
            .await
    }

    /// What is stored under `key`.
    pub(super) async fn stored(&self, key: &StoredKey) -> RedisResult<Stored> {
        let stored = self.stored_under(iter::once(key)).await?;
        stored.into_iter().next().ok_or_else(nonsense)
    }

    async fn stored_under<'a>(
        &self,
        keys: impl Iterator<Item = &'a StoredKey>,
    ) -> RedisResult<Vec<Stored>> {
        let names: Vec<_> = keys.map(|key| self.name(key)).collect();
        let answer = self.connection.run(Request::Load(&names)).await?;
        let answers = match answer {
            Value::Array(answers) if answers.len() == 2 * names.len() => answers,
            _ => return Err(nonsense()),
        };
        let mut answers = answers.into_iter();
        let pairs = iter::from_fn(|| Some((answers.next()?, answers.next()?)));
        pairs
            .map(|(stored, ends)| to_stored(stored, ends))
            .collect()
    }
}

fn to_stored(stored: Value, ends: Value) -> RedisResult<Stored> {
    match stored {
        Value::BulkString(stored) => Ok(Some((stored, ends))),
        // Something else than text is no session, and no failure of Redis.
        Value::Nil | Value::ServerError(_) => Ok(None),
        _ => Err(nonsense()),
    }
}
