//! A typed view of the session: an extractor of the application's own, made of the session of the request.

use axum::{
    Router,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session};

use crate::{browser::Browser, ours, stock};

#[derive(Clone, Default, Deserialize, Serialize)]
struct GuestData {
    pages: Vec<String>,
    colour: Option<String>,
}

struct Guest {
    session: Session,
    data: GuestData,
}

impl Guest {
    const KEY: &'static str = "guest.data";

    async fn save(&self) -> Result<(), session::Error> {
        self.session.insert(Self::KEY, self.data.clone()).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let session = Session::from_request_parts(parts, state).await?;
        let data = session.get(Self::KEY).await;
        let data = data.map_err(|_| (StatusCode::INTERNAL_SERVER_ERROR, "no data"))?;
        let mut guest = Self { session, data: data.unwrap_or_default() };
        guest.data.pages.push(parts.uri.path().to_owned());
        guest.save().await.map_err(|_| (StatusCode::INTERNAL_SERVER_ERROR, "not saved"))?;
        Ok(guest)
    }
}

async fn show(guest: Guest) -> String {
    format!("{} {}", guest.data.pages.join(" "), guest.data.colour.unwrap_or_default())
}

async fn colour(mut guest: Guest, colour: String) -> Result<(), StatusCode> {
    guest.data.colour = Some(colour);
    guest.save().await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn forget(guest: Guest) -> Result<(), StatusCode> {
    guest.session.flush().await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn routes() -> Router {
    Router::new()
        .route("/", get(show))
        .route("/other", get(show))
        .route("/colour", post(colour))
        .route("/forget", post(forget))
}

#[tokio::test]
async fn a_guest_is_remembered_and_forgotten() {
    for site in [routes().layer(stock()), routes().layer(ours())] {
        let mut browser = Browser::new(site);
        assert_eq!(browser.get("/").await.text, "/ ");
        browser.post("/colour", "green").await;
        assert_eq!(browser.get("/other").await.text, "/ /colour /other green");
        browser.post("/forget", "").await;
        assert_eq!(browser.get("/").await.text, "/ ");
    }
}
