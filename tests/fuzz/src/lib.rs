//! A site on the library, for the targets: what they send it must never make it panic, fail, or
//! write.

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{
        HeaderValue, Request, StatusCode,
        header::{COOKIE, SET_COOKIE},
    },
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use huihua::{
    Engine, SecretKeys, Session, SessionLayer,
    engine::{Replaced, Result, Row},
    key::StoredKey,
};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

pub const SECRET_KEY: &str = "the key of the fuzzed site";

pub fn keys() -> SecretKeys {
    SecretKeys::allow_short(SECRET_KEY).unwrap()
}

/// A store that has one row, and it under every key.
#[derive(Debug)]
pub struct Everywhere(pub Option<Row>);

#[async_trait]
impl Engine for Everywhere {
    async fn load(&self, _: &StoredKey) -> Result<Option<Row>> {
        Ok(self.0.clone())
    }

    async fn create(&self, _: &StoredKey, _: &Row) -> Result<bool> {
        panic!("a visit that only reads created a session")
    }

    async fn replace(&self, _: &StoredKey, _: &Row, _: &Row) -> Result<Replaced> {
        // A touch: nothing else may be written by a visit that only reads.
        Ok(Replaced::Gone)
    }

    async fn delete(&self, _: &StoredKey) -> Result<bool> {
        panic!("a visit that only reads deleted a session")
    }
}

/// Visits a page that reads all of its session, and answers whether a cookie was set.
pub fn visit(layer: SessionLayer, cookies: &[HeaderValue]) -> bool {
    let site = Router::new().route("/", get(read_all)).layer(layer.with_name("sessionid"));
    let mut request = Request::new(Body::empty());
    for cookie in cookies {
        request.headers_mut().append(COOKIE, cookie.clone());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime without I/O");
    let answer = runtime.block_on(site.oneshot(request)).expect("no error");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.headers().contains_key(SET_COOKIE)
}

async fn read_all(session: Session) -> String {
    let items = session.items().await;
    format!("{:?} {:?}", items.ok(), session.expiry_date())
}

/// `value`, signed by the site's own key: what is behind the signature.
pub fn signed(value: &[u8], salt: &str) -> Vec<u8> {
    let key =
        Sha256::new().chain_update(salt).chain_update("signer").chain_update(SECRET_KEY).finalize();
    let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
    let signature = mac.chain_update(value).finalize().into_bytes();
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
    [value, b":", signature.as_bytes()].concat()
}
