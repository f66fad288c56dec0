//! Requests to Redis, and a connection that sends them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use parking_lot::Mutex;
use redis::{
    Cmd, ErrorKind, Pipeline, RedisFuture, RedisResult, ScriptInvocation, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
    cmd,
};

use super::{
    super::shared::UNKNOWN_END,
    refusal::{self, nonsense},
    scripts::{CREATE, LOAD},
};

/// A stored value, unless it is something else than text, and its end as Redis says it.
pub(super) type Stored = Option<(Option<Vec<u8>>, Value)>;
/// A node of a Cluster, by host and port; `None`: any, or there is no other.
pub(super) type Node = Option<(String, u16)>;

pub(super) enum Request<'a> {
    /// Of each name what is stored under it, and its end.
    Load(&'a [String]),
    /// Writes a value that ends at a moment, where there is none.
    Create {
        name: &'a str,
        stored: &'a [u8],
        ends: i64,
    },
    /// Answers 0 if there is no session any more.
    Script(&'a ScriptInvocation<'a>),
    /// Answers whether something was there.
    Delete(&'a str),
    At(&'a Node, &'a Cmd),
}

impl Request<'_> {
    /// Asks Redis; `again`, if it may have done already what it is asked.
    pub(super) async fn on(&self, link: &mut Link, again: bool) -> RedisResult<Value> {
        match self {
            Self::Load(names) => {
                let mut pipeline = Pipeline::with_capacity(2 * names.len());
                for name in *names {
                    pipeline.cmd("GET").arg(name);
                    pipeline.cmd("PEXPIRETIME").arg(name);
                }
                let fallback_script = || {
                    let mut load = LOAD.prepare_invoke();
                    for name in *names {
                        load.key(name);
                    }
                    load
                };
                link.run_pipeline(&pipeline, fallback_script).await
            }
            Self::Create { name, stored, ends } => {
                let mut pipeline = Pipeline::with_capacity(1);
                let set = pipeline.cmd("SET").arg(name).arg(stored);
                set.arg("NX").arg("PXAT").arg(ends);
                let fallback_script = || {
                    let mut create = CREATE.prepare_invoke();
                    create.key(name).arg(stored).arg(ends);
                    create
                };
                link.run_pipeline(&pipeline, fallback_script).await
            }
            Self::Script(script) => match script.invoke_async(&mut link.transport).await? {
                Value::Int(0) if again => {
                    Err((ErrorKind::UnexpectedReturnType, UNKNOWN_END).into())
                }
                answer => Ok(answer),
            },
            Self::Delete(name) => {
                let deleted = cmd("DEL").arg(name).query_async::<bool>(&mut link.transport).await?;
                Ok(Value::Boolean(deleted || again))
            }
            Self::At(node, cmd) => match (node, &mut link.transport) {
                (Some((host, port)), Transport::Cluster(cluster)) => {
                    let (host, port) = (host.clone(), *port);
                    let node = SingleNodeRoutingInfo::ByAddress { host, port };
                    let node = RoutingInfo::SingleNode(node);
                    cluster.route_command(Cmd::clone(cmd), node).await
                }
                (_, transport) => cmd.query_async(transport).await,
            },
        }
    }
}

/// An open connection.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) transport: Transport,
    pub(super) number: u64,
    /// The time of Redis' last answer, or else of its making.
    pub(super) last_answer: Arc<Mutex<Instant>>,
    /// True if its Redis lacks commands of Redis 7.
    is_old: Arc<AtomicBool>,
}

#[derive(Clone)]
pub(super) enum Transport {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Transport {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(link) => link.req_packed_command(cmd),
            Self::Cluster(link) => link.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(link) => link.req_packed_commands(pipeline, offset, count),
            Self::Cluster(link) => link.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(link) => link.get_db(),
            Self::Cluster(link) => link.get_db(),
        }
    }
}

impl Link {
    pub(super) fn new(transport: Transport, number: u64) -> Self {
        let last_answer = Arc::new(Mutex::new(Instant::now()));
        Self { transport, number, last_answer, is_old: Arc::default() }
    }

    /// Runs commands of which some only Redis 7 knows; on older ones, the script that does the same.
    async fn run_pipeline<'a>(
        &mut self,
        pipeline: &Pipeline,
        fallback_script: impl FnOnce() -> ScriptInvocation<'a>,
    ) -> RedisResult<Value> {
        if !self.is_old.load(Ordering::Relaxed) {
            match all(pipeline, &mut self.transport).await {
                Err(error) if refusal::is_unknown(&error) => {
                    self.is_old.store(true, Ordering::Relaxed);
                }
                answer => return answer,
            }
        }
        fallback_script().invoke_async(&mut self.transport).await
    }
}

/// The answers to all commands. Of the errors among them only that is an answer which says that a key
/// holds something else than text.
async fn all(pipeline: &Pipeline, transport: &mut Transport) -> RedisResult<Value> {
    let answers = transport.req_packed_commands(pipeline, 0, pipeline.len()).await?;
    if answers.len() != pipeline.len() {
        return Err(nonsense());
    }
    let refused = answers.iter().find_map(|answer| match answer {
        Value::ServerError(error) if error.code() != refusal::WRONG_TYPE => Some(error.clone()),
        _ => None,
    });
    refused.map_or(Ok(Value::Array(answers)), |error| Err(error.into()))
}
