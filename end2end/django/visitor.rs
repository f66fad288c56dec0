//! A visitor with a jar of cookies, who talks to both sites.

use std::collections::{BTreeMap, HashMap};

use cookie::Cookie;
use reqwest::{
    Client, StatusCode,
    header::{COOKIE, SET_COOKIE},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// One of the sites, by its address.
#[derive(Clone)]
pub(crate) struct Peer(pub(crate) String);

/// A session as a site sees it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    /// Each value as JSON.
    pub(crate) data: BTreeMap<String, String>,
    /// Each value as Python shows it, if Django was asked.
    pub(crate) python: BTreeMap<String, String>,
    /// Seconds until it ends.
    pub(crate) lasts: i64,
    /// Whether it ends with the browser.
    pub(crate) close: bool,
    /// Who is logged in, in Django's sense.
    pub(crate) user: Option<String>,
    pub(crate) backend: Option<String>,
    pub(crate) password: String,
    pub(crate) confirmed: Option<bool>,
}

#[derive(Clone, Default)]
pub(crate) struct Visitor {
    jar: HashMap<String, String>,
    client: Client,
}

impl Visitor {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn cookie(&self) -> &str {
        self.jar.get("sessionid").map_or("", String::as_str)
    }

    pub(crate) async fn looks_at(&mut self, peer: &Peer) -> Seen {
        self.tells(peer, json!({ "get": null })).await
    }

    pub(crate) async fn tells(&mut self, peer: &Peer, order: Value) -> Seen {
        let (status, seen) = self.tries(peer, &order).await;
        assert_eq!(status, StatusCode::OK, "{} {order}: {seen}", peer.0);
        serde_json::from_str(&seen).unwrap()
    }

    /// The same, whatever the answer.
    pub(crate) async fn tries(&mut self, peer: &Peer, order: &Value) -> (StatusCode, String) {
        let jar: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self
            .client
            .post(format!("{}/probe/", peer.0))
            .header(COOKIE, jar.join("; "))
            .header("content-type", "application/json")
            .body(order.to_string());
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = Cookie::parse(cookie.to_str().unwrap()).unwrap();
            let ended = cookie.max_age().is_some_and(|age| age.is_zero());
            if ended {
                drop(self.jar.remove(cookie.name()))
            } else {
                drop(self.jar.insert(cookie.name().into(), cookie.value().into()))
            }
        }
        (answer.status(), answer.text().await.unwrap())
    }
}
