//! Where Redis is, and how a connection to it is made.

use std::{fmt, time::Duration};

use futures_util::future::select_ok;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, RedisResult, TlsMode,
    aio::MultiplexedConnection,
    cluster::{ClusterClient, ClusterClientBuilder},
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};

use super::{
    connection::{CONNECT, TIMEOUT},
    request::Transport,
};
use crate::engine::shared::limit::longer;

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
        /// The name of an ACL user; `None`: the default user.
        username: Option<String>,
        /// The password of them all.
        password: Option<String>,
    },
    /// The master that Sentinels name.
    Sentinel {
        /// The Sentinels: `host:port`, or an address as of a server.
        nodes: Vec<String>,
        /// The name of an ACL user of the Sentinels, unless their addresses name one; `None`: the
        /// default user.
        sentinel_username: Option<String>,
        /// Its password; `None`: they want none, or their addresses have it.
        sentinel_password: Option<String>,
        /// The name by which they know it.
        master: String,
        /// The number of its database.
        db: i64,
        /// The name of an ACL user of the master; `None`: the default user.
        username: Option<String>,
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

impl RedisAt {
    pub(super) fn is_unencrypted(&self) -> bool {
        let nodes = match self {
            Self::Server { url } => std::slice::from_ref(url),
            Self::Cluster { nodes, .. } | Self::Sentinel { nodes, .. } => nodes,
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
}

/// Whatever makes new connections.
pub(super) enum Source {
    Server(Client),
    Cluster(Box<ClusterClient>),
    Sentinels(Sentinels),
}

pub(super) struct Sentinels {
    nodes: Vec<ConnectionInfo>,
    sentinel_username: Option<String>,
    sentinel_password: Option<String>,
    master: String,
    tls: Option<TlsMode>,
    db: i64,
    username: Option<String>,
    password: Option<String>,
}

impl Source {
    pub(super) fn of(at: RedisAt) -> RedisResult<Self> {
        Ok(match at {
            RedisAt::Server { url } => {
                let info = url.into_connection_info()?.set_tcp_settings(tcp_settings());
                Self::Server(Client::open(info)?)
            }
            RedisAt::Cluster {
                nodes,
                username,
                password,
            } => {
                let nodes: Vec<_> = nodes.iter().map(|node| as_url(node)).collect();
                let mut builder = ClusterClientBuilder::new(nodes)
                    .tcp_settings(tcp_settings())
                    .connection_timeout(longer(CONNECT / 2))
                    .response_timeout(longer(TIMEOUT))
                    .retries(5)
                    .min_retry_wait(20)
                    .max_retry_wait(300);
                if let Some(username) = username {
                    builder = builder.username(username);
                }
                if let Some(password) = password {
                    builder = builder.password(password);
                }
                Self::Cluster(Box::new(builder.build()?))
            }
            RedisAt::Sentinel {
                nodes,
                sentinel_username,
                sentinel_password,
                master,
                db,
                username,
                password,
            } => {
                let info = |node: &String| as_url(node).into_connection_info();
                let encrypted = nodes.iter().any(|node| node.starts_with("rediss:"));
                let sentinels = Sentinels {
                    nodes: nodes.iter().map(info).collect::<RedisResult<_>>()?,
                    sentinel_username,
                    sentinel_password,
                    master,
                    tls: encrypted.then_some(TlsMode::Secure),
                    db,
                    username,
                    password,
                };
                // What they are told has to be fit for them.
                for node in &sentinels.nodes {
                    sentinels.client(node)?;
                }
                Self::Sentinels(sentinels)
            }
        })
    }

    pub(super) async fn connect(&self) -> RedisResult<Transport> {
        // How long an answer may take is the business of each request.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(longer(CONNECT)))
            .set_response_timeout(None);
        Ok(match self {
            Self::Server(client) => Transport::Server(
                client
                    .get_multiplexed_async_connection_with_config(&config)
                    .await?,
            ),
            Self::Cluster(client) => Transport::Cluster(client.get_async_connection().await?),
            Self::Sentinels(sentinels) => Transport::Server(sentinels.master(&config).await?),
        })
    }
}

impl Sentinels {
    /// A connection to the master. All Sentinels are asked at once, on new connections: one that is
    /// dead, or forgotten by a firewall, would cost the time of the others.
    async fn master(&self, config: &AsyncConnectionConfig) -> RedisResult<MultiplexedConnection> {
        let asked = self.nodes.iter().map(|node| {
            Box::pin(async move {
                let mut sentinel = self.client(node)?;
                sentinel.get_async_connection_with_config(config).await
            })
        });
        let (master, _) = select_ok(asked).await?;
        Ok(master)
    }

    fn client(&self, node: &ConnectionInfo) -> RedisResult<SentinelClient> {
        let kind = SentinelServerType::Master;
        let mut builder = SentinelClientBuilder::new([node.addr().clone()], &self.master, kind)?
            .set_client_to_redis_tcp_settings(tcp_settings())
            .set_client_to_redis_db(self.db);
        if let Some(tls) = self.tls {
            builder = builder.set_client_to_redis_tls_mode(tls);
        }
        let own = node.redis_settings();
        if let Some(username) = own.username().or(self.sentinel_username.as_deref()) {
            builder = builder.set_client_to_sentinel_username(username);
        }
        if let Some(password) = own.password().or(self.sentinel_password.as_deref()) {
            builder = builder.set_client_to_sentinel_password(password);
        }
        if let Some(username) = &self.username {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = &self.password {
            builder = builder.set_client_to_redis_password(password);
        }
        builder.build()
    }
}

/// A peer that is gone is noticed while nobody asks it. And a connection that is given up sends
/// nothing more: what it was asked last would else reach Redis much later, after what came after it.
fn tcp_settings() -> TcpSettings {
    let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(15));
    let keepalive = keepalive.with_interval(Duration::from_secs(5));
    let settings = TcpSettings::default()
        .set_nodelay(true)
        .set_linger_time(Duration::ZERO)
        .set_keepalive(keepalive);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(Duration::from_secs(5));
    settings
}

fn as_url(node: &str) -> String {
    match node.contains("://") {
        true => node.to_owned(),
        false => format!("redis://{node}"),
    }
}
