//! What a visitor's own requests do to each other, on every engine: each race a few hundred times,
//! in both orders and at the same moment.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{Request, StatusCode, header},
    routing::get,
};
use futures_util::future::{BoxFuture, join, join3};
use http_body_util::BodyExt;
use huihua::{
    SecretKeys, Session, SessionLayer,
    testing::{Subject, TestClock},
};
use time::Duration;
use tokio::sync::Notify;
use tower::ServiceExt;
use tower_sessions::Expiry;

const ROUNDS: usize = 200;

/// One race.
pub(crate) struct Race {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Arc<dyn Subject>) -> BoxFuture<'static, ()>,
}

macro_rules! races {
    ($($name:ident)*) => {
        pub(crate) const ALL: &[Race] = &[$(Race {
            name: stringify!($name),
            run: |subject| Box::pin(async move { $name(&Site::of(subject).await).await }),
        }),*];
    };
}

races! {
    promise_1_a_logout_during_a_request_that_saves_holds
    promise_1_a_logout_during_a_request_that_touches_holds
    promise_1_a_logout_during_a_request_that_cycles_holds
    promise_1_a_logout_among_readers_holds
    promise_1_a_session_that_ends_during_a_request_stays_ended
    promise_2_changes_of_different_keys_survive
    promise_5_a_login_that_fails_leaves_the_session_whole
    promise_5_of_two_logins_one_holds
    promise_6_a_login_during_a_slow_request_keeps_its_cookie
    two_logouts_are_one
}

/// Where a slow request waits, once it has its session.
#[derive(Clone, Default)]
struct Gate {
    inside: Arc<Notify>,
    open: Arc<Notify>,
}

impl Gate {
    async fn pass(&self) {
        self.inside.notify_one();
        self.open.notified().await;
    }
}

struct Site {
    app: Router,
    clock: TestClock,
    gate: Gate,
    /// Its folder has to stay.
    _subject: Arc<dyn Subject>,
}

impl Site {
    async fn of(subject: Arc<dyn Subject>) -> Self {
        let clock = TestClock::new();
        let engine = subject.engine(clock.clock()).await;
        let gate = Gate::default();
        let layer = SessionLayer::new(engine, &SecretKeys::new("test", [""; 0]))
            .with_secure(false)
            .with_clock(clock.clock());
        let app = Router::new()
            .route("/", get(greeting))
            .route("/items", get(items))
            .route("/set/{key}", get(set))
            .route("/login/{name}", get(log_in))
            .route("/failing/{name}", get(fail_to_log_in))
            .route("/logout", get(log_out))
            .route("/idle", get(idle))
            .route("/slow/{what}", get(slow))
            .with_state(gate.clone())
            .layer(layer);
        Self {
            app,
            clock,
            gate,
            _subject: subject,
        }
    }

    fn browser(&self) -> Browser {
        Browser {
            app: self.app.clone(),
            jar: Arc::default(),
        }
    }

    async fn logged_in(&self) -> Browser {
        let browser = self.browser();
        assert_eq!(browser.get("/login/ming").await, "ming");
        browser
    }

    /// Has `slow` under way, and lets it go on after `other` in one round, before it in the next,
    /// and beside it in the third.
    async fn meanwhile(&self, round: usize, slow: impl Future, other: impl Future) {
        let late = async {
            self.gate.inside.notified().await;
            match round % 3 {
                0 => {
                    other.await;
                    self.gate.open.notify_one();
                }
                1 => {
                    self.gate.open.notify_one();
                    tokio::task::yield_now().await;
                    other.await;
                }
                _ => {
                    join(async { self.gate.open.notify_one() }, other).await;
                }
            }
        };
        join(slow, late).await;
    }
}

async fn greeting(session: Session) -> String {
    let name = session.get_or("uname", "nobody".to_owned()).await;
    name.unwrap()
}

async fn items(session: Session) -> String {
    session.keys().await.unwrap().join(" ")
}

async fn set(Path(key): Path<String>, session: Session) {
    session.insert(&key, 1).await.unwrap();
}

async fn log_in(Path(name): Path<String>, session: Session) -> String {
    session.login("uname", &name).await.unwrap();
    name
}

