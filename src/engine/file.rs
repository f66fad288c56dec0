//! The `file` engine.
