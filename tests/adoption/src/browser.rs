//! A browser with one cookie jar.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use tower::ServiceExt as _;

pub(crate) struct Browser {
    site: Router,
    jar: BTreeMap<String, String>,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new(site: Router) -> Self {
        Self { site, jar: BTreeMap::new() }
    }

    /// The cookies, as they are.
    pub(crate) fn cookies(&self) -> Vec<String> {
        self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    pub(crate) fn with_cookies(&self, other: &Self) -> Self {
        Self { site: self.site.clone(), jar: other.jar.clone() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, "").await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &'static str) -> Page {
        self.send(Method::POST, path, form).await
    }

    async fn send(&mut self, method: Method, path: &str, form: &'static str) -> Page {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, self.cookies().join("; "))
            .body(Body::from(form))
            .unwrap();
        let response = self.site.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = response.status();
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|location| location.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Page { status, location, text: String::from_utf8(body.to_vec()).unwrap() }
    }
}
