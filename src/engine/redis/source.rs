//! The address of Redis, and the making of connections to it.

use std::time::Duration;

use futures_util::future::select_ok;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo,
    RedisResult, TlsMode,
    cluster::{ClusterClient, ClusterClientBuilder},
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
    sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType},
};
use url::Url;

use super::request::Transport;
use crate::engine::shared::{is_here, timeout::longer};

/// The time that a request waits for Redis, tries and all.
pub(super) const TIMEOUT: Duration = Duration::from_millis(1500);
/// The time that making a connection may take.
pub(super) const CONNECT: Duration = Duration::from_secs(1);

/// The address of Redis.
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
        /// The master's name.
        master: String,
        /// The number of its database.
        db: i64,
        /// The name of an ACL user of the master; `None`: the default user.
        username: Option<String>,
        /// Its password.
        password: Option<String>,
    },
}

opaque_debug!(RedisAt);

impl RedisAt {
    pub(super) fn is_unencrypted(&self) -> bool {
        let nodes = match self {
            Self::Server { url } => std::slice::from_ref(url),
            Self::Cluster { nodes, .. } | Self::Sentinel { nodes, .. } => nodes,
        };
        nodes.iter().any(|node| {
            let crosses = |url: Url| url.scheme() == "redis" && !url.host_str().is_none_or(is_here);
            Url::parse(&as_url(node)).is_ok_and(crosses)
        })
    }
}

/// The maker of new connections.
pub(super) enum Source {
    Server(Client),
    Cluster(Box<ClusterClient>),
    Sentinels { nodes: Vec<ConnectionInfo>, master: String, to_master: SentinelNodeConnectionInfo },
}

impl Source {
    pub(super) fn new(at: RedisAt) -> RedisResult<Self> {
        Ok(match at {
            RedisAt::Server { url } => {
                let info = url.into_connection_info()?.set_tcp_settings(tcp_settings());
                Self::Server(Client::open(info)?)
            }
            RedisAt::Cluster { nodes, username, password } => {
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
                let mut to_master = SentinelNodeConnectionInfo::default()
                    .set_tcp_settings(tcp_settings())
                    .set_redis_connection_info(login(username, password).set_db(db));
                if nodes.iter().any(|node| node.starts_with("rediss:")) {
                    to_master = to_master.set_tls_mode(TlsMode::Secure);
                }
                let nodes = nodes.iter().map(|node| {
                    let node = as_url(node).into_connection_info()?;
                    let own = node.redis_settings();
                    let username = own.username().map(str::to_owned);
                    let password = own.password().map(str::to_owned);
                    let login = login(
                        username.or_else(|| sentinel_username.clone()),
                        password.or_else(|| sentinel_password.clone()),
                    );
                    Ok(node.set_redis_settings(login))
                });
                Self::Sentinels { nodes: nodes.collect::<RedisResult<_>>()?, master, to_master }
            }
        })
    }

    pub(super) async fn connect(&self) -> RedisResult<Transport> {
        // The time of an answer is the business of each request.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(longer(CONNECT)))
            .set_response_timeout(None);
        Ok(match self {
            Self::Server(client) => {
                let connection = client.get_multiplexed_async_connection_with_config(&config);
                Transport::Server(connection.await?)
            }
            Self::Cluster(client) => Transport::Cluster(client.get_async_connection().await?),
            // All are asked at once, on new connections: one that is dead would cost the time of the others.
            Self::Sentinels { nodes, master, to_master } => {
                let asked = nodes.iter().map(|node| {
                    let (nodes, to_master) = (vec![node.clone()], Some(to_master.clone()));
                    let kind = SentinelServerType::Master;
                    let sentinel = SentinelClient::build(nodes, master, to_master, kind);
                    let config = &config;
                    Box::pin(
                        async move { sentinel?.get_async_connection_with_config(config).await },
                    )
                });
                Transport::Server(select_ok(asked).await?.0)
            }
        })
    }
}

fn login(username: Option<String>, password: Option<String>) -> RedisConnectionInfo {
    let mut login = RedisConnectionInfo::default();
    if let Some(username) = username {
        login = login.set_username(username);
    }
    if let Some(password) = password {
        login = login.set_password(password);
    }
    login
}

/// A peer that is gone is noticed while nobody asks it, and a connection that is given up sends nothing
/// more: its last request would reach Redis after those that came later.
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
    if node.contains("://") { node.to_owned() } else { format!("redis://{node}") }
}
