//! The `cache` engine.