async fn fail_to_log_in(Path(name): Path<String>, session: Session) -> StatusCode {
    session.login("uname", &name).await.unwrap();
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn log_out(session: Session) {
    session.flush().await.unwrap();
}

async fn idle(session: Session) {
    session.set_expiry(Some(Expiry::OnInactivity(Duration::seconds(100))));
}

async fn slow(Path(what): Path<String>, State(gate): State<Gate>, session: Session) {
    gate.pass().await;
    match what.as_str() {
        "saves" => session.insert("late", 1).await.unwrap(),
        "cycles" => session.cycle_id().await.unwrap(),
        // Touches: a visit, and nothing else.
        _ => {}
    }
}

/// A browser with one jar; clones are tabs.
#[derive(Clone)]
struct Browser {
    app: Router,
    jar: Arc<Mutex<Option<String>>>,
}

impl Browser {
    async fn get(&self, path: &str) -> String {
        let (status, text) = self.tries(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    async fn tries(&self, path: &str) -> (StatusCode, String) {
        let mut request = Request::get(path);
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = self.app.clone().oneshot(request).await.unwrap();
        if let Some(cookie) = answer.headers().get(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let pair = cookie.split(';').next().unwrap().to_owned();
            *self.jar.lock().unwrap() = (!cookie.contains("Max-Age=0")).then_some(pair);
        }
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn cookie(&self) -> Option<String> {
        self.jar.lock().unwrap().clone()
    }

    /// Somebody who copied the cookie as it is now.
    fn thief(&self) -> Self {
        Self {
            app: self.app.clone(),
            jar: Arc::new(Mutex::new(self.cookie())),
        }
    }
}

async fn logout_holds(site: &Site, what: &str) {
    for round in 0..ROUNDS {
        let browser = site.logged_in().await;
        if what == "touches" {
            browser.get("/idle").await;
            site.clock.pass(Duration::seconds(2));
        }
        let (before, slow_tab) = (browser.thief(), browser.thief());
        let path = format!("/slow/{what}");
        site.meanwhile(round, slow_tab.get(&path), browser.get("/logout"))
            .await;
        for cookie in [before, browser] {
            assert_eq!(cookie.get("/").await, "nobody", "{what}, round {round}");
        }
        // A new key that was made before the logout is another session's by then; one that was
        // handed out after it may not work.
        if round % 3 == 0 {
            assert_eq!(slow_tab.get("/").await, "nobody", "{what}, round {round}");
        }
    }
}

async fn promise_1_a_logout_during_a_request_that_saves_holds(site: &Site) {
    logout_holds(site, "saves").await;
}

async fn promise_1_a_logout_during_a_request_that_touches_holds(site: &Site) {
    logout_holds(site, "touches").await;
}

async fn promise_1_a_logout_during_a_request_that_cycles_holds(site: &Site) {
    logout_holds(site, "cycles").await;
}

/// Readers fill the cache, where there is one.
async fn promise_1_a_logout_among_readers_holds(site: &Site) {
    for round in 0..ROUNDS {
        let browser = site.logged_in().await;
        let (one, other) = (browser.thief(), browser.thief());
        join3(one.get("/"), browser.get("/logout"), other.get("/")).await;
        for cookie in [one, other] {
            assert_eq!(cookie.get("/").await, "nobody", "round {round}");
        }
    }
}

async fn promise_1_a_session_that_ends_during_a_request_stays_ended(site: &Site) {
    for round in 0..ROUNDS {
        let browser = site.logged_in().await;
        browser.get("/idle").await;
        let before = browser.thief();
        let what = ["saves", "touches", "cycles"][round % 3];
        let path = format!("/slow/{what}");
        let passing = async { site.clock.pass(Duration::seconds(100)) };
        site.meanwhile(0, browser.get(&path), passing).await;
        for cookie in [before, browser] {
            assert_eq!(cookie.get("/").await, "nobody", "{what}, round {round}");
        }
    }
}

async fn promise_2_changes_of_different_keys_survive(site: &Site) {
    for round in 0..ROUNDS {
        let browser = site.logged_in().await;
        let slow_tab = browser.clone();
        let changes = join(browser.get("/set/a"), browser.get("/set/b"));
        site.meanwhile(round, slow_tab.get("/slow/saves"), changes)
            .await;
        assert_eq!(
            browser.get("/items").await,
            "a b late uname",
            "round {round}"
        );
    }
}

async fn promise_5_a_login_that_fails_leaves_the_session_whole(site: &Site) {
    for round in 0..ROUNDS {
        let browser = site.logged_in().await;
        let cookie = browser.cookie();
        let path = ["/failing/ming", "/failing/hong"][round % 2];
        let ((status, _), _) = join(browser.tries(path), browser.get("/set/a")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(browser.cookie(), cookie, "round {round}");
        assert_eq!(browser.get("/items").await, "a uname", "round {round}");
    }
}

async fn promise_5_of_two_logins_one_holds(site: &Site) {
    for round in 0..ROUNDS {
        let browser = match round % 2 {
            0 => site.browser(),
            _ => site.logged_in().await,
        };
        let old = browser.thief();
        join(browser.get("/login/hong"), browser.get("/login/gang")).await;
        let name = browser.get("/").await;
        assert!(
            ["hong", "gang"].contains(&name.as_str()),
            "{name}, round {round}"
        );
        assert_eq!(old.get("/").await, "nobody", "round {round}");
    }
}

async fn promise_6_a_login_during_a_slow_request_keeps_its_cookie(site: &Site) {
    for round in 0..ROUNDS {
        let browser = site.logged_in().await;
        // The two share a jar.
        let slow_tab = browser.clone();
        let what = ["saves", "touches"][round % 2];
        let path = format!("/slow/{what}");
        site.meanwhile(round, slow_tab.get(&path), browser.get("/login/hong"))
            .await;
        assert_eq!(browser.get("/").await, "hong", "{what}, round {round}");
    }
}

async fn two_logouts_are_one(site: &Site) {
    for round in 0..ROUNDS {
        let browser = site.logged_in().await;
        let (one, other) = (browser.thief(), browser.thief());
        join(one.get("/logout"), other.get("/logout")).await;
        assert_eq!(browser.get("/").await, "nobody", "round {round}");
    }
}
