//! How the store is.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use app::console::{Census, Health};
use huihua::{
    Engine,
    engine::{self, Error, StoreInfo},
    key::SessionKey,
};
use tokio::time::timeout;

use super::Operator;

/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(2);

impl Operator {
    /// How many sessions there are and how they end, by reading `sample` of them, and how the store
    /// is: it is asked once for both.
    pub(crate) async fn look(&self, sample: usize) -> (engine::Result<Census>, Health) {
        let info = timeout(PATIENCE, self.engine.info());
        let (latency, info) = tokio::join!(look_up(&self.engine), info);
        let info = info.unwrap_or_else(|_| Err(late()));
        let census = match &info {
            Ok(info) => self.census_of(info, sample).await,
            Err(error) => Err(error.clone()),
        };
        let info = info.unwrap_or_else(|error| StoreInfo {
            warnings: vec![format!("it doesn't say what it is: {error}")],
            ..StoreInfo::default()
        });
        let metrics = self.engine.metrics();
        let health = Health {
            server: info.server,
            warnings: info.warnings,
            latency,
            pool: metrics.pool,
            cache: metrics.cache,
        };
        (census, health)
    }
}

/// How long the store takes to look up a key, or why it doesn't. Nobody has this key, so a store
/// that works says so.
pub(crate) async fn look_up(engine: &Arc<dyn Engine>) -> Result<Duration, String> {
    let key = SessionKey::generate().stored(true);
    let start = Instant::now();
    match timeout(PATIENCE, engine.load(&key)).await {
        Ok(Ok(_)) => Ok(start.elapsed()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(late().to_string()),
    }
}

fn late() -> Error {
    Error::new("it has not answered in time")
}
