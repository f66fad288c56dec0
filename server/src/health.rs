//! For whoever watches the process.

use std::sync::Arc;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use huihua::{
    Clock, Engine, Settings, Store,
    engine::{Error, Row},
    key::SessionKey,
    settings::SettingError,
    signing::SERVER_SIDE_SALT,
};
use time::{Duration, OffsetDateTime};
use tokio::{
    sync::Mutex,
    time::{self as clock, Instant},
};

/// How often it is tried at most whether the store keeps a session, however many ask.
const TRIED_EVERY: clock::Duration = clock::Duration::from_secs(1);
/// How long the store may take for that.
const STORE_TIMEOUT: clock::Duration = clock::Duration::from_secs(2);

/// `/healthz` and `/readyz`.
///
/// # Errors
/// If there is no secret key.
pub(crate) fn routes(store: Option<&Store>, settings: &Settings) -> Result<Router, SettingError> {
    let ready = match store {
        None => get(|| async { "ok, sessions are off\n" }),
        Some(Store::Cookie) => get(|| async { "ok, sessions are in their cookies\n" }),
        Some(Store::Rows(engine)) => {
            let signer = settings.signer(SERVER_SIDE_SALT)?;
            get(ready).with_state(Arc::new(Readiness {
                engine: engine.clone(),
                // Signed in 1970: a store in Django's form forgets when.
                payload: signer.sign("{}", OffsetDateTime::UNIX_EPOCH),
                tried: Mutex::default(),
            }))
        }
    };
    Ok(Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", ready))
}

/// Whether a login could be stored now.
async fn ready(State(readiness): State<Arc<Readiness>>) -> (StatusCode, &'static str) {
    // To its end, though whoever asks may leave: nothing stays behind in the store.
    let is_ready = tokio::spawn(async move { readiness.check().await });
    let why = match is_ready.await {
        Ok(Ok(())) => return (StatusCode::OK, "ok\n"),
        Ok(Err(why)) => why,
        Err(panicked) => panicked.to_string(),
    };
    tracing::error!(why, "the session store is broken");
    let said = "the session store doesn't keep sessions at the moment\n";
    (StatusCode::SERVICE_UNAVAILABLE, said)
}

struct Readiness {
    engine: Arc<dyn Engine>,
    payload: String,
    /// When it was last tried whether the store keeps a session, and whether it did.
    tried: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Readiness {
    async fn check(&self) -> Result<(), String> {
        admin::lookup_latency(&self.engine).await?;
        let mut tried = self.tried.lock().await;
        if let Some((when, kept)) = &*tried
            && when.elapsed() < TRIED_EVERY
        {
            return kept.clone();
        }
        let late = |_| Err("it has not answered in time".to_owned());
        let kept = clock::timeout(STORE_TIMEOUT, self.keep_a_session()).await;
        let kept = kept.unwrap_or_else(late);
        *tried = Some((Instant::now(), kept.clone()));
        kept
    }

    /// Stores a session that nobody has, reads it, and deletes it.
    async fn keep_a_session(&self) -> Result<(), String> {
        let row = Row {
            payload: self.payload.clone(),
            expires_at: Clock::system().now() + Duration::MINUTE,
        };
        let kept = async {
            let mut key = SessionKey::generate().stored(true);
            // Whose answer was lost may have stored it: then another key is asked for.
            if !self.engine.create(&key, &row).await? {
                self.engine.delete(&key).await?;
                key = SessionKey::generate().stored(true);
                self.engine.create(&key, &row).await?;
            }
            let read = self.engine.load(&key).await?;
            self.engine.delete(&key).await?;
            Ok(read.is_some_and(|read| read.payload == row.payload))
        };
        match kept.await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it has lost what it was just told to keep".into()),
            Err(error) => Err(Error::to_string(&error)),
        }
    }
}
