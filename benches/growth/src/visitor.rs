//! Somebody who keeps one connection to the site.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use huihua::key::SessionKey;
use hyper::{
    Request, Response, StatusCode,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header,
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The session's cookie, while it isn't Secure.
const COOKIE: &str = "sessionid=";

/// A connection that is kept until it is dropped.
#[derive(Debug)]
pub(crate) struct Visitor {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Visitor {
    pub(crate) async fn arrive(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
        // It ends when the sender is dropped.
        tokio::spawn(connection);
        Self {
            sender,
            host: address.to_string(),
        }
    }

    /// What is at `path`, for whoever has that session.
    pub(crate) async fn get(&mut self, path: &str, session: Option<&SessionKey>) -> Bytes {
        let mut request = Request::get(path);
        if let Some(key) = session {
            request = request.header(header::COOKIE, format!("{COOKIE}{}", key.expose()));
        }
        let answer = self.ask(request, String::new()).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.into_body()
    }

    /// A new session of somebody called so.
    pub(crate) async fn log_in(&mut self, uname: &str) -> SessionKey {
        let form = header::HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = Request::post("/login_handle/").header(header::CONTENT_TYPE, form);
        let answer = self.ask(request, format!("uname={uname}")).await;
        assert_eq!(answer.status(), StatusCode::FOUND, "a login");
        let cookie = answer.headers().get(header::SET_COOKIE);
        let cookie = cookie
            .and_then(|cookie| cookie.to_str().ok())
            .expect("a cookie");
        let key = cookie
            .strip_prefix(COOKIE)
            .and_then(|rest| rest.split(';').next());
        SessionKey::parse(key.unwrap_or_default().as_bytes()).expect("a session's cookie")
    }

    async fn ask(&mut self, request: Builder, body: String) -> Response<Bytes> {
        let request = request
            .header(header::HOST, &self.host)
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        self.sender
            .ready()
            .await
            .expect("a connection that is kept");
        let answer = self.sender.send_request(request).await.expect("an answer");
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("all of the answer").to_bytes();
        Response::from_parts(head, body)
    }
}
