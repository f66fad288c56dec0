use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use crate::{Tally, Visitor, visitor::client};

/// A request that isn't answered by then hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a visitor is to do.
#[derive(Debug, Clone, Copy)]
enum Action {
    Anything,
    Write,
    /// What nobody is logged out by.
    Stay,
}

/// Many visitors of one site. Clones are the same crowd.
#[derive(Debug, Clone)]
pub struct Crowd {
    idle: Arc<Mutex<Vec<Visitor>>>,
    tally: Arc<Tally>,
    goes_home: Arc<AtomicBool>,
}

impl Crowd {
    /// So many visitors, guests at first, of the site at `url`.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(url: &str, visitors: usize) -> Result<Self, reqwest::Error> {
        Self::with(url, visitors, false)
    }

    /// The same, where a session that was acknowledged may be lost: that is counted, and no
    /// violation.
    ///
    /// # Errors
    /// As [`Crowd::new`].
    pub fn of_a_store_that_forgets(url: &str, visitors: usize) -> Result<Self, reqwest::Error> {
        Self::with(url, visitors, true)
    }

    fn with(url: &str, visitors: usize, forgets: bool) -> Result<Self, reqwest::Error> {
        let client = client(PATIENCE)?;
        let tally = Arc::<Tally>::default();
        let idle = (0..visitors)
            .map(|number| Visitor::new(client.clone(), url, tally.clone(), number, forgets))
            .collect();
        Ok(Self { idle: Arc::new(Mutex::new(idle)), tally, goes_home: Arc::default() })
    }

    /// What they have seen so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Has `at_once` of them do something all the time, until [`Crowd::go_home`].
    pub async fn rush(&self, at_once: usize) {
        self.keep_on(at_once, Action::Anything).await;
    }

    /// Has `at_once` of them write all the time, until [`Crowd::go_home`].
    pub async fn write(&self, at_once: usize) {
        self.keep_on(at_once, Action::Write).await;
    }

    async fn keep_on(&self, at_once: usize, action: Action) {
        let mut busy = JoinSet::new();
        for _ in 0..at_once {
            let crowd = self.clone();
            busy.spawn(async move {
                while !crowd.is_over() {
                    crowd.one(action).await;
                }
            });
        }
        busy.join_all().await;
    }

    /// Has all of them log in, `at_once` at a time.
    pub async fn log_in(&self, at_once: usize) {
        let guests = Arc::new(Mutex::new(std::mem::take(&mut *self.idle())));
        let mut busy = JoinSet::new();
        for _ in 0..at_once {
            let (crowd, guests) = (self.clone(), guests.clone());
            let next = move || guests.lock().unwrap_or_else(PoisonError::into_inner).pop();
            busy.spawn(async move {
                while let Some(mut visitor) = next() {
                    visitor.come().await;
                    crowd.idle().push(visitor);
                }
            });
        }
        busy.join_all().await;
    }

    /// Has so many of them a second do something, however long it takes, until
    /// [`Crowd::go_home`].
    pub async fn stroll(&self, a_second: u32) {
        self.keep_pace(a_second, Action::Anything).await;
    }

    /// The same, but nobody logs out, or in again.
    pub async fn stay(&self, a_second: u32) {
        self.keep_pace(a_second, Action::Stay).await;
    }

    async fn keep_pace(&self, a_second: u32, action: Action) {
        let mut ticks = interval(Duration::from_secs(1) / a_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut strolling = JoinSet::new();
        while !self.is_over() {
            ticks.tick().await;
            let crowd = self.clone();
            strolling.spawn(async move { crowd.one(action).await });
            while strolling.try_join_next().is_some() {}
        }
        strolling.join_all().await;
    }

    /// Ends what they do, once those who wait for an answer have it.
    pub fn go_home(&self) {
        self.goes_home.store(true, Ordering::SeqCst);
    }

    /// Lets them come again after [`Crowd::go_home`].
    pub fn come_back(&self) {
        self.goes_home.store(false, Ordering::SeqCst);
    }

    fn is_over(&self) -> bool {
        self.goes_home.load(Ordering::SeqCst)
    }

    /// Every one of them looks whether their session is as it has to be. To be called while
    /// nobody does anything else.
    pub async fn check_all(&self) {
        let everybody = std::mem::take(&mut *self.idle());
        for mut visitor in everybody {
            visitor.read().await;
            self.idle().push(visitor);
        }
    }

    /// How many of them know themselves logged in, if nobody does anything.
    pub fn logged_in(&self) -> usize {
        let idle = self.idle();
        idle.iter().filter(|visitor| visitor.is_logged_in()).count()
    }

    /// The values of the cookies that they had last: whoever has one may have a session.
    pub fn secrets(&self) -> Vec<String> {
        let idle = self.idle();
        let secrets = idle.iter().flat_map(Visitor::secrets);
        secrets.map(str::to_owned).collect()
    }

    async fn one(&self, action: Action) {
        let visitor = {
            let mut idle = self.idle();
            match idle.len() {
                0 => None,
                many => Some(idle.swap_remove(rand::random_range(0..many))),
            }
        };
        let Some(mut visitor) = visitor else {
            // All of them wait for an answer.
            tokio::task::yield_now().await;
            return;
        };
        match action {
            Action::Anything => visitor.act().await,
            Action::Write => visitor.write().await,
            Action::Stay => visitor.stay().await,
        }
        self.idle().push(visitor);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Visitor>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
