use http::HeaderValue;

use super::*;
use crate::key::SessionKey;

const KEY: &str = "abcdefghijklmnopqrstuvwxyz012345";
const OTHER: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

fn found(headers: &[&str]) -> Option<String> {
    let mut map = HeaderMap::new();
    for header in headers {
        map.append(COOKIE, HeaderValue::from_bytes(header.as_bytes()).unwrap());
    }
    let key = CookieConfig::default().values_in(&map).find_map(SessionKey::parse)?;
    Some(key.expose().to_owned())
}

#[test]
fn the_key_is_found_among_other_cookies() {
    let ours = format!("__Host-sessionid={KEY}");
    for headers in [
        vec![ours.clone()],
        vec![format!("a=b; {ours};c")],
        vec!["a=b".into(), format!(" {ours} ")],
        vec![format!("__Host-sessionid=bad; {ours}")],
        vec![format!("__Host-sessionid=\"\"; __Host-sessionid= \"{KEY}\" ")],
        vec![format!("{ours}; __Host-sessionid={OTHER}")],
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        assert_eq!(found(&headers).as_deref(), Some(KEY), "{headers:?}");
    }
}

#[test]
fn look_alikes_are_not_ours() {
    for header in [
        format!("\u{2000}__Host-sessionid={KEY}"),
        format!("__host-sessionid={KEY}"),
        format!("x__Host-sessionid={KEY}"),
        format!("sessionid={KEY}"),
        format!("\"__Host-sessionid\"={KEY}"),
        format!("__Host-sessionid=\"{KEY}"),
        format!("__Host-sessionid={KEY}\""),
        format!("__Host-sessionid=\"\"{KEY}\"\""),
        "__Host-sessionid=\"".into(),
        "__Host-sessionid".into(),
        ";;;=;".into(),
    ] {
        assert_eq!(found(&[&header]), None, "{header}");
    }
}

#[test]
fn the_prefix_is_only_taken_where_browsers_accept_it() {
    let config = CookieConfig::default();
    assert_eq!(config.name(), "__Host-sessionid");
    for config in [
        CookieConfig { secure: false, ..CookieConfig::default() },
        CookieConfig { path: "/app".into(), ..CookieConfig::default() },
        CookieConfig { domain: Some("example.com".into()), ..CookieConfig::default() },
    ] {
        assert_eq!(config.name(), "sessionid");
    }
}
