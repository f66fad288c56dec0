//! What a visitor's own requests do to each other, over HTTP: on our site, and on others that keep
//! sessions, so that the difference can be seen.
//!
//! A site that takes part has the manual's routes `POST /login_handle/` and `GET /logout/`, and
//! beside them, for these races alone:
//!
//! | route | does |
//! |---|---|
//! | `GET /race/name` | answers who is logged in, or `nobody` |
//! | `GET /race/keys` | answers the session's keys, in order, a space between them |
//! | `GET /race/set/{key}` | sets `key` to 1 |
//! | `GET /race/idle` | has the session end after 100 seconds of inactivity |
//! | `GET /race/fail/{name}` | logs in as the login does, and then answers 500 |
//! | `GET /race/slow/{gate}/{what}` | waits at the gate with its session in hand; then `saves` sets `late`, `cycles` changes the key, anything else only was there |
//! | `GET /gate/{gate}/inside` | answers once somebody waits at the gate |
//! | `GET /gate/{gate}/open` | lets them go on |

mod browser;
mod gates;
mod races;

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use futures_util::future::{BoxFuture, join};
use time::Duration;

pub use self::{
    browser::Browser,
    gates::{Gates, gate_routes},
    races::ALL,
};

/// What a round showed: nothing wrong, or what.
pub type Verdict = Result<(), String>;

/// A site to race on.
pub struct Site {
    url: String,
    client: reqwest::Client,
    turn_clock: Option<Box<dyn Fn(Duration) + Send + Sync>>,
    gates: AtomicU64,
}

impl Site {
    /// The one at `url`, whose clock nobody can turn.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn at(url: impl Into<String>) -> Result<Self, reqwest::Error> {
        Ok(Self {
            url: url.into(),
            client: browser::client()?,
            turn_clock: None,
            gates: AtomicU64::default(),
        })
    }

    /// The same, with a clock.
    #[must_use]
    pub fn with_clock(mut self, turn: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        self.turn_clock = Some(Box::new(turn));
        self
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.url, &self.client)
    }

    /// A browser in which somebody is logged in.
    async fn logged_in(&self) -> Result<Browser, String> {
        let browser = self.browser();
        browser.log_in("ming").await?;
        Ok(browser)
    }

    fn gate(&self) -> Gate {
        Gate { number: self.gates.fetch_add(1, Ordering::Relaxed), keeper: self.browser() }
    }

    fn pass(&self, time: Duration) {
        if let Some(turn) = &self.turn_clock {
            turn(time);
        }
    }
}

/// Where a slow request waits, once it has its session.
struct Gate {
    number: u64,
    keeper: Browser,
}

impl Gate {
    fn slow(&self, what: &str) -> String {
        format!("/race/slow/{}/{what}", self.number)
    }

    async fn inside(&self) -> Result<String, String> {
        let path = format!("/gate/{}/inside", self.number);
        self.keeper.get(&path).await
    }

    async fn open(&self) -> Result<String, String> {
        let path = format!("/gate/{}/open", self.number);
        self.keeper.get(&path).await
    }

    /// Has `slow` under way, and lets it go on after `other` in one round, before it in the next,
    /// and beside it in the third.
    async fn meanwhile<T>(
        &self,
        round: usize,
        slow: impl Future<Output = Result<String, String>>,
        other: impl Future<Output = Result<T, String>>,
    ) -> Result<(), String> {
        let late = async {
            self.inside().await?;
            match round % 3 {
                0 => {
                    other.await?;
                    self.open().await?;
                }
                1 => {
                    self.open().await?;
                    other.await?;
                }
                _ => {
                    let (opened, other) = join(self.open(), other).await;
                    opened?;
                    other?;
                }
            }
            Ok::<_, String>(())
        };
        let (slow, late) = join(slow, late).await;
        slow?;
        late
    }
}

/// One race.
#[derive(Clone, Copy)]
pub struct Race {
    /// What holds, as the name of a test.
    pub name: &'static str,
    /// Whether it needs a clock that can be turned.
    pub needs_clock: bool,
    round: for<'a> fn(&'a Site, usize) -> BoxFuture<'a, Verdict>,
}

impl Race {
    /// Runs it so many times.
    pub async fn run(&self, site: &Site, rounds: usize) -> Tally {
        let mut violations = Vec::new();
        for round in 0..rounds {
            if let Err(violation) = (self.round)(site, round).await {
                violations.push(format!("round {round}: {violation}"));
            }
        }
        Tally { rounds, violations }
    }
}

/// What came of a race.
#[derive(Debug)]
pub struct Tally {
    /// How often it was run.
    pub rounds: usize,
    /// What was wrong.
    pub violations: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} rounds", self.violations.len(), self.rounds)?;
        match self.violations.first() {
            Some(first) => write!(f, " went wrong, the first: {first}"),
            None => write!(f, " went wrong"),
        }
    }
}
