use super::*;

#[test]
fn an_origin_is_its_host_however_a_proxy_writes_it() {
    for (origin, host) in [
        ("http://example.com", "example.com"),
        ("https://example.com", "example.com"),
        ("http://example.com", "example.com:80"),
        ("https://example.com", "example.com:443"),
        ("https://example.com", "example.com:80"),
        ("http://example.com:80", "example.com"),
        ("https://example.com:443", "example.com"),
        ("http://example.com", "EXAMPLE.com"),
        ("HTTP://Example.COM", "example.com"),
        ("http://example.com.", "example.com"),
        ("http://example.com", "example.com."),
        ("http://example.com:8080", "Example.com.:8080"),
        ("http://example.com", "example.com:"),
        ("https://example.com:80", "example.com:80"),
        ("http://[::1]:3000", "[::1]:3000"),
        ("http://[2001:db8::a]", "[2001:DB8:0:0:0:0:0:A]:80"),
        ("http://127.0.0.1:3000", "127.0.0.1:3000"),
        ("http://xn--bcher-kva.example", "XN--BCHER-KVA.example"),
        ("http://xn--bcher-kva.example", "bücher.example"),
        ("http://my_app:3000", "my_app:3000"),
    ] {
        assert!(is_origin_of(origin, host), "{origin} {host}");
    }
    for (origin, host) in [
        ("http://example.com:8080", "example.com"),
        ("http://example.com", "example.com:8080"),
        ("http://example.com:443", "example.com"),
        ("https://example.com:80", "example.com:443"),
        ("http://evil.example", "example.com"),
        ("http://example.com.evil.example", "example.com"),
        ("http://sub.example.com", "example.com"),
        ("http://[::1]", "[::2]"),
        ("null", "example.com"),
        ("null", "null"),
        ("file://", ""),
        ("http://", ""),
        ("http://example.com", ""),
        ("ftp://example.com", "example.com"),
        ("http://example.com@evil.example", "example.com"),
        ("http://evil.example#example.com", "example.com"),
        ("http://example.com, http://evil.example", "example.com"),
    ] {
        assert!(!is_origin_of(origin, host), "{origin} {host}");
    }
}
