//! axum-login: password users and permissions in SQLite, pages that ask for a login, and promises that axum-login alone
//! doesn't keep.

use std::collections::HashSet;

use axum::{
    Form, Router,
    http::StatusCode,
    response::Redirect,
    routing::{get, post},
};
use axum_login::{
    AuthSession, AuthUser, AuthnBackend, AuthzBackend, login_required, permission_required,
};
use password_auth::{generate_hash, verify_password};
use serde::Deserialize;
use sqlx::{FromRow, SqlitePool, sqlite::SqlitePoolOptions};

use crate::{browser::Browser, ours, stock};

#[derive(Debug, Clone, FromRow)]
struct User {
    id: i64,
    name: String,
    password: String,
}

impl AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.password.as_bytes()
    }
}

#[derive(Clone, Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

#[derive(Debug, Clone)]
struct Backend(SqlitePool);

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = Credentials;
    type Error = sqlx::Error;

    async fn authenticate(&self, tried: Credentials) -> Result<Option<User>, sqlx::Error> {
        let user: Option<User> = sqlx::query_as("SELECT * FROM users WHERE name = ?")
            .bind(&tried.name)
            .fetch_optional(&self.0)
            .await?;
        Ok(user.filter(|user| verify_password(&tried.password, &user.password).is_ok()))
    }

    async fn get_user(&self, id: &i64) -> Result<Option<User>, sqlx::Error> {
        let user = sqlx::query_as("SELECT * FROM users WHERE id = ?").bind(id);
        user.fetch_optional(&self.0).await
    }
}

impl AuthzBackend for Backend {
    type Permission = String;

    async fn get_user_permissions(&self, user: &User) -> Result<HashSet<String>, sqlx::Error> {
        let names = sqlx::query_scalar("SELECT name FROM permissions WHERE user_id = ?");
        Ok(names.bind(user.id).fetch_all(&self.0).await?.into_iter().collect())
    }
}

async fn backend() -> Backend {
    // One connection, because each has a memory of its own.
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    for statement in [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, password TEXT)",
        "CREATE TABLE permissions (user_id INTEGER, name TEXT)",
        "INSERT INTO permissions VALUES (1, 'edit')",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    for (id, name) in [(1, "ming"), (2, "hong")] {
        let insert = sqlx::query("INSERT INTO users VALUES (?, ?, ?)").bind(id).bind(name);
        insert.bind(generate_hash(name)).execute(&pool).await.unwrap();
    }
    Backend(pool)
}

type Auth = AuthSession<Backend>;

async fn home(auth: Auth) -> String {
    auth.user.map_or("nobody".into(), |user| user.name)
}

async fn log_in(mut auth: Auth, Form(tried): Form<Credentials>) -> Result<Redirect, StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let user = auth.authenticate(tried).await.map_err(failed)?;
    let user = user.ok_or(StatusCode::UNAUTHORIZED)?;
    auth.login(&user).await.map_err(failed)?;
    Ok(Redirect::to("/"))
}

async fn log_out(mut auth: Auth) -> Result<Redirect, StatusCode> {
    auth.logout().await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Redirect::to("/"))
}

fn routes() -> Router {
    Router::new()
        .route("/edit", get(async || "edited"))
        .route_layer(permission_required!(Backend, "edit"))
        .route("/private", get(home))
        .route_layer(login_required!(Backend, login_url = "/login"))
        .route("/", get(home))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
}

async fn on_stock() -> (Router, Backend) {
    use axum_login::AuthManagerLayerBuilder;

    let backend = backend().await;
    let auth = AuthManagerLayerBuilder::new(backend.clone(), stock()).build();
    (routes().layer(auth), backend)
}

async fn on_ours() -> (Router, Backend) {
    use huihua::axum_login::AuthManagerLayerBuilder;

    let backend = backend().await;
    let auth = AuthManagerLayerBuilder::new(backend.clone(), ours()).build();
    (routes().layer(auth), backend)
}

const MING: &str = "name=ming&password=ming";
const HONG: &str = "name=hong&password=hong";

#[tokio::test]
async fn users_log_in_and_out() {
    for (site, _) in [on_stock().await, on_ours().await] {
        let mut browser = Browser::new(site);
        assert_eq!(browser.get("/").await.text, "nobody");
        let refused = browser.post("/login", "name=ming&password=hong").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(browser.cookies().is_empty());
        assert_eq!(browser.post("/login", MING).await.location.as_deref(), Some("/"));
        assert_eq!(browser.get("/").await.text, "ming");
        let before = browser.with_cookies(&browser);
        browser.post("/logout", "").await;
        for mut browser in [browser, before] {
            assert_eq!(browser.get("/").await.text, "nobody");
        }
    }
}

#[tokio::test]
async fn pages_ask_for_a_login_and_for_permissions() {
    for (site, _) in [on_stock().await, on_ours().await] {
        let mut browser = Browser::new(site);
        let asked = browser.get("/private").await;
        assert_eq!(asked.location.as_deref(), Some("/login?next=%2Fprivate"));
        browser.post("/login", HONG).await;
        assert_eq!(browser.get("/private").await.text, "hong");
        assert_eq!(browser.get("/edit").await.status, StatusCode::FORBIDDEN);
        browser.post("/logout", "").await;
        browser.post("/login", MING).await;
        assert_eq!(browser.get("/edit").await.text, "edited");
    }
}

#[tokio::test]
async fn a_changed_password_ends_its_sessions() {
    for (site, backend) in [on_stock().await, on_ours().await] {
        let mut browser = Browser::new(site);
        browser.post("/login", MING).await;
        let change = sqlx::query("UPDATE users SET password = ? WHERE name = 'ming'");
        change.bind(generate_hash("other")).execute(&backend.0).await.unwrap();
        assert_eq!(browser.get("/").await.text, "nobody");
        assert_eq!(
            browser.get("/private").await.location.as_deref(),
            Some("/login?next=%2Fprivate")
        );
    }
}

/// Under the stock layer the key stays, and the attacker is Ming.
#[tokio::test]
async fn a_login_ends_the_key_that_was_planted() {
    for ((site, _), stays) in [(on_stock().await, true), (on_ours().await, false)] {
        let mut attacker = Browser::new(site);
        attacker.post("/login", HONG).await;
        let mut victim = attacker.with_cookies(&attacker);
        victim.post("/login", MING).await;
        assert_eq!(victim.get("/").await.text, "ming");
        assert_eq!(victim.cookies() == attacker.cookies(), stays);
        assert_eq!(attacker.get("/").await.text, if stays { "ming" } else { "nobody" });
    }
}
