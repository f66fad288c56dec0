//! Programs as people have them on tower-sessions, each run on its layer and on ours.

#![cfg(test)]

mod browser;
mod counter;
mod guest;
mod login;
mod messages;

use huihua::{SecretKeys, SessionLayer, engine::cache::Cache};
use tower_sessions::{MemoryStore, SessionManagerLayer};

fn stock() -> SessionManagerLayer<MemoryStore> {
    SessionManagerLayer::new(MemoryStore::default()).with_secure(false)
}

fn ours() -> SessionLayer {
    let secret = SecretKeys::new("a secret for tests, of a length that is taken").unwrap();
    SessionLayer::new(Cache::new(1 << 20), &secret).with_secure(false)
}
