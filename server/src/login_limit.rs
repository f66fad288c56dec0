//! Rate limit of logins by the address of the client.

use std::{
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};

use axum::http::HeaderMap;
use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock, clock::DefaultClock};
use ipnet::IpNet;

/// Tries at once from an address that has made none before.
const BURST: NonZeroU32 = NonZeroU32::new(50).expect("not 0");
/// Tries at once at the console's token, which its operators may mistype.
const CONSOLE_BURST: NonZeroU32 = NonZeroU32::new(5).expect("not 0");
/// The time after which the console allows one more.
const CONSOLE_PERIOD: Duration = Duration::from_secs(10);
/// Characters of an item of `X-Forwarded-For` that the log shows.
const SHOWN: usize = 60;

/// The limit, and the proxies that are believed about their clients.
#[derive(Debug)]
pub(crate) struct LoginLimit {
    /// `None`: no limit.
    limiter: Option<Limiter>,
    trusted_proxies: Vec<IpNet>,
}

/// Counts by hashes of addresses, of which there are 65,536: however many addresses come, it grows
/// no further. Each process has hashes of its own, so nobody can choose whom to share one with.
#[derive(Debug)]
struct Limiter {
    by_hash: DefaultKeyedRateLimiter<u16>,
    hasher: RandomState,
}

impl LoginLimit {
    /// `per_second` tries for each address; 0: no limit. The `X-Forwarded-For` of `trusted_proxies` is
    /// believed.
    pub(crate) fn new(per_second: u32, trusted_proxies: &[IpNet]) -> Self {
        let quota = NonZeroU32::new(per_second).map(Quota::per_second);
        Self::with(quota.map(|quota| quota.allow_burst(BURST)), trusted_proxies)
    }

    /// The limit of logins to the console.
    pub(crate) fn of_console(trusted_proxies: &[IpNet]) -> Self {
        let quota = Quota::with_period(CONSOLE_PERIOD);
        let quota = quota.map(|quota| quota.allow_burst(CONSOLE_BURST));
        Self::with(quota, trusted_proxies)
    }

    fn with(quota: Option<Quota>, trusted_proxies: &[IpNet]) -> Self {
        let limiter = |quota| Limiter {
            by_hash: DefaultKeyedRateLimiter::keyed(quota),
            hasher: RandomState::new(),
        };
        Self { limiter: quota.map(limiter), trusted_proxies: trusted_proxies.to_vec() }
    }

    /// Counts a try from `peer`; if there were too many, the seconds to wait.
    pub(crate) fn check(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), u32> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        let client = network(self.client(peer.ip(), headers));
        let hash = limiter.hasher.hash_one(client) as u16;
        limiter.by_hash.check_key(&hash).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX)
        })
    }

    /// The client of a request: the last address in line that is no trusted proxy's. The items of
    /// `X-Forwarded-For` before it, the client may have written itself.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for line in headers.get_all("x-forwarded-for").iter().rev() {
            // A line that isn't text has to stay in its place.
            let line = String::from_utf8_lossy(line.as_bytes());
            let items = line.rsplit(',').map(str::trim);
            for item in items.filter(|item| !item.is_empty()) {
                if !self.trusted_proxies.iter().any(|proxies| proxies.contains(&client)) {
                    if client == peer.to_canonical() {
                        tracing::warn!(
                            %client,
                            "X-Forwarded-For comes from an address that isn't in TRUSTED_PROXIES, \
                             and isn't believed: if that is your proxy, name it there, or all who \
                             come through it are limited as one"
                        );
                    }
                    return client;
                }
                match address(item) {
                    Some(address) => client = address,
                    None => {
                        let item: String = item.chars().take(SHOWN).collect();
                        tracing::warn!(
                            ?item,
                            proxy = %client,
                            "X-Forwarded-For has an item that is no address: who it stands for is \
                             limited as the proxy that wrote it"
                        );
                        return client;
                    }
                }
            }
        }
        client
    }
}

/// Parses an address as proxies write it: with or without a port, in brackets, in quotes, with a zone.
fn address(item: &str) -> Option<IpAddr> {
    let bare = |text: &str| {
        let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let text = inner.unwrap_or(text);
        let (address, _zone) = text.split_once('%').unwrap_or((text, ""));
        address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
    };
    let item = item.trim_matches('"').trim();
    bare(item).or_else(|| {
        let (address, port) = item.rsplit_once(':')?;
        port.parse::<u16>().ok()?;
        bare(address)
    })
}

/// The network of a client: whoever has one address of IPv6 has the 2^64 beside it too.
fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(network).into()
        }
    }
}

#[cfg(test)]
mod tests;
