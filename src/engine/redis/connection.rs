//! How Redis is reached, and reached again.
//!
//! Every request is tried twice if the connection breaks, so that a server that was restarted is
//! found at once. That is safe for all of them: a create that is told the key is taken takes
//! another one, a swap that was done already finds its own row and merges nothing new into it,
//! and what is deleted twice is gone.

use std::{fmt, io, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo, Pipeline, RedisError,
    RedisFuture, RedisResult, ScriptInvocation, TlsMode, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
    cluster::ClusterClientBuilder,
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};
use tokio::{sync::Mutex, time::timeout};

use crate::settings::SettingError;

/// How long a request waits for Redis, tries and all.
const PATIENCE: Duration = Duration::from_millis(1500);
const CONNECT: Duration = Duration::from_secs(1);

/// Where Redis is.
#[derive(Clone)]
pub enum RedisAt {
    /// One server.
    Server {
        /// `redis://`, `rediss://` (TLS) or `redis+unix://`.
        url: String,
    },
    /// A Cluster.
    Cluster {
        /// Some of its nodes: `host:port`, or an address as of a server.
        nodes: Vec<String>,
        /// The password of them all.
        password: Option<String>,
    },
    /// The master that Sentinels name.
    Sentinel {
        /// The Sentinels: `host:port`, or an address as of a server.
        nodes: Vec<String>,
        /// The name by which they know it.
        master: String,
        /// The number of its database.
        db: i64,
        /// Its password.
        password: Option<String>,
    },
}

impl fmt::Debug for RedisAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server { .. } => "RedisAt::Server",
            Self::Cluster { .. } => "RedisAt::Cluster",
            Self::Sentinel { .. } => "RedisAt::Sentinel",
        })
    }
}

#[derive(Clone)]
pub(super) struct Connection {
    way: Way,
    warning: Option<&'static str>,
}

#[derive(Clone)]
enum Way {
    Server(ConnectionManager),
    Cluster(ClusterConnection),
    Sentinel(Arc<Mutex<Watched>>),
}

/// The master as the Sentinels named it last.
struct Watched {
    sentinels: SentinelClient,
    master: Option<MultiplexedConnection>,
    /// Counts the masters, so that of many who see one fail only the first asks for another.
    number: u64,
}

/// A connection for one request.
enum Link {
    Server(ConnectionManager),
    Cluster(ClusterConnection),
    Master(MultiplexedConnection, u64),
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(link) => link.req_packed_command(cmd),
            Self::Cluster(link) => link.req_packed_command(cmd),
            Self::Master(link, _) => link.req_packed_command(cmd),
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
            Self::Master(link, _) => link.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(link) => link.get_db(),
            Self::Cluster(link) => link.get_db(),
            Self::Master(link, _) => link.get_db(),
        }
    }
}

impl Connection {
    pub(super) async fn open(at: RedisAt) -> Result<Self, SettingError> {
        let warning = is_open_to_others(&at).then_some(
            "Redis is on another host, and the connection to it is not encrypted: use rediss://",
        );
        let (setting, opened) = match at {
            RedisAt::Server { url } => ("SESSION_REDIS_URL", server(&url).await),
            RedisAt::Cluster { nodes, password } => {
                ("SESSION_REDIS_CLUSTER", cluster(nodes, password).await)
            }
            RedisAt::Sentinel {
                nodes,
                master,
                db,
                password,
            } => {
                let opened = sentinel(nodes, &master, db, password).await;
                ("SESSION_REDIS_SENTINELS", opened)
            }
        };
        let connection = Self {
            way: opened.map_err(|error| unusable(setting, &error))?,
            warning,
        };
        connection
            .query(Pipeline::new().cmd("PING"))
            .await
            .map_err(|error| unusable(setting, &error))?;
        Ok(connection)
    }

