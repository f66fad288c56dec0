//! The `memcached` engine: an item for each session, on one of several servers.
//!
//! memcached tells nobody when an item ends, so the end stands in the item, before the payload:
//! `<milliseconds since 1970>:<payload>`. In the form of Django's own cache engine it stands behind the
//! pickle, where Python doesn't look; what Django has written lasts as many seconds as memcached says.
//! It compares and swaps by a number that each change gives an item. What it holds is gone when it is
//! restarted or full.

mod connection;
mod inspect;
mod items;
mod node;

use std::{fmt, io, sync::Arc};

use async_trait::async_trait;
use futures_util::future::join_all;
use url::Url;

#[cfg(fuzzing)]
pub use self::items::parse_value;
use self::{
    connection::{Answer, Failure},
    node::Node,
};
use super::{
    Cursor, Engine, Error, ErrorKind, Inspect, Order, Page, Replaced, Result, Row, StoreInfo,
    shared::{UNKNOWN_END, listed, page_of_keys::PageOfKeys},
};
use crate::{
    clock::Clock,
    django::cache_format::{DjangoEngine, DjangoForm},
    key::StoredKey,
    signing::SecretKeys,
};

/// Sessions in memcached 1.6 or later.
#[derive(Clone)]
pub struct Memcached {
    nodes: Arc<[Node]>,
    prefix: String,
    /// `None`: an item is the payload, after its end.
    form: Option<DjangoForm>,
    clock: Clock,
}

impl Memcached {
    /// Connects to `servers`, each `host:port`. Which of them has a session follows from its key:
    /// give every process the same servers. One that doesn't answer is a warning in the log, and is
    /// used when it is back.
    ///
    /// # Errors
    /// When an address isn't one, or none of them answers.
    pub async fn connect(servers: &[String]) -> Result<Self> {
        let memcached = Self::lazy(servers)?;
        memcached.check().await?;
        Ok(memcached)
    }

    /// The same, but nobody has to answer yet.
    ///
    /// # Errors
    /// When an address isn't one.
    pub fn lazy(servers: &[String]) -> Result<Self> {
        if servers.is_empty() {
            return Err(misconfigured("names no server"));
        }
        if let Some(server) = servers.iter().find(|server| !is_address(server)) {
            let why = format!("\"{server}\" is not host:port; an IPv6 host stands in brackets");
            return Err(misconfigured(why));
        }
        Ok(Self {
            nodes: servers.iter().map(|server| Node::new(server)).collect(),
            prefix: "session:".into(),
            form: None,
            clock: Clock::system(),
        })
    }

    /// Asks every server for an answer; one has to give it. Those that don't are in the log then.
    ///
    /// # Errors
    /// When none does: why the first doesn't.
    pub async fn check(&self) -> Result<()> {
        let asked = self.nodes.iter().map(|node| async move {
            let version = inspect::version(&node.address).await;
            version.map_err(|error| format!("{} can't be used: {error}", node.address))
        });
        let answers = join_all(asked).await;
        let are_all_down = answers.iter().all(Result::is_err);
        for why in answers.into_iter().filter_map(Result::err) {
            if are_all_down {
                return Err(Error::new(why));
            }
            tracing::warn!("{why}; its sessions can't be had until it is back");
        }
        Ok(())
    }

    /// The beginning of the names of sessions. Default: `session:`.
    ///
    /// # Errors
    /// When memcached takes no such names: they have no spaces, no control characters, and are short.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Result<Self> {
        self.prefix = prefix.into();
        if self.prefix.len() > 100 || !self.prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(misconfigured(
                "the prefix has to be at most 100 printable characters of ASCII, and no space",
            ));
        }
        Ok(self)
    }

    /// Keeps sessions as Django's own cache engines do on memcached, under the `KEY_PREFIX` of
    /// Django's cache, so that both share them. `secret_keys` and `max_bytes` are those of the
    /// layer. Keys mustn't be hashed: Django doesn't. With several servers, Django's client looks for a session on
    /// another one than this does, so it has to be one server.
    ///
    /// # Errors
    /// When there are several servers, or memcached takes no such names.
    pub fn as_django_cache(
        self,
        engine: DjangoEngine,
        key_prefix: &str,
        secret_keys: &SecretKeys,
        max_bytes: usize,
    ) -> Result<Self> {
        if self.nodes.len() > 1 {
            return Err(misconfigured(
                "has to be one server if its sessions are shared with Django: its client spreads \
                 them over several in another way",
            ));
        }
        let mut shared = self.with_prefix(engine.prefix(key_prefix))?;
        shared.form = Some(DjangoForm::new(secret_keys, max_bytes));
        Ok(shared)
    }

    /// The source of the time. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }
}

