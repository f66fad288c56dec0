//! The booktest site of the manual, once for stock tower-sessions and once for Huihua: who
//! includes this says what `crate::Session` and `crate::Expiry` are.

use std::{env, error::Error, fmt::Display, io};

use axum::{
    Form, Router,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use serde::Deserialize;
use time::Duration;
use tokio::net::TcpListener;

use crate::{Expiry, Session};

const NAME: &str = "uname";

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(index))
        .route("/login_handle/", post(log_in))
        .route("/expiry/", post(set_expiry))
        .route("/logout/", get(log_out))
        .route("/one/", get(one))
}

/// The port, and where sessions are.
pub(crate) fn arguments() -> Result<(u16, String), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let port = arguments.next().ok_or("no port is given")?.parse()?;
    Ok((port, arguments.next().ok_or("no store is given")?))
}

/// Serves `site` on this machine alone, until the program is ended.
pub(crate) async fn serve(port: u16, site: Router) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    // An answer that waits for more bytes to send with it is late, not saved.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("TCP_NODELAY can't be set: {error}");
        }
    });
    axum::serve(listener, site).await
}

/// The page as Django makes it of the site's template.
pub(crate) fn page(name: &str) -> Html<String> {
    let name = html_escape::encode_text(name);
    Html(format!(
        r#"<!DOCTYPE html>
<html>
<head>
    <title>首页</title>
</head>
<body>
你好：{name}
<hr/>
<a href="/login/">登录</a>
<hr/>
<a href="/logout/">退出</a>
</body>
</html>
"#
    ))
}

/// The failure of a session, as an answer.
struct Failed(String);

impl<E: Display> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0).into_response()
    }
}

#[derive(Deserialize)]
struct Login {
    uname: String,
}

#[derive(Deserialize)]
struct Lasting {
    days: u16,
}

async fn index(session: Session) -> Result<Html<String>, Failed> {
    let name = session.get::<String>(NAME).await?;
    Ok(page(name.as_deref().unwrap_or("游客")))
}

async fn log_in(session: Session, Form(login): Form<Login>) -> Result<Redirect, Failed> {
    session.cycle_id().await?;
    session.insert(NAME, login.uname).await?;
    Ok(Redirect::to("/"))
}

async fn set_expiry(session: Session, Form(lasting): Form<Lasting>) -> Result<Redirect, Failed> {
    session.insert("days", lasting.days).await?;
    let idle = Duration::days(lasting.days.into());
    session.set_expiry(Some(Expiry::OnInactivity(idle)));
    Ok(Redirect::to("/"))
}

async fn log_out(session: Session) -> Result<Redirect, Failed> {
    session.flush().await?;
    Ok(Redirect::to("/"))
}

/// The least that a page can ask of its session.
async fn one(session: Session) -> Result<String, Failed> {
    Ok(session.get(NAME).await?.unwrap_or_default())
}
