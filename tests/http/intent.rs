//! What becomes of the old session follows from what the handler called, whatever is in the data:
//! with `tower_sessions::Session` and with ours.

use std::{convert::Infallible, future::pending, io, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{Request, Response, StatusCode, header::COOKIE},
    routing::get,
};
use huihua::{
    Engine, SecretKeys, Session,
    engine::Row,
    signing::{SERVER_SIDE_SALT, Signer},
};
use time::Duration;
use tokio::sync::Notify;
use tower::{Layer, ServiceExt, service_fn};

use crate::{
    routes::app,
    site::{Browser, Site},
};

/// Does what its path says. Another tab goes somewhere first, or where the path says so.
async fn handler(
    Path((steps, status)): Path<(String, u16)>,
    State(other_tab): State<Option<(Browser, &'static str)>>,
    stock: huihua::tower_sessions::Session,
    ours: Session,
) -> StatusCode {
    let comes = async || {
        if let Some((tab, path)) = &other_tab {
            tab.get(path).await;
        }
    };
    if !steps.starts_with("unread+") {
        // As most handlers do: so the session is read before the other tab comes.
        stock.get_value("uname").await.unwrap();
    }
    if !steps.contains("other") {
        comes().await;
    }
    for step in steps.split('+') {
        match step {
            "unread" => {}
            "other" => comes().await,
            "reload" => drop(ours.reload().await.unwrap()),
            "delete" => stock.delete().await.unwrap(),
            "cycle" => stock.cycle_id().await.unwrap(),
            "flush" => stock.flush().await.unwrap(),
            "our-flush" => ours.flush().await.unwrap(),
            "our-cycle" => ours.cycle_id().await.unwrap(),
            "our-login" => ours.login("uname", "hong").await.unwrap(),
            "same-login" => ours.login("uname", "ming").await.unwrap(),
            "change-all" => {
                for key in ours.keys().await.unwrap() {
                    stock.insert(&key, "changed").await.unwrap();
                }
            }
            "drop-all" => {
                for key in ours.keys().await.unwrap() {
                    stock.remove_value(&key).await.unwrap();
                }
            }
            "save" => stock.save().await.unwrap(),
            "flash" => stock.insert("flash", "bye").await.unwrap(),
            other => unreachable!("{other}"),
        }
    }
    StatusCode::from_u16(status).unwrap()
}

/// A visitor who is logged in, and the handler above with another of their tabs.
struct Trial {
    site: Site,
    tab: Browser,
    key: String,
}

impl Trial {
    async fn new() -> Self {
        let site = Site::new().await;
        let tab = Browser::new(&app(&site));
        tab.get("/login/ming").await;
        let key = tab.key().unwrap();
        Self { site, tab, key }
    }

    /// The browser after `path`, in whose middle the other tab goes to another.
    async fn run(&self, path: &str, other: Option<&'static str>) -> Browser {
        let other = other.map(|path| (self.tab.clone(), path));
        let routes = Router::new().route("/{steps}/{status}", get(handler)).with_state(other);
        let here = Browser::new(&routes.layer(self.site.layer())).with_key(&self.key);
        here.get(path).await;
        here.on(&app(&self.site))
    }

    /// What whoever has the key of the beginning sees.
    async fn old(&self) -> String {
        let old = Browser::new(&app(&self.site)).with_key(&self.key);
        old.get("/items").await.text
    }
}

const CYCLES: [&str; 4] = [
    "/cycle+change-all/200",
    "/change-all+cycle/200",
    "/cycle+change-all+save/200",
    "/our-cycle+change-all/200",
];
const FLUSHES: [&str; 5] = [
    "/unread+delete+flash/200",
    "/flush+flash/200",
    "/our-flush+flash/200",
    "/flush+flash+save/200",
    "/flush+flash+cycle/200",
];

#[tokio::test]
async fn promise_1_a_new_key_brings_no_session_back_even_if_every_value_changes() {
    let reloads = [
        "/our-cycle+other+reload/200",
        "/cycle+other+reload/200",
        "/cycle+flash+save+other+reload/200",
    ];
    for path in CYCLES.into_iter().chain(FLUSHES).chain(reloads) {
        let trial = Trial::new().await;
        let after = trial.run(path, Some("/logout")).await;
        assert_eq!(after.get("/items").await.text, "{}", "{path}");
        assert_eq!(trial.site.rows().await, 0, "{path}");
    }
}

#[tokio::test]
async fn promise_2_what_another_tab_set_comes_along_even_if_every_value_changes() {
    for path in CYCLES {
        let trial = Trial::new().await;
        let after = trial.run(path, Some("/set/cart/2")).await;
        assert_ne!(after.key().unwrap(), trial.key);
        let items = after.get("/items").await.text;
        assert_eq!(items, r#"{"cart":"2","uname":"changed"}"#, "{path}");
        assert_eq!(trial.old().await, "{}");
        assert_eq!(trial.site.rows().await, 1);
    }
}

#[tokio::test]
async fn promise_5_a_flush_leaves_everything_behind_even_if_a_value_stays() {
    for path in FLUSHES {
        let trial = Trial::new().await;
        trial.tab.get("/set/flash/bye").await;
        trial.tab.get("/expiry/never").await;
        let after = trial.run(path, Some("/set/cart/2")).await;
        assert_eq!(after.get("/items").await.text, r#"{"flash":"bye"}"#, "{path}");
        assert_eq!(trial.old().await, "{}", "{path}");
    }
}

#[tokio::test]
async fn promise_2_values_that_only_python_has_get_the_new_key_too() {
    let signer = Signer::new(&SecretKeys::allow_short("test").unwrap(), SERVER_SIDE_SALT);
    for (json, path) in [
        (r#"{"theirs":NaN,"uname":"ming"}"#, "/cycle+change-all/200"),
        (r#"{"theirs":NaN,"uname":"ming"}"#, "/cycle+drop-all/200"),
        (r#"{"theirs":NaN}"#, "/cycle/200"),
    ] {
        let trial = Trial::new().await;
        let theirs = Row::new(
            signer.sign(json, trial.site.clock.now()),
            trial.site.clock.now() + Duration::HOUR,
        );
        let stored = trial.tab.stored_key();
        trial.site.db.delete(&stored).await.unwrap();
        assert!(trial.site.db.create(&stored, &theirs).await.unwrap());
        let after = trial.run(path, None).await;
        assert_ne!(after.key().unwrap(), trial.key, "{path}");
        let row = trial.site.db.load(&after.stored_key()).await.unwrap();
        let json = signer.verify(row.unwrap().payload()).unwrap().json;
        let json = String::from_utf8(json).unwrap();
        assert!(json.contains(r#""theirs":NaN"#), "{path}: {json}");
        assert_eq!(trial.site.rows().await, 1);
    }
}

#[tokio::test]
async fn promise_5_a_logout_that_fails_stays_a_logout_whatever_is_set_after_it() {
    for path in [
        "/flush/500",
        "/our-flush/500",
        "/flush+flash/500",
        "/our-flush+flash/500",
        "/our-flush+flash+save/503",
        "/our-flush+our-login/500",
        "/flush+flash+our-login/500",
        "/our-login+our-flush+flash/500",
        "/same-login+flush+save+flash/500",
        "/our-cycle+flush+flash/500",
        "/cycle+flush/500",
        "/delete/500",
        "/unread+delete+flash/500",
        "/unread+delete+flash+save/500",
    ] {
        let trial = Trial::new().await;
        let after = trial.run(path, None).await;
        assert_eq!(trial.old().await, "{}", "{path}");
        assert_eq!(after.get("/items").await.text, "{}", "{path}");
        assert_eq!(trial.site.rows().await, 0, "{path}");
    }
}

#[tokio::test]
async fn promise_5_what_is_no_logout_changes_nothing_if_it_fails() {
    for path in [
        "/our-login/500",
        "/same-login/500",
        "/our-login+save/500",
        "/cycle/500",
        "/cycle+change-all/500",
        "/change-all+save/500",
    ] {
        let trial = Trial::new().await;
        let after = trial.run(path, None).await;
        assert_eq!(after.key().unwrap(), trial.key, "{path}");
        assert_eq!(trial.old().await, r#"{"uname":"ming"}"#, "{path}");
        assert_eq!(trial.site.rows().await, 1, "{path}");
    }
}

/// A new key takes along what is there when it is made, even if the handler has read again.
#[tokio::test]
async fn promise_2_reading_again_in_the_middle_loses_nothing() {
    for (path, items) in [
        ("/our-cycle+other+reload/200", r#"{"cart":"2","uname":"ming"}"#),
        ("/cycle+other+reload/200", r#"{"cart":"2","uname":"ming"}"#),
        ("/flash+save+other+reload/200", r#"{"cart":"2","flash":"bye","uname":"ming"}"#),
        (
            "/change-all+save+other+reload+flash/200",
            r#"{"cart":"2","flash":"bye","uname":"changed"}"#,
        ),
    ] {
        let trial = Trial::new().await;
        let after = trial.run(path, Some("/set/cart/2")).await;
        assert_eq!(after.get("/items").await.text, items, "{path}");
        assert_eq!(trial.site.rows().await, 1, "{path}");
    }
}

/// A browser sends a key twice where a cookie was set anew for another path.
#[tokio::test]
async fn promise_5_a_flush_is_one_even_if_the_key_is_sent_twice() {
    let trial = Trial::new().await;
    let twice = Trial { key: [&*trial.key; 2].join("; sessionid="), ..trial };
    let after = twice.run("/flush+flash/200", None).await;
    assert_eq!(after.get("/items").await.text, r#"{"flash":"bye"}"#);
    assert_eq!(twice.site.rows().await, 1);
}

/// A login needs nothing of the session that another tab has ended meanwhile.
#[tokio::test]
async fn promise_5_a_login_holds_even_if_another_tab_logs_out() {
    for path in ["/our-login/200", "/our-flush+our-login/200"] {
        let trial = Trial::new().await;
        let after = trial.run(path, Some("/logout")).await;
        assert_eq!(after.get("/items").await.text, r#"{"uname":"hong"}"#, "{path}");
        assert_eq!(trial.old().await, "{}", "{path}");
    }
}

/// A logout stays one where no answer follows it: the handler panics, fails, or is given up in the middle.
#[tokio::test]
async fn a_logout_without_an_answer_is_done() {
    for (call, rows) in
        [("flush", 0), ("flush and insert", 0), ("our flush", 0), ("cycle", 1), ("insert", 1)]
    {
        for end in ["panic", "error", "given up"] {
            let trial = Trial::new().await;
            let layer = trial.site.layer();
            let in_the_middle = Arc::new(Notify::new());
            let is_there = in_the_middle.clone();
            let service = layer.layer(service_fn(move |request: Request<Body>| {
                let is_there = is_there.clone();
                async move {
                    let stock = request.extensions().get::<huihua::tower_sessions::Session>();
                    let stock = stock.unwrap().clone();
                    match call {
                        "flush" => stock.flush().await.unwrap(),
                        "flush and insert" => {
                            stock.flush().await.unwrap();
                            stock.insert("flash", "bye").await.unwrap();
                        }
                        "cycle" => stock.cycle_id().await.unwrap(),
                        "insert" => stock.insert("a", "b").await.unwrap(),
                        _ => {
                            let ours = request.extensions().get::<Session>();
                            ours.unwrap().flush().await.unwrap();
                        }
                    }
                    is_there.notify_one();
                    match end {
                        "panic" => panic!("as handlers may"),
                        "error" => Err(io::Error::other("no answer")),
                        _ => pending().await,
                    }
                    .map(|never: Infallible| -> Response<Body> { match never {} })
                }
            }));
            let request = Request::get("/").header(COOKIE, format!("sessionid={}", trial.key));
            let request = request.body(Body::empty()).unwrap();
            let asked = tokio::spawn(service.oneshot(request));
            in_the_middle.notified().await;
            if end == "given up" {
                asked.abort();
            }
            assert!(!matches!(asked.await, Ok(Ok(_))));
            layer.wait_for_commits().await;
            assert_eq!(trial.site.rows().await, rows, "{call}, {end}");
        }
    }
}
