//! Whatever stands in Redis or memcached under a session's name is a session or none.

#![no_main]

use axum::http::HeaderValue;
use fuzz::{Everywhere, keys, signed, visit};
use huihua::{
    SessionLayer,
    engine::{memcached, redis},
    signing::SERVER_SIDE_SALT,
};
use libfuzzer_sys::fuzz_target;

const COOKIE: HeaderValue = HeaderValue::from_static("sessionid=abcdefghijklmnopqrstuvwxyz012345");

fuzz_target!(|input: (i64, bool, &[u8])| {
    let (ends, is_signed, bytes) = input;
    let value = if is_signed { signed(bytes, SERVER_SIDE_SALT) } else { bytes.to_vec() };
    let item = [ends.to_string().as_bytes(), b":", &value].concat();
    // Random bytes seldom begin as a pickle does.
    let pickle = [b"\x80\x04", bytes].concat();
    for row in [
        redis::parse_value(&value, ends, None),
        redis::parse_value(&pickle, ends, Some(&keys())),
        memcached::parse_value(&item, None),
        memcached::parse_value(bytes, None),
        memcached::parse_value(&pickle, Some((&keys(), ends))),
    ] {
        visit(SessionLayer::new(Everywhere(row), &keys()), &[COOKIE]);
    }
});
