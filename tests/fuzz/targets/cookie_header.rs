//! Whatever a browser sends as cookies is a session or none, and reading it changes nothing.

#![no_main]

use axum::http::HeaderValue;
use fuzz::{Everywhere, keys, visit};
use huihua::SessionLayer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let lines = bytes.split(|byte| *byte == b'\n');
    let cookies: Vec<_> = lines.filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
    assert!(!visit(SessionLayer::new(Everywhere(None), &keys()), &cookies));
    assert!(!visit(SessionLayer::signed_cookies(&keys()), &cookies));
});
