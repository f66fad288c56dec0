//! What nobody signed doesn't open; what is signed but is no session is none.

#![no_main]

use axum::http::HeaderValue;
use fuzz::{keys, signed, visit};
use huihua::{
    SessionLayer,
    signing::{MAX_BYTES, SIGNED_COOKIES_SALT, Signer},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let signer = Signer::new(&keys(), SIGNED_COOKIES_SALT);
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(signer.verify(text).is_err(), "a forged signature");
    }
    let payload = signed(bytes, SIGNED_COOKIES_SALT);
    if let Some(verified) =
        std::str::from_utf8(&payload).ok().and_then(|payload| signer.verify(payload).ok())
    {
        assert!(verified.json.len() <= MAX_BYTES);
    }
    let cookie = [b"sessionid=", &payload[..]].concat();
    if let Ok(cookie) = HeaderValue::from_bytes(&cookie) {
        visit(SessionLayer::signed_cookies(&keys()), &[cookie]);
    }
});
