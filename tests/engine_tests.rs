//! The suite as the author of another engine runs it: by the macro.

use std::sync::Arc;

use async_trait::async_trait;
use huihua::{
    Clock, Engine,
    engine::cache::Cache,
    key::StoredKey,
    testing::{BEHAVIOURS, Fixture},
};

struct Local;

#[async_trait]
impl Fixture for Local {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        Arc::new(Cache::new(64 << 20).with_clock(clock))
    }

    async fn corrupt(&self, _: &StoredKey, _: &[u8]) -> bool {
        false
    }
}

huihua::engine_tests!(Local);

#[test]
fn every_behaviour_has_a_name_of_its_own() {
    let names: std::collections::HashSet<_> = BEHAVIOURS.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), BEHAVIOURS.len());
}
