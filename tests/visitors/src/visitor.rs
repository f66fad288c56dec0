use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rand::{Rng, seq::IndexedRandom};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;

use crate::Tally;

const DAY: u64 = 24 * 60 * 60;
/// Two weeks, as in Django.
const DEFAULT: u64 = 14 * DAY;
/// How far the end of a session may be from where it is expected: a test may take its time.
const NEAR: u64 = DAY / 2;
/// So many ended sessions each visitor remembers.
const REMEMBERED: usize = 20;

/// When a session ends: all of them in several days, so that no session ends while tests run, and
/// far enough from each other to be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Default,
    Idle(u64),
    Days(u64),
    Never,
}

impl Choice {
    fn any(rng: &mut impl Rng) -> Self {
        let choices = [
            Self::Default,
            Self::Idle(3 * DAY),
            Self::Idle(5 * DAY),
            Self::Days(7),
            Self::Days(9),
            Self::Never,
        ];
        choices.choose(rng).copied().unwrap_or(Self::Default)
    }

    fn fields(self) -> String {
        match self {
            Self::Default => "expiry=default".into(),
            Self::Idle(seconds) => format!("expiry=idle&seconds={seconds}"),
            Self::Days(days) => format!("expiry=days&days={days}"),
            Self::Never => "expiry=never".into(),
        }
    }

    /// Seconds that it lasts from now.
    fn lasts(self) -> Option<u64> {
        match self {
            Self::Default => Some(DEFAULT),
            Self::Idle(seconds) => Some(seconds),
            Self::Days(days) => Some(days * DAY),
            Self::Never => None,
        }
    }
}

/// What a session may be at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Belief {
    Guest,
    LoggedIn { uname: String, choice: Choice },
}

impl Belief {
    /// Whether `/session/` says the same.
    fn agrees(&self, state: &Value) -> bool {
        match self {
            Self::Guest => state["uname"].is_null(),
            Self::LoggedIn { uname, choice } => {
                let left = state["end"].as_f64().map(|end| end / 1000.0 - now());
                let ends = match (left, choice.lasts()) {
                    (Some(left), Some(lasts)) => (left - lasts as f64).abs() < NEAR as f64,
                    (None, None) => true,
                    _ => false,
                };
                state["uname"] == uname.as_str() && ends
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a server of its own process says is compared with the real time"
)]
fn now() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}

/// Somebody with a browser.
#[derive(Debug)]
pub struct Visitor {
    client: Client,
    url: String,
    tally: Arc<Tally>,
    /// Whether the store may lose what it has acknowledged.
    forgets: bool,
    number: usize,
    logins: usize,
    cookie: Option<String>,
    /// One, unless something wasn't acknowledged.
    beliefs: Vec<Belief>,
    /// Cookies of sessions that were ended.
    ended: Vec<String>,
}

/// What came of a request.
enum Answer {
    Page(StatusCode, String),
    /// The store is broken, and the site says so.
    Unavailable,
    /// There was no answer.
    Broken,
}

impl Visitor {
    pub(crate) fn new(
        client: Client,
        url: &str,
        tally: Arc<Tally>,
        number: usize,
        forgets: bool,
    ) -> Self {
        Self {
            client,
            url: url.to_owned(),
            tally,
            forgets,
            number,
            logins: 0,
            cookie: None,
            beliefs: vec![Belief::Guest],
            ended: Vec::new(),
        }
    }

    /// Does something: 70% read, 10% log in, 10% change, 5% log out, 5% nonsense.
    pub async fn act(&mut self) {
        let (kind, choice, nonsense) = {
            let mut rng = rand::rng();
            let choice = Choice::any(&mut rng);
            (rng.random_range(0..100), choice, rng.random_range(0..6))
        };
        match kind {
            0..35 => self.read().await,
            35..70 => self.look().await,
            70..80 => self.log_in(choice).await,
            80..90 => self.change(choice).await,
            90..95 => self.log_out().await,
            _ => self.talk_nonsense(nonsense).await,
        }
    }

    /// Does something that writes.
    pub async fn write(&mut self) {
        let (logs_in, choice) = {
            let mut rng = rand::rng();
            let choice = Choice::any(&mut rng);
            (rng.random_bool(0.5), choice)
        };
        if logs_in { self.log_in(choice).await } else { self.change(choice).await }
    }

    /// Logs in.
    pub(crate) async fn come(&mut self) {
        let choice = Choice::any(&mut rand::rng());
        self.log_in(choice).await;
    }

