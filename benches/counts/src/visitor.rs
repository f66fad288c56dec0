//! A browser that asks a router, without a network between them.

use std::net::{Ipv4Addr, SocketAddr};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{
        HeaderValue, Method, Request, StatusCode,
        header::{CONTENT_TYPE, COOKIE, SET_COOKIE},
    },
};
use http_body_util::BodyExt;
use server::startup::SiteService;
use tower::ServiceExt;

const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 50_000);

pub(crate) struct Visitor {
    site: SiteService,
    cookie: Option<HeaderValue>,
}

/// What the router answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Whether the cookie was set, renewed or removed.
    pub(crate) sets_cookie: bool,
    pub(crate) text: String,
}

impl Visitor {
    pub(crate) fn new(site: SiteService) -> Self {
        Self { site, cookie: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &'static str) -> Answer {
        self.send(Method::POST, path, form).await
    }

    async fn send(&mut self, method: Method, path: &str, form: &'static str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .extension(ConnectInfo(ADDRESS));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if !form.is_empty() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(form)).expect("a request");
        let Ok(answer) = self.site.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        let set_cookie = head.headers.get(SET_COOKIE);
        if let Some(set_cookie) = set_cookie.and_then(|cookie| cookie.to_str().ok()) {
            let pair = set_cookie
                .split(';')
                .next()
                .and_then(|pair| pair.parse().ok());
            self.cookie = pair.filter(|_| !set_cookie.contains("Max-Age=0"));
        }
        let body = body.collect().await.expect("the whole answer");
        Answer {
            status: head.status,
            sets_cookie: set_cookie.is_some(),
            text: String::from_utf8(body.to_bytes().into()).expect("text"),
        }
    }
}
