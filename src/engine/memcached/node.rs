//! One server, and the connections to it.

use std::{
    hash::Hasher as _,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use siphasher::sip::SipHasher13;

use super::connection::{Answer, Connection, Failure};
use crate::engine::shared::timeout::within;

/// The time that connecting may take, so that there is some for a second try.
const CONNECT: Duration = Duration::from_millis(500);
/// Connections that are kept.
const IDLE: usize = 32;
/// The time for which an idle connection is trusted. They send no keepalives.
const IDLE_AGE: Duration = Duration::from_secs(60);

pub(super) struct Node {
    pub(super) address: String,
    /// That of its address: what it scores by.
    hash: u64,
    current: Mutex<Current>,
}

/// The connections that are trusted. Where one is silent, none is any more.
#[derive(Default)]
struct Current {
    idle: Vec<(Connection, Instant)>,
    /// Counts how often all were given up, so that of many who see one fail only the first does that.
    number: u64,
}

impl Node {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), hash: hash(address), current: Mutex::default() }
    }

    /// Its score for what is called so, by the hash of that.
    pub(super) fn score(&self, name: u64) -> u64 {
        mixed(name ^ self.hash)
    }

    /// The server's answer, and whether it was asked twice: on a new connection, if the first one is broken
    /// or silent. That is safe for a swap, which finds its own row, and for a deletion.
    pub(super) async fn send(&self, command: &[u8]) -> Result<(Answer, bool), Failure> {
        let (idle, number) = self.idle();
        match self.send_on(idle, number, command).await {
            Err(Failure::Connection(_)) => {
                let number = self.current.lock().number;
                Ok((self.send_on(None, number, command).await?, true))
            }
            answer => Ok((answer?, false)),
        }
    }

    /// Asks the server only once. `None`: nobody knows whether it did what it was asked, because an idle
    /// connection is broken or silent.
    pub(super) async fn send_once(&self, command: &[u8]) -> Result<Option<Answer>, Failure> {
        let (idle, number) = self.idle();
        let was_open = idle.is_some();
        match self.send_on(idle, number, command).await {
            Err(Failure::Connection(_)) if was_open => Ok(None),
            answer => answer.map(Some),
        }
    }

    async fn send_on(
        &self,
        idle: Option<Connection>,
        number: u64,
        command: &[u8],
    ) -> Result<Answer, Failure> {
        let mut connection = match idle {
            Some(idle) => idle,
            None => within(CONNECT, Connection::open(&self.address)).await?,
        };
        let answer = connection.send(command).await;
        let mut current = self.current.lock();
        if current.number == number {
            match &answer {
                Ok(_) if current.idle.len() < IDLE => {
                    current.idle.push((connection, Instant::now()));
                }
                Err(Failure::Connection(_)) => {
                    current.number += 1;
                    current.idle.clear();
                }
                _ => {}
            }
        }
        answer
    }

    /// The trusted connection that was used last, if there is one.
    fn idle(&self) -> (Option<Connection>, u64) {
        let mut current = self.current.lock();
        let Current { idle, number } = &mut *current;
        let last = std::iter::from_fn(|| idle.pop())
            .find(|(idle, since)| since.elapsed() < IDLE_AGE && idle.is_quiet());
        (last.map(|(idle, _)| idle), *number)
    }
}

/// The same in every release and on every machine: it places sessions on servers. Length first, as
/// Rust's own hasher has it on 64 bits, which placed them before.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(&(text.len() as u64).to_le_bytes());
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Spreads a hash over all its bits, as SplitMix64 ends.
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests;
