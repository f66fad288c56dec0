//! The `redis` engine.
