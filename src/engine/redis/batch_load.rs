//! Sessions that are asked for while others are being loaded are loaded together, in one pipeline:
//! a message each way for all of them.

use std::iter;

use redis::{RedisResult, Value};

use super::{
    LoadBatcher, Redis,
    refusal::{broken, nonsense},
    request::{Request, Stored},
};
use crate::{
    engine::{Result, Row, shared::batcher::BatchPermit},
    key::StoredKey,
};

/// Loads in one pipeline: so few that the first of them doesn't wait long.
const MOST: usize = 64;

type Answer = Result<Option<Row>>;

impl Redis {
    pub(super) async fn load_batched(&self, loads: &LoadBatcher, key: &StoredKey) -> Answer {
        loads.submit(key.clone(), |permit| self.clone().load_batches(permit)).await?
    }

    async fn load_batches(self, mut permit: BatchPermit<StoredKey, Answer>) {
        while let Some(batch) = permit.next(MOST) {
            let names: Vec<_> = batch.iter().map(|pending| self.name(&pending.request)).collect();
            match self.stored_under(&names).await {
                Ok(stored) => {
                    for (pending, stored) in batch.into_iter().zip(stored) {
                        pending.respond(self.row_of(stored));
                    }
                }
                Err(error) => {
                    let error = broken("loading a session")(error);
                    for pending in batch {
                        pending.respond(Err(error.clone()));
                    }
                }
            }
        }
    }

    /// The value under `key`.
    pub(super) async fn stored(&self, key: &StoredKey) -> RedisResult<Stored> {
        let stored = self.stored_under(&[self.name(key)]).await?;
        stored.into_iter().next().ok_or_else(nonsense)
    }

    async fn stored_under(&self, names: &[String]) -> RedisResult<Vec<Stored>> {
        let answer = self.connection.run(Request::Load(names)).await?;
        let mut answers = match answer {
            Value::Array(answers) if answers.len() == 2 * names.len() => answers.into_iter(),
            _ => return Err(nonsense()),
        };
        let pairs = iter::from_fn(|| Some((answers.next()?, answers.next()?)));
        let stored = pairs.map(|pair| match pair {
            (Value::BulkString(stored), ends) => Ok(Some((Some(stored), ends))),
            // Something else than text is no session, and no failure of Redis.
            (Value::ServerError(_) | Value::Int(0), ends) => Ok(Some((None, ends))),
            (Value::Nil, _) => Ok(None),
            _ => Err(nonsense()),
        });
        stored.collect()
    }
}
