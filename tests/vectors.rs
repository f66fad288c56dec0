//! Payloads that Django wrote are read, and those that must be refused are refused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use huihua::{
    SecretKeys,
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Signer, VerifyError},
};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/django-5.2.json")).unwrap()
}

fn signer(vectors: &Value, salt: &str) -> Signer {
    let fallbacks = vectors["secret_key_fallbacks"].as_array().unwrap();
    let fallbacks: Vec<_> = fallbacks.iter().map(|key| key.as_str().unwrap()).collect();
    Signer::new(&keys(vectors["secret_key"].as_str().unwrap(), &fallbacks), salt)
}

fn keys(secret_key: &str, fallbacks: &[&str]) -> SecretKeys {
    let keys = SecretKeys::allow_short(secret_key).unwrap();
    keys.with_fallbacks(fallbacks.iter().copied()).unwrap()
}

#[test]
fn what_django_signed_is_read() {
    let vectors = vectors();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 14);
    for case in cases {
        for (salt, payload) in [
            (SERVER_SIDE_SALT, &case["server_side"]),
            (SERVER_SIDE_SALT, &case["signed_with_fallback_key"]),
            (SIGNED_COOKIES_SALT, &case["signed_cookie"]),
        ] {
            let verified = signer(&vectors, salt).verify(payload.as_str().unwrap());
            let verified = verified.unwrap_or_else(|why| panic!("{}: {why}", case["name"]));
            let data: Value = serde_json::from_slice(&verified.json).unwrap();
            assert_eq!(data, case["data"], "{}", case["name"]);
            assert_eq!(verified.signed_at.unix_timestamp(), case["time"]);
        }
    }
}

#[test]
fn what_we_sign_is_what_django_signs() {
    let vectors = vectors();
    for case in vectors["cases"].as_array().unwrap() {
        let theirs = case["server_side"].as_str().unwrap();
        let signer = signer(&vectors, SERVER_SIDE_SALT);
        let verified = signer.verify(theirs).unwrap();
        let ours = signer.sign(std::str::from_utf8(&verified.json).unwrap(), verified.signed_at);
        assert_eq!(signer.verify(&ours).unwrap(), verified);
        // Compressed bytes may differ from one zlib to the next; the rest may not.
        assert_eq!(ours.starts_with('.'), theirs.starts_with('.'));
        if !ours.starts_with('.') {
            assert_eq!(ours, theirs);
        }
    }
}

#[test]
fn what_must_be_refused_is_refused() {
    let vectors = vectors();
    let signer = signer(&vectors, SERVER_SIDE_SALT);
    let refused = vectors["reject"].as_object().unwrap();
    assert_eq!(refused.len(), 13);
    for (name, payload) in refused {
        assert!(signer.verify(payload.as_str().unwrap()).is_err(), "{name}");
    }
}

#[test]
fn promise_9_a_bomb_is_refused() {
    let vectors = vectors();
    let bomb = &vectors["inflates_to_30_MB_and_must_be_refused"];
    let verified = signer(&vectors, SERVER_SIDE_SALT).verify(bomb.as_str().unwrap());
    assert_eq!(verified, Err(VerifyError::TooLarge));
}

#[test]
fn promise_9_the_first_key_signs_and_the_fallbacks_only_verify() {
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let old = Signer::new(&keys("old", &[]), SERVER_SIDE_SALT);
    let both = Signer::new(&keys("new", &["old"]), SERVER_SIDE_SALT);
    let new = Signer::new(&keys("new", &[]), SERVER_SIDE_SALT);
    assert!(both.verify(&old.sign("{}", now)).is_ok());
    assert!(new.verify(&both.sign("{}", now)).is_ok());
    assert_eq!(old.verify(&both.sign("{}", now)), Err(VerifyError::BadSignature));
}
