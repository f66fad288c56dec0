//! The layer among those of tower and tower-http, and around services that aren't axum's.

use std::convert::Infallible;

use axum::{Router, response::Html, routing::get};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use huihua::{
    Session,
    layer::{FailureKind, SessionService},
};
use tower::{Service as _, ServiceBuilder, ServiceExt as _, service_fn};
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer,
};

use crate::{
    routes::routes,
    site::{Browser, Site},
};

const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

#[tokio::test]
async fn other_layers_stand_on_either_side() {
    let site = Site::new().await;
    let late = || TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LIMIT);
    let inside = ServiceBuilder::new()
        .layer(site.layer())
        .layer(RequestBodyLimitLayer::new(4096))
        .layer(CatchPanicLayer::new())
        .layer(late());
    let outside = ServiceBuilder::new()
        .layer(late())
        .layer(CatchPanicLayer::new())
        .layer(RequestBodyLimitLayer::new(4096))
        .layer(site.layer());
    for app in [routes().layer(inside), routes().layer(outside)] {
        let browser = Browser::new(&app);
        browser.get("/login/ming").await;
        assert_eq!(browser.get("/").await.text, "ming");
    }
}

#[tokio::test]
async fn a_service_with_a_body_of_its_own_is_answered_with_an_empty_one() {
    let site = Site::new().await;
    let hello = service_fn(async |request: Request<Full<&'static [u8]>>| {
        let session = request.extensions().get::<Session>().unwrap().clone();
        session.insert("seen", true).await.unwrap();
        Ok::<_, Infallible>(Response::new(Full::new(&b"hello"[..])))
    });
    let mut service = SessionService::new(hello, &site.layer());
    let request = || Request::new(Full::new(&b""[..]));
    let answer = service.ready().await.unwrap().call(request()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    site.break_table().await;
    let answer = service.ready().await.unwrap().call(request()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.headers().contains_key("content-type"));
    assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
    service.get_mut();
    service.get_ref();
    service.into_inner();
}

#[tokio::test]
async fn the_application_makes_the_page_of_a_store_that_fails() {
    let site = Site::new().await;
    let layer = site.layer().with_failure_response(|failure| {
        assert!(!failure.error.to_string().is_empty());
        (
            StatusCode::IM_A_TEAPOT,
            [("cache-control", "max-age=9")],
            Html(match failure.kind {
                FailureKind::Unavailable => "later",
                FailureKind::Unsaved => "look",
                _ => "too much",
            }),
        )
    });
    let app = Router::new()
        .route("/", get(async |session: Session| session.get_or("uname", String::new()).await))
        .route(
            "/large",
            get(async |session: Session| session.insert("x", "x".repeat(2 << 20)).await),
        )
        .route("/first", get(async |session: Session| session.insert("x", 1).await));
    let browser = Browser::new(&app.clone().layer(layer.clone()));
    for (path, status, text) in [("/large", 500, "too much"), ("/first", 200, "")] {
        let page = browser.get(path).await;
        assert_eq!((page.status.as_u16(), &*page.text), (status, text), "{path}");
    }
    site.break_table().await;
    let page = browser.get("/").await;
    assert_eq!((page.status.as_u16(), &*page.text), (503, "later"));
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(page.headers["vary"], "Cookie");
    assert!(page.headers.contains_key("retry-after"));
    // A visitor without a cookie is let through, and what they begin can't be saved.
    for (layer, text) in [(layer, "look"), (site.layer(), "may be done only in part")] {
        let page = Browser::new(&app.clone().layer(layer)).get("/first").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.text.contains(text), "{}", page.text);
        assert!(!page.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn the_error_of_a_session_is_a_response() {
    let site = Site::new().await;
    async fn number(session: Session) -> huihua::session::Result<String> {
        session.insert("name", "ming").await?;
        let stock: huihua::tower_sessions::Session = (*session).clone();
        stock.insert("stock", 1).await?;
        Ok(session.get::<u32>("name").await?.unwrap_or_default().to_string())
    }
    let app = Router::new().route("/", get(number)).layer(site.layer());
    let page = Browser::new(&app).get("/").await;
    assert_eq!((page.status, &*page.text), (StatusCode::INTERNAL_SERVER_ERROR, ""));
    assert_eq!(site.rows().await, 0);
}
