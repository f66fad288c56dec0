use axum::http::HeaderValue;

use super::*;

fn forwarded(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
        headers.append("x-forwarded-for", line);
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
        ("127.0.0.1", &["9.9.9.9:4711"], "9.9.9.9"),
        ("127.0.0.1", &["6.6.6.6:1, 9.9.9.9:2,10.1.1.1:3"], "9.9.9.9"),
        ("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
        ("127.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
        ("127.0.0.1", &["\"[2001:db8::1]:4711\""], "2001:db8::1"),
        ("127.0.0.1", &["2001:db8:1:2:3:4:5:6:4711"], "2001:db8:1:2:3:4:5:6"),
        ("127.0.0.1", &["fe80::1%eth0"], "fe80::1"),
        ("127.0.0.1", &["[fe80::1%2]:4711"], "fe80::1"),
        ("127.0.0.1", &["::ffff:9.9.9.9"], "9.9.9.9"),
        ("127.0.0.1", &["[::ffff:9.9.9.9]:4711"], "9.9.9.9"),
        ("127.0.0.1", &["::ffff:9.9.9.9:4711"], "9.9.9.9"),
        ("127.0.0.1", &["9.9.9.9, ::ffff:10.0.0.1"], "9.9.9.9"),
        ("127.0.0.1", &["\t 9.9.9.9 \t"], "9.9.9.9"),
        ("127.0.0.1", &["9.9.9.9,", "", " , ,"], "9.9.9.9"),
        ("127.0.0.1", &["", ","], "127.0.0.1"),
        ("127.0.0.1", &["6.6.6.6, unknown"], "127.0.0.1"),
        ("127.0.0.1", &["6.6.6.6, _hidden, 10.1.1.1"], "10.1.1.1"),
        ("127.0.0.1", &["9.9.9.9:99999"], "127.0.0.1"),
        ("127.0.0.1", &["6.6.6.6", "名, 9.9.9.9"], "9.9.9.9"),
        ("127.0.0.1", &["6.6.6.6", "名"], "127.0.0.1"),
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
fn however_many_addresses_come_it_grows_no_further() {
    let limit = LoginLimit::new(1, &[]);
    let none = HeaderMap::new();
    for network in 0..200_000_u128 {
        let client = Ipv6Addr::from(network << 64);
        let _ = limit.check((client, 1).into(), &none);
    }
    assert!(limit.limiter.unwrap().by_hash.len() <= 65_536);
}

#[test]
fn nothing_is_counted_without_a_limit() {
    let limit = LoginLimit::new(0, &[]);
    for _ in 0..1000 {
        let peer = "1.2.3.4:1".parse().unwrap();
        assert!(limit.check(peer, &HeaderMap::new()).is_ok());
    }
}
