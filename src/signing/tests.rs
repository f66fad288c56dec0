use std::collections::BTreeMap;

use hmac::KeyInit;
use sha2::Digest;

use super::*;
use crate::expiry::ExpiryPolicy;

#[test]
fn base62_goes_there_and_back() {
    for number in [0, 1, 61, 62, 1_730_249_188, i64::MAX, -1, -62] {
        let mut text = String::new();
        push_base62(&mut text, number);
        assert_eq!(base62(&text), Some(number), "{text}");
    }
    for text in ["", "-", "a b", "é", "zzzzzzzzzzzzzzzz"] {
        assert_eq!(base62(text), None, "{text}");
    }
}

#[test]
fn short_payloads_are_not_compressed_and_long_ones_are() {
    let signer = Signer::new(&SecretKeys::allow_short("k").unwrap(), SERVER_SIDE_SALT);
    let now = OffsetDateTime::UNIX_EPOCH;
    assert!(!signer.sign("{}", now).starts_with('.'));
    let long = format!("\"{}\"", "ab".repeat(400));
    let payload = signer.sign(&long, now);
    assert!(payload.starts_with('.'), "{payload}");
    assert_eq!(signer.verify(&payload).unwrap().json, long.into_bytes());
}

#[test]
fn what_was_compressed_comes_back_or_is_refused_whole() {
    for length in [40, 1000, 100_000, MAX_BYTES] {
        let text: String = ('a'..='z').cycle().take(length).collect();
        let compressed = deflated(text.as_bytes()).unwrap();
        assert_eq!(inflated(&compressed, MAX_BYTES).unwrap(), text.as_bytes());
        let cut = inflated(&compressed[..compressed.len() - 1], MAX_BYTES);
        assert_eq!(cut, Err(VerifyError::Malformed), "{length}");
    }
    let bomb = deflated(&vec![b'a'; MAX_BYTES + 1]).unwrap();
    assert_eq!(inflated(&bomb, MAX_BYTES), Err(VerifyError::TooLarge));
    assert_eq!(inflated(b"", MAX_BYTES), Err(VerifyError::Malformed));
    // What was refused before leaves nothing behind.
    let compressed = deflated(&[b'b'; 100]).unwrap();
    assert_eq!(inflated(&compressed, MAX_BYTES).unwrap(), [b'b'; 100]);
}

#[test]
fn what_is_encoded_is_decoded() {
    let signer = Signer::new(&SecretKeys::allow_short("k").unwrap(), SERVER_SIDE_SALT);
    let values = HashMap::from([("名".to_owned(), Value::from(["值"]))]);
    let payload = signer.encode(&values, OffsetDateTime::UNIX_EPOCH);
    assert_eq!(signer.verify(&payload).unwrap().json, br#"{"\u540d":["\u503c"]}"#);
    assert_eq!(signer.decode(&payload).unwrap(), values);
    let python = signer.sign(r#"{"a":1,"b":NaN}"#, OffsetDateTime::UNIX_EPOCH);
    assert_eq!(signer.decode(&python).unwrap(), HashMap::from([("a".to_owned(), 1.into())]));
    assert_eq!(
        signer.decode(&signer.sign("[]", OffsetDateTime::UNIX_EPOCH)),
        Err(VerifyError::Malformed)
    );
}

#[test]
fn what_is_verified_says_what_it_holds_and_how_it_ends() {
    let signer = Signer::new(&SecretKeys::allow_short("k").unwrap(), SERVER_SIDE_SALT);
    let verified = |json| {
        let payload = signer.sign(json, OffsetDateTime::UNIX_EPOCH);
        signer.verify(&payload).unwrap()
    };
    let session = verified(r#"{"uname":"\u5c0f","_session_expiry":0,"n":NaN}"#);
    let values = [("_session_expiry", 0.into()), ("uname", "小".into())];
    let values = values.map(|(key, value): (_, Value)| (key.to_owned(), value));
    assert_eq!(session.values(), Some(BTreeMap::from(values)));
    assert_eq!(session.policy(), ExpiryPolicy::Close);
    assert_eq!(verified("{}").policy(), ExpiryPolicy::Default);
    assert_eq!(verified("[]").values(), None);
}

#[test]
fn promise_9_no_empty_key_signs_or_verifies() {
    const LONG: &str = "0123456789abcdef0123456789abcdef";
    for empty in ["", " ", "\n"] {
        assert_eq!(SecretKeys::new(empty).unwrap_err(), SecretKeyError::Empty);
        let short = SecretKeys::allow_short(empty);
        assert_eq!(short.unwrap_err(), SecretKeyError::Empty);
    }
    let short = &LONG[1..];
    assert_eq!(SecretKeys::new(short).unwrap_err(), SecretKeyError::Short(31));
    let fallbacks = SecretKeys::new(LONG).unwrap().with_fallbacks([short]);
    assert_eq!(fallbacks.unwrap_err(), SecretKeyError::Short(31));
    let both = SecretKeys::allow_short("k").unwrap().with_fallbacks([short]);
    assert_eq!(both.unwrap().salted("").count(), 2);

    // A variable that isn't set, split at its commas.
    let keys = SecretKeys::new(LONG).unwrap();
    let keys = keys.with_fallbacks("".split(',')).unwrap();
    assert_eq!(keys.salted("").count(), 1);
    // Whoever has read the source knows the empty key.
    let derived = Sha256::new().chain_update("signer").finalize();
    let forger =
        Signer { macs: vec![Hmac::new_from_slice(&derived).unwrap()], max_bytes: MAX_BYTES };
    let forged = forger.sign("{}", OffsetDateTime::UNIX_EPOCH);
    assert_eq!(Signer::new(&keys, "").verify(&forged), Err(VerifyError::BadSignature));
}

#[test]
fn debug_shows_no_secret() {
    let keys = SecretKeys::allow_short("hush").unwrap().with_fallbacks(["old"]).unwrap();
    let shown = format!("{keys:?} {:?}", Signer::new(&keys, SERVER_SIDE_SALT));
    assert!(!shown.contains("hush") && !shown.contains("old"), "{shown}");
}
