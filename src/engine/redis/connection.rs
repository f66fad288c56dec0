//! Connection to Redis, and its replacement when it no longer serves.
//!
//! A connection that is silent, or whose other end says that it isn't the primary, is given up, by
//! everybody at once, and its request is tried a second time on a new one. That is safe: a create that
//! is told the key is taken takes another one, a swap that was done already finds its own row and
//! merges nothing new into it, and what is deleted twice is gone.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use redis::{Cmd, FromRedisValue, RedisError, RedisResult, Value};
use scopeguard::{ScopeGuard, guard};
use tokio::sync::Mutex as AsyncMutex;

use super::{
    refusal::{self, broken, nonsense},
    request::{Link, Node, Request, Transport},
    source::{CONNECT, RedisAt, Source, TIMEOUT},
};
use crate::engine::{ErrorKind, Result, shared::timeout::within};

/// The time that the first try waits for an answer. A connection that was quiet may have been forgotten by a
/// firewall, and leaves time for a second try, also within that of a cache before a database. Where there
/// were answers a moment ago, Redis is rather slow.
const FIRST_TRY: Duration = Duration::from_millis(400);
const FIRST_TRY_OF_MANY: Duration = Duration::from_millis(900);
/// A connection is quiet if it had no answer for so long.
const QUIET: Duration = Duration::from_secs(1);
/// An answer that is so long overdue when its waiter leaves makes a connection suspect.
const OVERDUE: Duration = Duration::from_millis(200);
/// The pause before another connection is tried after one that didn't help.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection that is replaced when it no longer serves.
pub(super) struct Connection {
    source: Source,
    /// A warning for its operator.
    pub(super) warning: Option<&'static str>,
    current: Mutex<Current>,
    /// Held while a connection is made, so that of many who miss it one makes it.
    connecting: AsyncMutex<()>,
}

#[derive(Default)]
struct Current {
    link: Option<Link>,
    /// Counts the connections, so that of many who see one fail only the first gives it up.
    number: u64,
    /// When another connection didn't help last.
    last_failed_reconnect: Option<Instant>,
}

impl Connection {
    /// A connection to `at`, which is made when it is first needed.
    pub(super) fn new(at: RedisAt) -> Result<Self> {
        let warning = at.is_unencrypted().then_some(
            "Redis is on another host, and the connection to it is not encrypted: use rediss://",
        );
        let source = Source::new(at).map_err(broken("Redis can't be used"));
        Ok(Self {
            source: source.map_err(|error| error.with_kind(ErrorKind::Misconfigured))?,
            warning,
            current: Mutex::default(),
            connecting: AsyncMutex::default(),
        })
    }

    /// Runs a request on a connection, and on another one if that one doesn't serve.
    pub(super) async fn run(&self, request: Request<'_>) -> RedisResult<Value> {
        let mut reconnect_failed = false;
        let tried = async {
            let link = self.link(None).await?;
            let number = link.number;
            let limit = if link.last_answer.lock().elapsed() > QUIET {
                FIRST_TRY
            } else {
                FIRST_TRY_OF_MANY
            };
            let first = within(limit, self.try_on(link, &request, false));
            let error = match first.await {
                Err(error) if serves_no_more(&error) => error,
                answer => return answer,
            };
            let is_answer = refusal::meaning(&error).is_some();
            let Some(instead_of) = self.give_up(number, is_answer) else {
                return Err(error);
            };
            let second = self.link(instead_of).await?;
            // The first may still arrive, also after the session's end, so the key counts as taken.
            if !is_answer && matches!(request, Request::Create { .. }) {
                return Ok(Value::Array(vec![Value::Nil]));
            }
            let answer = self.try_on(second, &request, true).await;
            reconnect_failed = answer.as_ref().is_err_and(serves_no_more);
            answer
        };
        let mut is_in_time = false;
        let answer = within(TIMEOUT, tried.inspect(|_| is_in_time = true)).await;
        if reconnect_failed || !is_in_time {
            self.current.lock().last_failed_reconnect = Some(Instant::now());
        }
        answer
    }

    async fn try_on(
        &self,
        mut link: Link,
        request: &Request<'_>,
        again: bool,
    ) -> RedisResult<Value> {
        let number = link.number;
        // If its waiter leaves before it came, nobody else would ever notice that it doesn't come.
        let waiting = guard(Instant::now(), |since| {
            if since.elapsed() > OVERDUE {
                self.give_up(number, false);
            }
        });
        let answer = request.on(&mut link, again).await;
        ScopeGuard::into_inner(waiting);
        if answer.is_ok() {
            *link.last_answer.lock() = Instant::now();
        }
        answer
    }

    /// The connection, made now if there is none, or if it is the one called `instead_of`.
    async fn link(&self, instead_of: Option<u64>) -> RedisResult<Link> {
        let there = || {
            let link = self.current.lock().link.clone();
            link.filter(|link| Some(link.number) != instead_of)
        };
        if let Some(link) = there() {
            return Ok(link);
        }
        let _connecting = self.connecting.lock().await;
        if let Some(link) = there() {
            return Ok(link);
        }
        let transport = within(CONNECT, self.source.connect()).await?;
        let mut current = self.current.lock();
        current.number += 1;
        let link = Link::new(transport, current.number);
        current.link = Some(link.clone());
        Ok(link)
    }

    /// Has everybody take another connection than the one called `number`. `None`: another one would only
    /// give the same answer. Else the one to be replaced, if it is still there: a Cluster's serves the
    /// others until there is a new one, because only one of its nodes may be silent.
    fn give_up(&self, number: u64, is_answer: bool) -> Option<Option<u64>> {
        let mut current = self.current.lock();
        let just_failed = current.last_failed_reconnect.is_some_and(|when| when.elapsed() < PAUSE);
        if is_answer && just_failed {
            return None;
        }
        match &current.link {
            Some(link) if link.number == number => match link.transport {
                Transport::Server(_) => current.link = None,
                Transport::Cluster(_) => return Some((!just_failed).then_some(number)),
            },
            _ => {}
        }
        Some(None)
    }

    /// The nodes that hold keys, in an order that stays.
    pub(super) async fn primaries(&self) -> RedisResult<Vec<Node>> {
        if !matches!(self.source, Source::Cluster(_)) {
            return Ok(vec![None]);
        }
        let mut command = redis::cmd("CLUSTER");
        let slots = self.query_at(&None, command.arg("SLOTS")).await?;
        let Value::Array(slots) = slots else {
            return Err(nonsense());
        };
        let nodes: Option<BTreeSet<_>> = slots.iter().map(primary_of).collect();
        Ok(nodes.ok_or_else(nonsense)?.into_iter().collect())
    }

    /// Asks one node.
    pub(super) async fn query_at<T: FromRedisValue>(
        &self,
        node: &Node,
        cmd: &Cmd,
    ) -> RedisResult<T> {
        let answer = self.run(Request::At(node, cmd)).await?;
        Ok(T::from_redis_value(answer)?)
    }
}

/// The first node that an entry of `CLUSTER SLOTS` names.
fn primary_of(slot: &Value) -> Option<Node> {
    let node = slot.as_sequence()?.get(2)?.as_sequence()?;
    let host = String::from_redis_value_ref(node.first()?).ok()?;
    let port = u16::from_redis_value_ref(node.get(1)?).ok()?;
    Some(Some((host, port)))
}

/// True if the connection, or whoever is at its other end, is no good any more.
fn serves_no_more(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error() || refusal::is_of_no_primary(error)
}
