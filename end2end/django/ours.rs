//! Our site: one route, which does with its session what the Django site's does.

use std::{collections::BTreeMap, future::IntoFuture};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use huihua::{
    Clock, SecretKeys, Session, SessionLayer, Settings, Store, django::User, tower_sessions::Expiry,
};
use serde::Deserialize;
use serde_json::{Value, json};
use time::Duration;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::shared::Pairs;

pub(crate) struct Ours {
    url: String,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Ours {
    /// A site with these settings, on a port of its own.
    pub(crate) async fn start(settings: &Pairs, clock: Clock) -> Self {
        let settings = read(settings);
        let store = Store::open(&settings).await.unwrap();
        let layer = SessionLayer::from_settings(store, &settings).unwrap();
        let site = Router::new()
            .route("/probe/", post(probe))
            .with_state(settings.secret_keys().unwrap())
            .layer(layer.with_clock(clock));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            serving: tokio::spawn(axum::serve(listener, site).into_future()),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub(crate) fn read(settings: &Pairs) -> Settings {
    let settings = Settings::read(|name| {
        let found = settings.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, text)| text.clone())
    });
    settings.unwrap()
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Get(()),
    Set(BTreeMap<String, Value>),
    Delete(Vec<String>),
    Idle(i64),
    Lasts(i64),
    Close(()),
    Default(()),
    Cycle(()),
    Flush(()),
    /// The field of the user's password.
    Confirm(String),
}

async fn probe(
    session: Session,
    State(keys): State<SecretKeys>,
    Json(order): Json<Order>,
) -> Result<Json<Value>, StatusCode> {
    let answer = obey(&session, &keys, order).await;
    answer.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn obey(
    session: &Session,
    keys: &SecretKeys,
    order: Order,
) -> huihua::session::Result<Value> {
    let mut confirmed = None;
    match order {
        Order::Get(()) => {}
        Order::Set(values) => session.update(values).await?,
        Order::Delete(names) => {
            for name in names {
                session.remove_value(&name).await?;
            }
        }
        Order::Idle(seconds) => {
            session.set_expiry(Some(Expiry::OnInactivity(Duration::seconds(seconds))));
        }
        Order::Lasts(seconds) => {
            let end = session.now() + Duration::seconds(seconds);
            session.set_expiry(Some(Expiry::AtDateTime(end)));
        }
        Order::Close(()) => session.set_expiry(Some(Expiry::OnSessionEnd)),
        Order::Default(()) => session.set_expiry(None),
        Order::Cycle(()) => session.cycle_id().await?,
        Order::Flush(()) => session.flush().await?,
        Order::Confirm(password) => {
            confirmed = match User::of(session).await? {
                Some(user) => Some(user.confirm(session, keys, &password).await?),
                None => None,
            }
        }
    }
    let user = User::of(session).await?;
    Ok(json!({
        "data": session.items().await?.into_iter().map(|(key, value)| (key, value.to_string())).collect::<BTreeMap<_, _>>(),
        "lasts": session.expiry_age().as_seconds_f64().round() as i64,
        "close": session.expires_at_browser_close(),
        "user": user.as_ref().map(|user| &user.id),
        "backend": user.as_ref().map(|user| &user.backend),
        "confirmed": confirmed,
    }))
}
