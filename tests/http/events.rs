//! What the log is told.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};

use huihua::{Engine, engine::Inspect, events::TARGET};
use time::Duration;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::{self, DefaultGuard},
};

use crate::{
    routes::app,
    site::{Browser, Site},
};

/// Hears the events of sessions, as long as the test runs in its thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn hears(&self) -> DefaultGuard {
        // tracing remembers of a place in the code that nobody listened, if another test came there first.
        _ = subscriber::set_global_default(Self::default());
        subscriber::set_default(self.clone())
    }

    fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

#[tokio::test]
async fn a_login_says_whether_a_session_began_with_it() {
    let site = Site::new().await;
    let app = app(&site);
    let log = Log::default();
    let _hears = log.hears();
    let browser = Browser::new(&app);
    let login = |begins: bool| {
        let fingerprint = browser.stored_key().fingerprint();
        [format!("event=\"login\" session={fingerprint} begins={begins} ")]
    };
    assert_eq!(browser.get("/fingerprint").await.text, "none");
    browser.get("/login/ming").await;
    assert_eq!(log.said(), login(true));
    let fingerprint = browser.get("/fingerprint").await.text;
    assert_eq!(fingerprint, browser.stored_key().fingerprint().to_string());
    // The same name, another one, and after a session that nobody was logged in to.
    for who in ["ming", "hong"] {
        browser.get(&format!("/login/{who}")).await;
        assert_eq!(log.said(), login(false));
    }
    browser.get("/logout").await;
    browser.get("/set/a/b").await;
    let fingerprint = browser.stored_key().fingerprint();
    assert_eq!(log.said()[1], format!("event=\"begun\" session={fingerprint} "));
    browser.get("/login/ming").await;
    assert_eq!(log.said(), login(false));
}

#[tokio::test]
async fn rows_that_are_cleared_are_said_once() {
    let site = Site::new().await;
    for who in ["a", "b", "c", "d"] {
        let browser = Browser::new(&app(&site));
        browser.get(&format!("/login/{who}")).await;
        browser.get("/expiry/idle-10").await;
    }
    let log = Log::default();
    let _hears = log.hears();
    site.db.clear_expired().await.unwrap();
    assert!(log.said().is_empty());
    site.pass(Duration::seconds(10));
    site.db.clear_expired().await.unwrap();
    let said = log.said();
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("event=\"cleared\" rows=4 "), "{said:?}");
    assert_eq!(site.db.metrics().cleared, 4);
}
