//! A small site with sessions on a real SQLite database, a clock that tests turn, and browsers.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use http_body_util::BodyExt;
use huihua::{
    Clock, Db, Engine, SecretKeys, SessionLayer,
    engine::{Inspect, Order},
    key::SessionKey,
    testing::wait_longer,
};
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use time::{Duration, OffsetDateTime, macros::datetime};
use tower::ServiceExt;

pub(crate) const START: OffsetDateTime = datetime!(2026-11-23 12:00:00 UTC);

pub(crate) struct Site {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    offset: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

impl Site {
    pub(crate) async fn new() -> Self {
        // A test that isn't about it fails on no machine that is busy with others.
        wait_longer(30);
        let folder = tempfile::tempdir().unwrap();
        let offset = Arc::new(AtomicI64::new(0));
        let shared = offset.clone();
        let clock =
            Clock::from_fn(move || START + Duration::milliseconds(shared.load(Ordering::SeqCst)));
        let url = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
        let db = Db::connect(&url).await.unwrap().with_clock(clock.clone());
        db.migrate().await.unwrap();
        Self { db, clock, offset, folder }
    }

    pub(crate) fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.whole_milliseconds()).unwrap();
        self.offset.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn layer(&self) -> SessionLayer {
        self.layer_on(self.db.clone())
    }

    pub(crate) fn layer_on(&self, engine: impl Engine) -> SessionLayer {
        SessionLayer::new(engine, &SecretKeys::allow_short("test").unwrap())
            .with_secure(false)
            .with_clock(self.clock.clone())
    }

    pub(crate) async fn rows(&self) -> usize {
        self.db.scan(Order::Natural, None, 1000).await.unwrap().rows.len()
    }

    /// What a broken database looks like from outside: every statement fails.
    pub(crate) async fn break_table(&self) {
        self.sql("ALTER TABLE django_session RENAME TO hidden").await;
    }

    pub(crate) async fn mend_table(&self) {
        self.sql("ALTER TABLE hidden RENAME TO django_session").await;
    }

    pub(crate) async fn sql(&self, statement: &'static str) {
        let path = self.folder.path().join("test.sqlite3");
        let options = SqliteConnectOptions::new().filename(path);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute(statement).await.unwrap();
    }

    /// The one text that a query answers.
    pub(crate) async fn text(&self, query: &'static str) -> String {
        let path = self.folder.path().join("test.sqlite3");
        let options = SqliteConnectOptions::new().filename(path);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let query = sqlx::query_scalar(query);
        query.fetch_one(&mut connection).await.unwrap()
    }

    /// The end of the only row.
    pub(crate) async fn row_end(&self) -> OffsetDateTime {
        let rows = self.db.scan(Order::Natural, None, 2).await.unwrap().rows;
        assert_eq!(rows.len(), 1);
        rows[0].1.as_ref().unwrap().expires_at()
    }
}

/// A browser with one cookie jar for one site. Clones share the jar, as tabs do.
#[derive(Clone)]
pub(crate) struct Browser {
    app: Router,
    jar: Arc<Mutex<Option<String>>>,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn set_cookie(&self) -> Option<&str> {
        let mut cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let first = cookies.next()?.to_str().unwrap();
        assert!(cookies.next().is_none(), "more than one Set-Cookie");
        Some(first)
    }
}

impl Browser {
    /// The same browser, on a site that was started again with other settings.
    pub(crate) fn on(&self, app: &Router) -> Self {
        Self { app: app.clone(), jar: self.jar.clone() }
    }

    pub(crate) fn new(app: &Router) -> Self {
        Self { app: app.clone(), jar: Arc::default() }
    }

    pub(crate) fn with_key(self, key: &str) -> Self {
        *self.jar.lock().unwrap() = Some(key.to_owned());
        self
    }

    /// The key in the jar.
    pub(crate) fn key(&self) -> Option<String> {
        self.jar.lock().unwrap().clone()
    }

    pub(crate) fn stored_key(&self) -> huihua::key::StoredKey {
        let key = self.key().unwrap();
        SessionKey::parse(key.as_bytes()).unwrap().stored(true)
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        let response = self.send(path).await;
        self.receive(response).await
    }

    async fn send(&self, path: &str) -> Response<Body> {
        let mut request = Request::get(path);
        if let Some(key) = self.key() {
            request = request.header(header::COOKIE, format!("sessionid={key}"));
        }
        let request = request.body(Body::empty()).unwrap();
        self.app.clone().oneshot(request).await.unwrap()
    }

    async fn receive(&self, response: Response<Body>) -> Page {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let page = Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        };
        if let Some(cookie) = page.set_cookie() {
            let value = cookie.split(';').next().unwrap();
            let value = value.strip_prefix("sessionid=").unwrap();
            let kept = !cookie.contains("Max-Age=0") && !value.is_empty();
            *self.jar.lock().unwrap() = kept.then(|| value.to_owned());
        }
        page
    }
}
