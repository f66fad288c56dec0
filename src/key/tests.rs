use super::*;

#[test]
fn keys_are_djangos_and_never_repeat() {
    let keys: std::collections::HashSet<_> =
        (0..1000).map(|_| SessionKey::generate().expose().to_owned()).collect();
    assert_eq!(keys.len(), 1000);
    assert!(keys.iter().all(|key| SessionKey::parse(key.as_bytes()).is_some()));
}

#[test]
fn what_is_not_a_key_is_refused() {
    for value in [
        "",
        "short",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
        "abcdefghijklmnopqrstuvwxyz01234é",
        "../../../../../../../../etc/pass",
        "abcdefghijklmnopqrstuvwxyz0123456",
    ] {
        assert!(SessionKey::parse(value.as_bytes()).is_none(), "{value}");
    }
}

#[test]
fn promise_8_the_stored_hash_is_sha256_and_is_no_key() {
    let key = SessionKey::parse(b"abcdefghijklmnopqrstuvwxyz012345").unwrap();
    let stored = key.stored(true);
    // printf %s abcdefghijklmnopqrstuvwxyz012345 | sha256sum | cut -c-40
    assert_eq!(stored.as_str(), "653bb1245e828fcda4fa53fcd5a3def5bd7654e6");
    assert!(SessionKey::parse(stored.as_str().as_bytes()).is_none());
    assert_eq!(key.stored(false).as_str(), key.expose());
    assert_eq!(StoredKey::parse(stored.as_str()), Some(stored));
}

#[test]
fn a_session_has_one_fingerprint_however_it_is_stored() {
    let key = SessionKey::parse(b"abcdefghijklmnopqrstuvwxyz012345").unwrap();
    assert_eq!(key.fingerprint().to_string(), "653bb1245e82");
    for hashed in [true, false] {
        assert_eq!(key.stored(hashed).fingerprint(), key.fingerprint());
    }
}

#[test]
fn debug_shows_no_key() {
    let key = SessionKey::generate();
    let shown = format!("{key:?} {:?}", key.stored(false));
    assert!(!shown.contains(key.expose()), "{shown}");
}