    pub(super) fn warning(&self) -> Option<&'static str> {
        self.warning
    }

    pub(super) async fn query(&self, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
        let answer = self.run(Request::Pipeline(pipeline)).await?;
        Ok(Vec::from_redis_value(answer)?)
    }

    /// Runs a request on a connection, and on another one if that one breaks.
    pub(super) async fn run(&self, request: Request<'_>) -> RedisResult<Value> {
        let tried = async {
            let mut link = self.link().await?;
            match request.on(&mut link).await {
                Err(error) if is_broken(&error) => {
                    self.drop_link(&link).await;
                    let mut link = self.link().await?;
                    request.on(&mut link).await
                }
                answer => answer,
            }
        };
        let late = |_| Err(silence());
        timeout(PATIENCE, tried).await.unwrap_or_else(late)
    }

    async fn link(&self) -> RedisResult<Link> {
        match &self.way {
            Way::Server(manager) => Ok(Link::Server(manager.clone())),
            Way::Cluster(cluster) => Ok(Link::Cluster(cluster.clone())),
            Way::Sentinel(watched) => watched.lock().await.link().await,
        }
    }

    /// A connection that broke. The others renew themselves.
    async fn drop_link(&self, link: &Link) {
        if let (Way::Sentinel(watched), Link::Master(_, number)) = (&self.way, link) {
            let mut watched = watched.lock().await;
            if watched.number == *number {
                watched.master = None;
            }
        }
    }

    /// The nodes that hold keys, in an order that stays.
    pub(super) async fn primaries(&self) -> RedisResult<Vec<Node>> {
        let Way::Cluster(cluster) = &self.way else {
            return Ok(vec![None]);
        };
        let slots: Value = redis::cmd("CLUSTER")
            .arg("SLOTS")
            .query_async(&mut cluster.clone())
            .await?;
        let Value::Array(slots) = slots else {
            return Ok(Vec::new());
        };
        let mut nodes: Vec<_> = slots
            .iter()
            .filter_map(|slot| {
                let Value::Array(parts) = slot else {
                    return None;
                };
                let Value::Array(node) = parts.get(2)? else {
                    return None;
                };
                let host = String::from_redis_value_ref(node.first()?).ok()?;
                let port = u16::from_redis_value_ref(node.get(1)?).ok()?;
                Some(Some((host, port)))
            })
            .collect();
        nodes.sort();
        nodes.dedup();
        Ok(nodes)
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

/// A node of a Cluster, by host and port; `None`: there is no other.
pub(super) type Node = Option<(String, u16)>;

pub(super) enum Request<'a> {
    Pipeline(&'a Pipeline),
    Script(&'a ScriptInvocation<'a>),
    At(&'a Node, &'a Cmd),
}

impl Request<'_> {
    async fn on(&self, link: &mut Link) -> RedisResult<Value> {
        match (self, link) {
            (Self::Pipeline(pipeline), link) => pipeline.query_async(link).await,
            (Self::Script(script), link) => script.invoke_async(link).await,
            (Self::At(Some((host, port)), cmd), Link::Cluster(cluster)) => {
                let at = SingleNodeRoutingInfo::ByAddress {
                    host: host.clone(),
                    port: *port,
                };
                let at = RoutingInfo::SingleNode(at);
                cluster.route_command(Cmd::clone(cmd), at).await
            }
            (Self::At(_, cmd), link) => cmd.query_async(link).await,
        }
    }
}

impl Watched {
    async fn link(&mut self) -> RedisResult<Link> {
        if let Some(master) = &self.master {
            return Ok(Link::Master(master.clone(), self.number));
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(CONNECT));
        let master = self
            .sentinels
            .get_async_connection_with_config(&config)
            .await?;
        self.number += 1;
        self.master = Some(master.clone());
        Ok(Link::Master(master, self.number))
    }
}

async fn server(url: &str) -> RedisResult<Way> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(CONNECT))
        .set_number_of_retries(2)
        .set_min_delay(Duration::from_millis(20));
    let client = Client::open(url)?;
    let manager = timeout(PATIENCE, ConnectionManager::new_with_config(client, config)).await;
    let late = |_| Err(silence());
    Ok(Way::Server(manager.unwrap_or_else(late)?))
}

async fn cluster(nodes: Vec<String>, password: Option<String>) -> RedisResult<Way> {
    let nodes: Vec<_> = nodes.iter().map(|node| as_url(node)).collect();
    let mut builder = ClusterClientBuilder::new(nodes)
        .connection_timeout(CONNECT)
        .response_timeout(CONNECT)
        .retries(5)
        .min_retry_wait(20)
        .max_retry_wait(300);
    if let Some(password) = password {
        builder = builder.password(password);
    }
    let client = builder.build()?;
    let connection = timeout(2 * PATIENCE, client.get_async_connection()).await;
    let late = |_| Err(silence());
    Ok(Way::Cluster(connection.unwrap_or_else(late)?))
}

async fn sentinel(
    nodes: Vec<String>,
    master: &str,
    db: i64,
    password: Option<String>,
) -> RedisResult<Way> {
    let encrypted = nodes.iter().any(|node| node.starts_with("rediss:"));
    let nodes: Vec<_> = nodes
        .iter()
        .map(|node| Ok(as_url(node).into_connection_info()?.addr().clone()))
        .collect::<RedisResult<_>>()?;
    let mut builder = SentinelClientBuilder::new(nodes, master, SentinelServerType::Master)?
        .set_client_to_redis_db(db);
    if encrypted {
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
    }
    if let Some(password) = password {
        builder = builder.set_client_to_redis_password(password);
    }
    Ok(Way::Sentinel(Arc::new(Mutex::new(Watched {
        sentinels: builder.build()?,
        master: None,
        number: 0,
    }))))
}

fn as_url(node: &str) -> String {
    match node.contains("://") {
        true => node.to_owned(),
        false => format!("redis://{node}"),
    }
}

/// What there is to say of a server that says nothing.
fn silence() -> RedisError {
    io::Error::new(io::ErrorKind::TimedOut, "nobody answers").into()
}

/// Whether the connection, or who is at its other end, is no good any more.
fn is_broken(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_connection_dropped()
        || matches!(error.code(), Some("READONLY" | "MASTERDOWN" | "LOADING"))
}

fn is_open_to_others(at: &RedisAt) -> bool {
    let nodes = match at {
        RedisAt::Server { url } => std::slice::from_ref(url),
        RedisAt::Cluster { nodes, .. } | RedisAt::Sentinel { nodes, .. } => nodes,
    };
    nodes.iter().map(|node| as_url(node)).any(|url| {
        let Some(rest) = url.strip_prefix("redis://") else {
            return false;
        };
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let near = ["localhost", "127.", "[::1]"];
        !near.iter().any(|name| host.starts_with(name))
    })
}

fn unusable(setting: &'static str, error: &RedisError) -> SettingError {
    SettingError::new(setting, format!("Redis can't be used: {error}"))
}
