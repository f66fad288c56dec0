//! A browser that asks a router, without a network between them.

use std::net::{Ipv4Addr, SocketAddr};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{
        HeaderValue, Method, Request,
        header::{CONTENT_TYPE, COOKIE, SET_COOKIE},
    },
};
use http_body_util::BodyExt;
use server::startup::SiteService;
use tower::ServiceExt;

const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 50_000);
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

pub(crate) struct Visitor {
    site: SiteService,
    cookie: Option<HeaderValue>,
}

impl Visitor {
    pub(crate) fn new(site: SiteService) -> Self {
        Self { site, cookie: None }
    }

    /// Answers what is at `path`; what stands behind a `?` is the form that is sent there.
    pub(crate) async fn go(&mut self, path: &'static str) -> String {
        let (path, form) = path.split_once('?').unwrap_or((path, ""));
        let mut request = Request::builder().uri(path).extension(ConnectInfo(ADDRESS));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if !form.is_empty() {
            request = request.method(Method::POST).header(CONTENT_TYPE, FORM);
        }
        let request = request.body(Body::from(form)).expect("a request");
        let Ok(answer) = self.site.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        assert!(head.status.is_success() || head.status.is_redirection());
        let set_cookie = head.headers.get(SET_COOKIE);
        if let Some(cookie) = set_cookie.and_then(|cookie| cookie.to_str().ok()) {
            let pair = cookie.split(';').next().and_then(|pair| pair.parse().ok());
            self.cookie = pair.filter(|_| !cookie.contains("Max-Age=0"));
        }
        let body = body.collect().await.expect("the whole answer");
        String::from_utf8(body.to_bytes().into()).expect("text")
    }
}