    /// Does something that leaves them logged in: 80% read, 20% change.
    pub(crate) async fn stay(&mut self) {
        let (kind, choice) = {
            let mut rng = rand::rng();
            let choice = Choice::any(&mut rng);
            (rng.random_range(0..100), choice)
        };
        match kind {
            0..40 => self.read().await,
            40..80 => self.look().await,
            _ => self.change(choice).await,
        }
    }

    /// Whether there is no doubt that they are.
    pub(crate) fn is_logged_in(&self) -> bool {
        let mut beliefs = self.beliefs.iter();
        beliefs.all(|belief| matches!(belief, Belief::LoggedIn { .. }))
    }

    /// Compares the session with what it may be.
    pub async fn read(&mut self) {
        let Answer::Page(status, text) = self.send(self.get("/session/")).await else {
            return;
        };
        let state = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status != StatusCode::OK || !state.is_object() {
            return self.violation(format!("/session/ answered {status}: {text:.60}"));
        }
        let agrees = self.beliefs.iter().find(|belief| belief.agrees(&state));
        match agrees.cloned() {
            Some(belief) => self.beliefs = vec![belief],
            None => self.is_wrong(format!("{text} instead of {:?}", self.beliefs)),
        }
    }

    /// Looks at the page.
    async fn look(&mut self) {
        let Answer::Page(status, text) = self.send(self.get("/")).await else {
            return;
        };
        let agrees = |belief: &&Belief| match belief {
            Belief::Guest => text.contains("你好：游客"),
            Belief::LoggedIn { uname, .. } => text.contains(&format!("你好：{uname}")),
        };
        let found = self.beliefs.iter().any(|belief| agrees(&belief));
        if status != StatusCode::OK || !found {
            self.is_wrong(format!("/ answered {status}, not as {:?}", self.beliefs));
        }
    }

    async fn log_in(&mut self, choice: Choice) {
        self.logins += 1;
        let uname = format!("visitor{}x{}", self.number, self.logins);
        let before = self.cookie.clone();
        let form = format!("uname={uname}&{}", choice.fields());
        let answer = self.send(self.post("/login_handle/", form)).await;
        match answer {
            Answer::Page(StatusCode::FOUND, _) if self.cookie != before => {
                self.tally.acknowledged();
                self.ended(before);
                self.beliefs = vec![Belief::LoggedIn { uname, choice }];
            }
            Answer::Page(status, _) => self.violation(format!("a login was answered {status}")),
            // The old session may have ended, and nobody has been told the key of the new one.
            Answer::Unavailable | Answer::Broken => self.may_be(Belief::Guest),
        }
    }

    async fn change(&mut self, choice: Choice) {
        let answer = self.send(self.post("/expiry/", choice.fields())).await;
        let changed = |belief: &Belief| match belief {
            Belief::Guest => Belief::Guest,
            Belief::LoggedIn { uname, .. } => Belief::LoggedIn { uname: uname.clone(), choice },
        };
        match answer {
            Answer::Page(StatusCode::FOUND, _) => {
                self.tally.acknowledged();
                self.beliefs = self.beliefs.iter().map(changed).collect();
            }
            Answer::Page(status, _) => self.violation(format!("a change was answered {status}")),
            Answer::Unavailable | Answer::Broken => {
                for belief in self.beliefs.clone().iter().map(changed) {
                    self.may_be(belief);
                }
            }
        }
    }

    async fn log_out(&mut self) {
        let before = self.cookie.clone();
        match self.send(self.post("/logout/", String::new())).await {
            Answer::Page(StatusCode::FOUND, _) => {
                self.tally.acknowledged();
                if self.cookie.is_some() && self.beliefs != [Belief::Guest] {
                    // A session that was there ends with its cookie; one that may have been gone
                    // already leaves it.
                    if self.beliefs.len() == 1 && !self.forgets {
                        self.violation("a logout left the cookie".into());
                    }
                    self.cookie = None;
                }
                self.ended(before);
                self.beliefs = vec![Belief::Guest];
            }
            Answer::Page(status, _) => self.violation(format!("a logout was answered {status}")),
            Answer::Unavailable | Answer::Broken => self.may_be(Belief::Guest),
        }
    }

