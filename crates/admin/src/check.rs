//! Trial of every operation of a store, for the doctor.

use std::time::{Duration, Instant};

use huihua::{
    engine::{Replaced, Result},
    key::SessionKey,
};

use crate::admin::Admin;

/// One operation of a store, tried.
#[derive(Debug)]
pub struct Step {
    /// The operation.
    pub name: &'static str,
    /// `false`: the store did something else; or why it failed.
    pub done: Result<bool>,
    /// Its duration.
    pub took: Duration,
}

impl Admin {
    /// Tries every operation of the store with a session that nobody has.
    pub async fn check_store(&self) -> [Step; 6] {
        let engine = &self.engine;
        let key = SessionKey::generate().stored(true);
        let (first, second) = (self.probe("{\"probe\":1}"), self.probe("{\"probe\":2}"));
        let swapped = async { Ok(engine.replace(&key, &first, &second).await? == Replaced::Done) };
        let refused = async {
            let replaced = engine.replace(&key, &first, &first).await?;
            Ok(matches!(replaced, Replaced::Changed(_)))
        };
        let read = async {
            let read = engine.load(&key).await?;
            Ok(read.is_some_and(|read| read.payload() == second.payload()))
        };
        let deleted = async { engine.delete(&key).await.map(|()| true) };
        let gone = async { Ok(engine.load(&key).await?.is_none()) };
        [
            step("write", engine.create(&key, &first)).await,
            step("swap", swapped).await,
            step("swap of what has changed", refused).await,
            step("read", read).await,
            step("delete", deleted).await,
            step("read of what is deleted", gone).await,
        ]
    }
}

async fn step(name: &'static str, operation: impl Future<Output = Result<bool>>) -> Step {
    let start = Instant::now();
    let done = operation.await;
    Step { name, done, took: start.elapsed() }
}
