use super::is_local;

#[test]
fn only_the_browsers_own_machine_is_local() {
    for host in ["localhost", "localhost:3000", "127.0.0.1:3000", "[::1]:80", "a.localhost"] {
        assert!(is_local(host.as_bytes()), "{host}");
    }
    for host in ["example.com", "10.0.0.1:80", "localhost.example.com", "127.example.com", ""] {
        assert!(!is_local(host.as_bytes()), "{host}");
    }
}
