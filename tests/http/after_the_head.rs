//! Server-sent events, sockets and streamed pages: what a session does after the head of the response
//! was sent.

use axum::{
    Router,
    body::Body,
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::HeaderValue,
    response::{
        Response,
        sse::{Event, Sse},
    },
    routing::get,
};
use futures_util::{Stream, StreamExt as _, stream};
use huihua::{SecretKeys, Session, SessionLayer};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest as _};

use crate::{
    routes::app,
    site::{Browser, Site},
};

/// A page in one piece that is made after its head was sent, by `what` is done to the session.
async fn streamed<F>(session: Session, what: impl FnOnce(Session) -> F + Send + 'static) -> Response
where
    F: Future<Output = String> + Send + 'static,
{
    // As handlers do that read the session first.
    session.get_value("uname").await.unwrap();
    let page = stream::once(async { Ok::<_, std::io::Error>(what(session).await) });
    Response::new(Body::from_stream(page))
}

/// A browser on a site whose `/` is `handler`, beside another tab on the ordinary site.
async fn site_with<F, T>(handler: F) -> (Site, Browser, Browser)
where
    F: axum::handler::Handler<T, Browser>,
    T: 'static,
{
    let site = Site::new().await;
    let tab = Browser::new(&app(&site));
    tab.get("/login/ming").await;
    let routes = Router::new().route("/", get(handler)).with_state(tab.clone());
    let here = Browser::new(&routes.layer(site.layer())).with_key(&tab.key().unwrap());
    (site, tab, here)
}

fn text<T: std::fmt::Debug, E: std::fmt::Display>(result: Result<T, E>) -> String {
    format!("{:?}", result.map_err(|error| error.to_string()))
}

#[tokio::test]
async fn promise_14_what_is_saved_is_written_through() {
    let (_site, tab, here) = site_with(async |State(tab): State<Browser>, session: Session| {
        streamed(session, async move |session| {
            // Another tab's change survives, also of a later save.
            tab.get("/set/theirs/1").await;
            session.insert("ours", 1).await.unwrap();
            session.save().await.unwrap();
            tab.get("/set/theirs/2").await;
            session.insert("ours", 2).await.unwrap();
            session.remove_value("missing").await.unwrap();
            session.save().await.unwrap();
            tab.get("/items").await.text
        })
        .await
    })
    .await;
    let expected = r#"{"ours":2,"theirs":"2","uname":"ming"}"#;
    assert_eq!(here.get("/").await.text, expected);
    assert_eq!(tab.get("/items").await.text, expected);
}

#[tokio::test]
async fn promise_14_stock_sessions_are_written_through_and_read_again() {
    let handler = async |State(tab): State<Browser>,
                         stock: huihua::tower_sessions::Session,
                         ours: Session| {
        streamed(ours, async move |_| {
            stock.insert("ours", 1).await.unwrap();
            stock.save().await.unwrap();
            tab.get("/set/theirs/1").await;
            stock.load().await.unwrap();
            let theirs = stock.get_value("theirs").await.unwrap();
            tab.get("/logout").await;
            stock.insert("ours", 2).await.unwrap();
            let saved = text(stock.save().await);
            stock.load().await.unwrap();
            let uname = stock.get_value("uname").await.unwrap();
            format!("{theirs:?} {saved} {uname:?}")
        })
        .await
    };
    let (site, _, here) = site_with(handler).await;
    let page = here.get("/").await.text;
    assert!(page.starts_with(r#"Some(String("1")) Err("#), "{page}");
    assert!(page.contains("the session has ended"), "{page}");
    assert!(page.ends_with(" None"), "{page}");
    assert_eq!(site.rows().await, 0);
}

#[tokio::test]
async fn promise_1_a_stream_notices_a_logout_and_brings_nothing_back() {
    let (site, _, here) = site_with(async |State(tab): State<Browser>, session: Session| {
        streamed(session, async move |session| {
            let before = session.reload().await.unwrap();
            tab.get("/logout").await;
            session.insert("late", 1).await.unwrap();
            let saved = session.save().await.is_err();
            let after = session.reload().await.unwrap();
            let uname = session.get_value("uname").await.unwrap();
            let late = text(session.save().await);
            format!("{before} {saved} {after} {uname:?} {late}")
        })
        .await
    })
    .await;
    let page = here.get("/").await.text;
    assert!(page.starts_with("true true false None Err("), "{page}");
    assert_eq!(site.rows().await, 0);
}

#[tokio::test]
async fn promise_14_what_needs_a_cookie_is_an_error_and_changes_nothing() {
    let (site, tab, here) = site_with(async |session: Session| {
        let stock = huihua::tower_sessions::Session::clone(&session);
        streamed(session, async move |session| {
            let mut errors = vec![
                text(session.login("uname", "hong").await),
                text(session.cycle_id().await),
                text(stock.delete().await),
            ];
            session.set_expiry(None);
            session.insert("late", 1).await.unwrap();
            errors.push(text(session.save().await));
            errors.push(text(stock.cycle_id().await));
            errors.push(text(stock.save().await));
            errors.join("\n")
        })
        .await
    })
    .await;
    let page = here.get("/").await.text;
    assert_eq!(page.lines().count(), 6);
    for line in page.lines() {
        assert!(line.contains("the head of the response has been sent"), "{line}");
    }
    assert_eq!(tab.get("/items").await.text, r#"{"uname":"ming"}"#);
    assert_eq!(site.rows().await, 1);
}

#[tokio::test]
async fn promise_4_no_session_begins_after_the_head() {
    let (site, _, here) = site_with(async |session: Session| {
        streamed(session, async |session| {
            session.insert("late", 1).await.unwrap();
            text(session.save().await)
        })
        .await
    })
    .await;
    let nobody = here.clone().with_key("abcdefghijklmnopqrstuvwxyz012345");
    assert!(nobody.get("/").await.text.contains("has been sent"));
    assert_eq!(site.rows().await, 1);
}

#[tokio::test]
async fn promise_1_a_logout_in_a_stream_ends_the_session() {
    let (site, tab, here) = site_with(async |session: Session| {
        streamed(session, async |session| {
            session.flush().await.unwrap();
            session.insert("late", 1).await.unwrap();
            session.save().await.is_err().to_string()
        })
        .await
    })
    .await;
    assert_eq!(here.get("/").await.text, "true");
    assert_eq!(tab.get("/").await.text, "nobody");
    assert_eq!(site.rows().await, 0);
}

/// What a handler began, renewed or changed before the head is what it goes on with after it.
#[tokio::test]
async fn promise_14_a_stream_goes_on_with_what_its_handler_made() {
    for (key, status) in [("renewed", 200), ("begun", 200), ("changed", 200)] {
        let (site, tab, here) = site_with(async |session: Session| {
            match session.id() {
                Some(_) => session.cycle_id().await.unwrap(),
                None => session.insert("uname", "new").await.unwrap(),
            }
            streamed(session, async |session| {
                session.insert("late", 1).await.unwrap();
                format!("{} {}", text(session.save().await), session.reload().await.unwrap())
            })
            .await
        })
        .await;
        let here = match key {
            "begun" => here.clone().with_key("none"),
            _ => here,
        };
        let page = here.get("/").await;
        assert_eq!((page.status.as_u16(), &*page.text), (status, "Ok(()) true"));
        let items = here.on(&app(&site)).get("/items").await.text;
        assert!(items.starts_with(r#"{"late":1,"uname":"#), "{items}");
        drop(tab);
    }
}

/// The handler's session is as it was loaded, and the commit has seen more: a touch that another tab
/// was ahead of, or a change that was merged.
#[tokio::test]
async fn promise_2_a_stream_undoes_nothing_that_its_commit_has_seen() {
    for theirs in ["/set/theirs/1", "/remove/uname"] {
        for changes in [false, true] {
            let site = Site::new().await;
            let tab = Browser::new(&app(&site));
            tab.get("/login/ming").await;
            tab.get("/expiry/idle-1000").await;
            site.pass(time::Duration::seconds(100));
            let handler = async move |State(tab): State<Browser>, session: Session| {
                session.get_value("uname").await.unwrap();
                tab.get(theirs).await;
                if changes {
                    session.insert("early", 1).await.unwrap();
                }
                streamed(session, async |session| {
                    session.insert("late", 1).await.unwrap();
                    text(session.save().await)
                })
                .await
            };
            let routes = Router::new().route("/", get(handler)).with_state(tab.clone());
            let here = Browser::new(&routes.layer(site.layer())).with_key(&tab.key().unwrap());
            assert_eq!(here.get("/").await.text, "Ok(())");
            let items = tab.get("/items").await.text;
            assert_eq!(items.contains("theirs"), theirs == "/set/theirs/1", "{items}");
            assert_eq!(items.contains("uname"), theirs != "/remove/uname", "{items}");
            assert_eq!(items.contains("early"), changes, "{items}");
            assert!(items.contains("late"), "{items}");
        }
    }
}

/// What a commit refused isn't taken for written.
#[tokio::test]
async fn promise_14_a_stream_saves_what_its_commit_could_not() {
    let (_site, tab, here) = site_with(async |session: Session| {
        session.insert("small", 1).await.unwrap();
        session.insert("large", "a".repeat(2 << 20)).await.unwrap();
        session.save().await.unwrap_err();
        streamed(session, async |session| {
            session.remove_value("large").await.unwrap();
            text(session.save().await)
        })
        .await
    })
    .await;
    assert_eq!(here.get("/").await.text, "Ok(())");
    assert_eq!(tab.get("/items").await.text, r#"{"small":1,"uname":"ming"}"#);
}

/// A session in its cookie is as the handler left it, and can't be changed any more.
#[tokio::test]
async fn promise_14_a_session_in_its_cookie_stays_as_it_was_sent() {
    let site = Site::new().await;
    let handler = async |session: Session| {
        session.insert("seen", 1).await.unwrap();
        streamed(session, async |session| {
            let lives = session.reload().await.unwrap();
            let seen = session.get_value("seen").await.unwrap();
            session.insert("late", 1).await.unwrap();
            format!("{lives} {seen:?} {}", text(session.save().await))
        })
        .await
    };
    let keys = SecretKeys::allow_short("test").unwrap();
    let layer = SessionLayer::signed_cookies(&keys).with_secure(false);
    let routes = Router::new().route("/", get(handler));
    let browser = Browser::new(&routes.layer(layer.with_clock(site.clock.clone())));
    for _ in 0..3 {
        let page = browser.get("/").await.text;
        assert!(page.starts_with("true Some(Number(1)) Err("), "{page}");
        assert!(page.contains("has been sent"), "{page}");
    }
}

/// The stream of events of a session, which ends with it: the example of `huihua::session`.
async fn events(
    State(tab): State<Browser>,
    session: Session,
) -> Sse<impl Stream<Item = huihua::session::Result<Event>>> {
    Sse::new(stream::try_unfold((session, tab), |(session, tab)| async {
        if !session.reload().await? {
            return Ok(None);
        }
        let seen = session.get_or("seen", 0).await? + 1;
        session.insert("seen", seen).await?;
        session.save().await?;
        if seen == 3 {
            tab.get("/logout").await;
        }
        let event = Event::default().data(seen.to_string());
        Ok(Some((event, (session, tab))))
    }))
}

#[tokio::test]
async fn promise_14_events_go_on_until_the_visitor_logs_out() {
    let (site, _, here) = site_with(events).await;
    let page = here.get("/").await;
    assert_eq!(page.text, "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    assert_eq!(site.rows().await, 0);
}

/// A socket on which a visitor counts, as long as they are logged in.
async fn socket(upgrade: WebSocketUpgrade, session: Session) -> Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        while let Some(Ok(Message::Text(by))) = socket.recv().await {
            let answer = match count(&session, &by).await {
                Ok(Some(count)) => count.to_string(),
                Ok(None) => break,
                Err(error) => error.to_string(),
            };
            if socket.send(Message::text(answer)).await.is_err() {
                break;
            }
        }
    })
}

async fn count(session: &Session, by: &str) -> huihua::session::Result<Option<u32>> {
    if !session.reload().await? {
        return Ok(None);
    }
    let count = session.get_or("count", 0).await? + by.parse().unwrap_or(0);
    session.insert("count", count).await?;
    session.save().await?;
    Ok(Some(count))
}

#[tokio::test]
async fn promise_14_a_socket_saves_and_notices_a_logout() {
    let (site, tab, _) = site_with(async || ()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let routes = Router::new().route("/", get(socket)).layer(site.layer());
    tokio::spawn(async { axum::serve(listener, routes).await });

    let mut request = url.into_client_request().unwrap();
    let cookie = format!("sessionid={}", tab.key().unwrap());
    request.headers_mut().insert("cookie", HeaderValue::try_from(cookie).unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let mut said = async |by: &str| {
        let message = tungstenite::Message::text(by);
        futures_util::SinkExt::send(&mut socket, message).await.unwrap();
        match socket.next().await {
            Some(Ok(tungstenite::Message::Text(text))) => Some(text.to_string()),
            _ => None,
        }
    };
    assert_eq!(said("2").await.as_deref(), Some("2"));
    tab.get("/set/theirs/1").await;
    assert_eq!(said("3").await.as_deref(), Some("5"));
    assert_eq!(tab.get("/items").await.text, r#"{"count":5,"theirs":"1","uname":"ming"}"#);
    tab.get("/logout").await;
    assert_eq!(said("1").await, None);
    assert_eq!(site.rows().await, 0);
}
