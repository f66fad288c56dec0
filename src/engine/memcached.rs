//! The `memcached` engine.
