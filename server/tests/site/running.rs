//! Starts the site as the `huihua` command does, and talks to it as a browser does.

use std::{collections::HashMap, path::Path};

use axum::Router;
use huihua::{Clock, testing::wait_longer};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect::Policy};
use server::{
    settings::ServerSettings,
    startup::{Site, SiteState},
};
use servers::folder_with_site;
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

pub(crate) const SECRET_KEY: &str = "a secret for tests";

pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// The settings of a site in `folder`.
pub(crate) fn settings_in(folder: &TempDir) -> HashMap<String, String> {
    let at = |path: &str| folder.path().join(path).display().to_string();
    HashMap::from(
        [
            ("LEPTOS_SITE_ADDR", "127.0.0.1:0".to_owned()),
            ("LEPTOS_SITE_ROOT", at("site")),
            ("DATABASE_URL", format!("sqlite:{}", at("data/test.sqlite3"))),
            ("SESSION_FILE_PATH", at("data/sessions")),
            ("SECRET_KEY", SECRET_KEY.to_owned()),
        ]
        .map(|(name, text)| (name.to_owned(), text)),
    )
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(more: &[(&str, &str)]) -> Self {
        Self::start_at(Clock::system(), more).await
    }

    /// With the time from `clock`.
    pub(crate) async fn start_at(clock: Clock, more: &[(&str, &str)]) -> Self {
        Self::start_all(clock, more, Router::new(), |_| {}).await
    }

    /// With more routes.
    pub(crate) async fn start_with_routes(routes: Router<SiteState>) -> Self {
        Self::start_all(Clock::system(), &[], routes, |_| {}).await
    }

    /// In a folder that `prepare` has changed.
    pub(crate) async fn start_in(prepare: impl FnOnce(&Path)) -> Self {
        Self::start_all(Clock::system(), &[], Router::new(), prepare).await
    }

    async fn start_all(
        clock: Clock,
        more: &[(&str, &str)],
        routes: Router<SiteState>,
        prepare: impl FnOnce(&Path),
    ) -> Self {
        // Only tests of limits depend on them, however busy the machine is.
        wait_longer(30);
        let folder = folder_with_site();
        prepare(folder.path());
        let mut texts = settings_in(&folder);
        texts.extend(more.iter().map(|(name, text)| ((*name).into(), (*text).into())));
        let settings = ServerSettings::read(|name| texts.get(name).cloned()).unwrap();
        let site = Site::bind_with(&settings, clock, routes).await.unwrap();
        let url = format!("http://{}", site.addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            site.run(stopped).await;
        });
        Self { url, folder, stop: Some(stop), task }
    }

    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.task.await.unwrap();
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::at(&self.url)
    }
}

pub(crate) struct Browser {
    url: String,
    client: Client,
    pub(crate) cookie: Option<String>,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn assert_has(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.text.contains(text), "no {text} in {}", self.text);
        }
    }
}

impl Browser {
    pub(crate) fn at(url: &str) -> Self {
        Self { url: url.to_owned(), client: client(), cookie: None }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Page {
        let response: Response = request.send().await.unwrap();
        let page = Page {
            status: response.status(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        };
        if let Some(cookie) = page.headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let pair = cookie.split(';').next().unwrap().to_owned();
            self.cookie = (!cookie.contains("Max-Age=0")).then_some(pair);
        }
        page
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Page {
        let request = self.request(Method::POST, path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(body.to_owned())).await
    }
}

impl Running {
    /// Something that happens to the database behind the site's back.
    pub(crate) async fn sql(&self, statement: &str) {
        sql_in(&self.folder, statement).await;
    }

    /// The number of rows, expired ones too.
    pub(crate) async fn rows(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM django_session")
            .fetch_one(&mut database_in(&self.folder).await)
            .await
            .unwrap()
    }
}

/// The database of the site in `folder`, past the site.
pub(crate) async fn database_in(folder: &TempDir) -> SqliteConnection {
    let path = folder.path().join("data/test.sqlite3");
    let options = SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// Runs a statement there.
pub(crate) async fn sql_in(folder: &TempDir, statement: &str) {
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    database_in(folder).await.execute(statement).await.unwrap();
}

/// It keeps no connection, which a site that is told to stop would leave open for a while.
fn client() -> Client {
    Client::builder().redirect(Policy::none()).pool_max_idle_per_host(0).build().unwrap()
}
