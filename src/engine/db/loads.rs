//! Sessions that are asked for while the database is busy with others are asked for together.
//!
//! Of what one load costs, the way to the database and back is by far the most: with SQLite to
//! another thread, else over a network. A load that comes alone goes at once; those that come
//! while [`Db::loads_at_once`] are under way wait for one of them to come back, and go in one
//! statement. So nobody waits longer than without it, and the busier a server is, the less a load
//! costs.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::{AssertSqlSafe, Row as _, any::AnyRow, query};
use tokio::sync::oneshot;

use super::{Db, in_time, to_row, to_text};
use crate::{
    engine::{Error, Result, Row},
    key::StoredKey,
};

/// What stands in a dialect's statement where the keys belong.
const KEYS: &str = "{keys}";
/// As many keys as the statements for several take. One that has fewer to ask for repeats its last.
const SIZES: [usize; 2] = [4, 16];
const LARGEST: usize = SIZES[SIZES.len() - 1];

type Answer = Result<Option<Row>>;

/// Who waits for a session.
#[derive(Debug)]
struct Asked {
    key: StoredKey,
    answer: oneshot::Sender<Answer>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Asked>,
    under_way: usize,
}

/// The loads of one database.
#[derive(Debug, Clone)]
pub(super) struct Loads {
    queue: Arc<Mutex<Queue>>,
    statements: [Arc<str>; SIZES.len()],
    at_once: usize,
}

impl Loads {
    /// `statement` takes the present moment and, where it says `{keys}`, so many keys.
    /// `placeholder` is how it writes its parameter of that number.
    pub(super) fn new(statement: &str, placeholder: fn(usize) -> String, at_once: usize) -> Self {
        let statements = SIZES.map(|size| {
            // The first is the present moment.
            let keys: Vec<_> = (2..size + 2).map(placeholder).collect();
            statement.replace(KEYS, &keys.join(", ")).into()
        });
        Self {
            queue: Arc::default(),
            statements,
            at_once,
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts `asked` into the queue. Whoever gets something has to see to it that it is answered.
    fn add(&self, asked: Asked) -> Option<UnderWay> {
        let mut queue = self.queue();
        queue.waiting.push(asked);
        (queue.under_way < self.at_once).then(|| {
            queue.under_way += 1;
            UnderWay {
                loads: self.clone(),
                is_over: false,
            }
        })
    }
}

/// One statement after the other, until nobody waits.
struct UnderWay {
    loads: Loads,
    is_over: bool,
}

impl UnderWay {
    /// Those who waited longest, as many as go into one statement.
    fn next(&mut self) -> Option<Vec<Asked>> {
        let mut queue = self.loads.queue();
        let waiting = &mut queue.waiting;
        // Whoever has given up needs no answer.
        waiting.retain(|asked| !asked.answer.is_closed());
        if waiting.is_empty() {
            // At the same time, so that whoever comes now begins anew.
            queue.under_way -= 1;
            self.is_over = true;
            return None;
        }
        let rest = waiting.split_off(waiting.len().min(LARGEST));
        Some(mem::replace(waiting, rest))
    }
}

impl Drop for UnderWay {
    /// Also if the runtime stops, or something panics.
    fn drop(&mut self) {
        if !self.is_over {
            self.loads.queue().under_way -= 1;
        }
    }
}

impl Db {
    pub(super) async fn load_among_others(&self, key: &StoredKey) -> Answer {
        let (answer, answered) = oneshot::channel();
        let key = key.clone();
        if let Some(under_way) = self.loads.add(Asked { key, answer }) {
            // Not in this task: who asks may give up, and others wait for the answer too.
            tokio::spawn(self.clone().answer_all(under_way));
        }
        answered
            .await
            .unwrap_or_else(|_| Err(Error::new("loading a session: the server is stopping")))
    }

    async fn answer_all(self, mut under_way: UnderWay) {
        while let Some(asked) = under_way.next() {
            let found = in_time(self.find(&asked)).await;
            match found.map_err(|error| Error::because("loading a session", error)) {
                Ok(rows) => answer(asked, &rows),
                Err(error) => asked.into_iter().for_each(|asked| {
                    let _ = asked.answer.send(Err(error.clone()));
                }),
            }
        }
    }

    async fn find(&self, asked: &[Asked]) -> Result<Vec<AnyRow>, sqlx::Error> {
        let now = to_text(self.clock.now());
        if let [asked] = asked {
            let load = query(self.dialect.load).bind(asked.key.as_str()).bind(now);
            let row = load.fetch_optional(&self.pool).await?;
            return Ok(row.into_iter().collect());
        }
        let size = SIZES.iter().position(|size| asked.len() <= *size);
        let size = size.unwrap_or(SIZES.len() - 1);
        let statement = self.loads.statements[size].clone();
        let keys = asked.iter().map(|asked| asked.key.as_str());
        let last = asked.last().map_or("", |asked| asked.key.as_str());
        let padded = keys.chain(std::iter::repeat(last)).take(SIZES[size]);
        padded
            .fold(query(AssertSqlSafe(statement)).bind(now), |load, key| {
                load.bind(key)
            })
            .fetch_all(&self.pool)
            .await
    }
}

/// Tells everybody what was found under their key.
fn answer(asked: Vec<Asked>, rows: &[AnyRow]) {
    for Asked { key, answer } in asked {
        let its = |row: &&AnyRow| {
            row.try_get::<&str, _>(2)
                .is_ok_and(|its| its == key.as_str())
        };
        let _ = answer.send(Ok(rows.iter().find(its).and_then(to_row)));
    }
}