impl fmt::Debug for Memcached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memcached({} servers)", self.nodes.len())
    }
}

#[async_trait]
impl Engine for Memcached {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        let item = self.item(key).await.map_err(broken("loading a session"))?;
        let row = item.map_or(Ok(None), |item| item.row)?;
        Ok(row.filter(|row| self.is_live(row)))
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let value = self.value(row, None)?;
        let broken = broken("creating a session");
        match self.add(key, &value, row).await.map_err(&broken)? {
            Some(Answer::Done) => return Ok(true),
            // It may still arrive, also after the session's end, so the key counts as taken.
            None => return Ok(false),
            Some(_) => {}
        }
        let Some(item) = self.item(key).await.map_err(&broken)? else { return Ok(false) };
        let is_over = |row: &Option<Row>| row.as_ref().is_none_or(|row| !self.is_live(row));
        if !item.row.as_ref().is_ok_and(is_over) {
            return Ok(false);
        }
        let written = self.swap(key, item.version, &value, row).await;
        Ok(matches!(written.map_err(&broken)?, Answer::Done))
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let broken = broken("changing a session");
        // A change in between makes the item another version, which is looked at anew.
        while let Some(item) = self.item(key).await.map_err(&broken)? {
            match item.row?.filter(|there| self.is_live(there)) {
                Some(there) if there.payload() == seen.payload() => {}
                Some(there) => return Ok(Replaced::Changed(there)),
                None => break,
            }
            let done = if row.expires_at() > self.clock.now() {
                let value = self.value(row, Some(&item.value))?;
                let written = self.swap(key, item.version, &value, row).await;
                written.map(|answer| (answer, false))
            } else {
                self.remove(key, Some(item.version)).await
            };
            match done.map_err(&broken)? {
                (Answer::Done, _) => return Ok(Replaced::Done),
                (Answer::Nothing, false) => break,
                (Answer::Nothing, true) => return Err(Error::new(UNKNOWN_END)),
                _ => {}
            }
        }
        Ok(Replaced::Gone)
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        let (answer, repeated) =
            self.remove(key, None).await.map_err(broken("deleting a session"))?;
        Ok(repeated || matches!(answer, Answer::Done))
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}

#[async_trait]
impl Inspect for Memcached {
    async fn scan(&self, _: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let mut page = PageOfKeys::new(from, limit);
        for Node { address, .. } in self.nodes.iter() {
            let names = inspect::names(address, |name| {
                let name = name.strip_prefix(&self.prefix);
                if let Some(key) = name.and_then(StoredKey::parse) {
                    page.show(key);
                }
            });
            let tried = format!("listing the sessions of {address}");
            names.await.map_err(|error| Error::because(&tried, error))?;
        }
        let (keys, next) = page.done();
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            let item = match self.item(&key).await {
                Ok(item) => item.and_then(|item| listed(item.row, self.clock.now())),
                Err(failure) => match broken("loading a session")(failure) {
                    error if error.is_of_session() => Some(Err(error)),
                    error => return Err(error),
                },
            };
            rows.extend(item.map(|row| (key, row)));
        }
        Ok(Page { rows, next })
    }

    async fn info(&self) -> Result<StoreInfo> {
        inspect::info(&self.nodes).await
    }
}

fn misconfigured(why: impl Into<String>) -> Error {
    Error::misconfigured("the list of memcached's servers ", why)
}

/// Makes an engine's error of a failure. `tried`: what was being done.
fn broken(tried: &str) -> impl Fn(Failure) -> Error {
    let too_large = move |why| Error::because(tried, why).with_kind(ErrorKind::TooLarge);
    move |failure| match failure {
        Failure::Connection(why) if why.kind() == io::ErrorKind::TimedOut => {
            Error::because(tried, "memcached doesn't answer")
        }
        Failure::Connection(why) => Error::because(tried, why),
        Failure::TooLarge => too_large("a session in memcached has at most 16 MiB"),
        Failure::Refused(why) if why.contains("too large") => {
            too_large("it takes more than memcached is set to keep (-I); nothing was changed")
        }
        Failure::Refused(why) => Error::because(tried, format!("memcached failed: {why}")),
    }
}

fn is_address(server: &str) -> bool {
    let url = Url::parse(&format!("memcached://{server}"));
    url.is_ok_and(|url| url.port().is_some() && url.path().is_empty() && url.query().is_none())
}
