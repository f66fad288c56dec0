//! How often somebody may try to log in, by the address they come from.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use axum::http::HeaderMap;
use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock, clock::DefaultClock};
use ipnet::IpNet;

/// So many may come at once, if nobody has come before.
const BURST: NonZeroU32 = NonZeroU32::new(50).expect("not 0");
/// The console has one user with one token, who may mistype it so often at once,
const CONSOLE_BURST: NonZeroU32 = NonZeroU32::new(5).expect("not 0");
/// and again each time that so much has passed.
const CONSOLE_PAUSE: Duration = Duration::from_secs(10);
/// Addresses that are remembered before those are forgotten that may do as they like again.
const MANY: usize = 10_000;

/// Says who may try to log in now.
#[derive(Debug, Clone)]
pub(crate) struct LoginLimit {
    /// `None`: everybody, always.
    limiter: Option<Arc<DefaultKeyedRateLimiter<IpAddr>>>,
    trusted_proxies: Arc<[IpNet]>,
}

impl LoginLimit {
    /// `per_second` tries for each address; 0 for no limit. `trusted_proxies` are believed about
    /// whom they forward.
    pub(crate) fn new(per_second: u32, trusted_proxies: &[IpNet]) -> Self {
        let quota = NonZeroU32::new(per_second).map(Quota::per_second);
        Self::with(quota.map(|quota| quota.allow_burst(BURST)), trusted_proxies)
    }

    /// For tries to open the console.
    pub(crate) fn of_console(trusted_proxies: &[IpNet]) -> Self {
        let quota = Quota::with_period(CONSOLE_PAUSE);
        Self::with(
            quota.map(|quota| quota.allow_burst(CONSOLE_BURST)),
            trusted_proxies,
        )
    }

    fn with(quota: Option<Quota>, trusted_proxies: &[IpNet]) -> Self {
        Self {
            limiter: quota.map(|quota| Arc::new(DefaultKeyedRateLimiter::keyed(quota))),
            trusted_proxies: trusted_proxies.into(),
        }
    }

    /// Counts a try from `peer`.
    ///
    /// # Errors
    /// If there were too many: how many seconds to wait.
    pub(crate) fn check(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), u32> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        let client = whole(self.client(peer.ip(), headers));
        limiter.check_key(&client).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX)
        })
    }

    /// Who has sent a request: the last in line whom no trusted proxy names. What stands before
    /// them in `X-Forwarded-For`, they may have written themselves.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all("x-forwarded-for").iter();
        let named: Vec<_> = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .map(|name| name.trim().parse::<IpAddr>())
            .collect();
        let mut client = peer.to_canonical();
        for name in named.into_iter().rev() {
            let is_proxy = self
                .trusted_proxies
                .iter()
                .any(|proxies| proxies.contains(&client));
            match name {
                Ok(name) if is_proxy => client = name.to_canonical(),
                _ => break,
            }
        }
        client
    }
}

/// Who has one address of IPv6 has the 2^64 beside it as well.
fn whole(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(network).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"].map(|net| net.parse().unwrap());
        let limit = LoginLimit::new(1, &trusted);
        for (peer, lines, client) in [
            ("1.2.3.4", &[][..], "1.2.3.4"),
            ("1.2.3.4", &["9.9.9.9"], "1.2.3.4"),
            ("127.0.0.1", &["9.9.9.9"], "9.9.9.9"),
            ("127.0.0.1", &["6.6.6.6, 9.9.9.9"], "9.9.9.9"),
            ("127.0.0.1", &["6.6.6.6, 9.9.9.9, 10.1.1.1"], "9.9.9.9"),
            ("127.0.0.1", &["6.6.6.6", "9.9.9.9", "10.1.1.1"], "9.9.9.9"),
            ("127.0.0.1", &["10.1.1.1"], "10.1.1.1"),
            ("127.0.0.1", &["nonsense"], "127.0.0.1"),
            ("127.0.0.1", &["9.9.9.9, nonsense"], "127.0.0.1"),
            ("::ffff:127.0.0.1", &["9.9.9.9"], "9.9.9.9"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
            ("127.0.0.1", &[], "127.0.0.1"),
        ] {
            let found = limit.client(peer.parse().unwrap(), &forwarded(lines));
            assert_eq!(found.to_string(), client, "{peer} {lines:?}");
        }
    }

    #[test]
    fn addresses_don_t_stand_in_each_others_way() {
        let limit = LoginLimit::new(1, &[]);
        let none = HeaderMap::new();
        let try_from = |client: &str| limit.check(client.parse().unwrap(), &none);
        for _ in 0..BURST.get() {
            assert!(try_from("[2001:db8::1]:1").is_ok());
        }
        assert_eq!(try_from("[2001:db8::2]:2"), Err(1));
        assert!(try_from("[2001:db8:0:1::1]:1").is_ok());
        assert!(try_from("1.2.3.4:1").is_ok());
    }

    #[test]
    fn nothing_is_counted_without_a_limit() {
        let limit = LoginLimit::new(0, &[]);
        for _ in 0..1000 {
            let peer = "1.2.3.4:1".parse().unwrap();
            assert!(limit.check(peer, &HeaderMap::new()).is_ok());
        }
    }
}