    /// Sends what no browser of ours does. None of it changes anything.
    async fn talk_nonsense(&mut self, kind: u32) {
        let mine = self.cookie.clone();
        let ended = self.ended.choose(&mut rand::rng()).cloned();
        let (request, expected) = match kind {
            0 => (self.get("/nowhere/"), StatusCode::NOT_FOUND),
            1 => {
                let form = "uname=%00&expiry=sometimes".to_owned();
                (self.post("/login_handle/", form), StatusCode::BAD_REQUEST)
            }
            2 => {
                let form = format!("uname={}", "x".repeat(20_000));
                let large = self.post("/login_handle/", form);
                (large, StatusCode::PAYLOAD_TOO_LARGE)
            }
            3 => {
                let theirs = self.post("/logout/", String::new());
                let theirs = theirs.header("origin", "https://elsewhere.example");
                (theirs, StatusCode::FORBIDDEN)
            }
            4 => {
                self.cookie = Some("sessionid=../../etc/passwd".into());
                (self.get("/session/"), StatusCode::OK)
            }
            // Nothing comes back.
            _ => {
                self.cookie = ended;
                (self.get("/session/"), StatusCode::OK)
            }
        };
        let answer = self.send(request).await;
        if let Answer::Page(status, text) = answer {
            let guest = expected != StatusCode::OK || text.contains("\"uname\":null");
            if status != expected || !guest {
                self.violation(format!("nonsense {kind} was answered {status}: {text:.60}"));
            }
        }
        self.cookie = mine;
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    fn post(&self, path: &str, form: String) -> RequestBuilder {
        let request = self.request(Method::POST, path);
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let start = Instant::now();
        let (client, request) = request.build_split();
        let reads = matches!(&request, Ok(request) if request.method() == Method::GET);
        let answer = match request {
            Ok(request) => client.execute(request).await,
            Err(error) => Err(error),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                if error.is_timeout() {
                    self.violation("a request was not answered in time".into());
                }
                self.tally.broken(reads);
                return Answer::Broken;
            }
        };
        let cookies = cookies(&answer);
        let (status, retry) = (answer.status(), answer.headers().contains_key(header::RETRY_AFTER));
        let text = match answer.text().await {
            Ok(text) => text,
            Err(_) => {
                self.tally.broken(reads);
                return Answer::Broken;
            }
        };
        // A proxy says that it has no answer.
        if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT) {
            if !cookies.is_empty() || !text.contains("没有退出登录") {
                self.violation(format!("{status} with {cookies:?}: {text:.60}"));
            }
            self.tally.broken(reads);
            return Answer::Broken;
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            self.tally.unavailable(start.elapsed());
            // Before the handler ran; or after it, which a request that only reads never meets.
            let before = retry && text.contains("什么都没有丢");
            let after = !reads && !retry && text.contains("可能只完成了一部分");
            if !cookies.is_empty() || !(before || after) {
                let words = format!("503 with {cookies:?}, retry {retry}: {text:.60}");
                self.violation(words);
            }
            return Answer::Unavailable;
        }
        self.tally.answered(start.elapsed());
        for (pair, removed) in cookies {
            self.cookie = (!removed).then_some(pair);
        }
        Answer::Page(status, text)
    }

    fn ended(&mut self, cookie: Option<String>) {
        self.ended.extend(cookie);
        if self.ended.len() > REMEMBERED {
            self.ended.remove(0);
        }
    }

    fn may_be(&mut self, belief: Belief) {
        if !self.beliefs.contains(&belief) {
            self.beliefs.push(belief);
        }
    }

    /// The session isn't as it has to be. They begin anew.
    fn is_wrong(&mut self, what: String) {
        if self.forgets {
            self.tally.lost()
        } else {
            self.violation(what)
        }
        self.cookie = None;
        self.beliefs = vec![Belief::Guest];
    }

    /// The values of the cookies that they had last.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let cookies = self.ended.iter().chain(&self.cookie);
        cookies.filter_map(|pair| Some(pair.split_once('=')?.1))
    }

    fn violation(&self, what: String) {
        self.tally.violation(format!("visitor {}: {what}", self.number));
    }
}

/// What the answer does to the jar: each cookie, and whether it is removed.
fn cookies(answer: &Response) -> Vec<(String, bool)> {
    let lines = answer.headers().get_all(header::SET_COOKIE).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .map(|line| {
            let pair = line.split(';').next().unwrap_or_default().to_owned();
            (pair, line.contains("Max-Age=0"))
        })
        .collect()
}

/// A client for many visitors, none of whom waits longer than so.
pub(crate) fn client(patience: Duration) -> Result<Client, reqwest::Error> {
    Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(patience).build()
}
