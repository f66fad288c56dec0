//! The memory that sessions take in the server itself.

use std::net::SocketAddr;

use huihua::{
    Clock, SecretKeys,
    key::SessionKey,
    signing::{SERVER_SIDE_SALT, Signer},
};

use crate::{
    scale::Scale,
    site::{Program, SECRET, Site},
    visitor::Visitor,
};

/// Those who log in at the same time.
const VISITORS: usize = 16;
/// More than all of them need.
const ROOM: &str = "8589934592";
/// A name that makes sessions about as large as they usually are.
const UNAME: &str = "somebody-with-a-name-of-just-about-fifty-characters";

/// What a session takes, in bytes.
#[derive(Debug)]
pub(crate) struct Cached {
    pub(crate) payload: usize,
    /// Memory of the server for each session, with its payload.
    pub(crate) each: f64,
    /// Memory of the server with the most sessions.
    pub(crate) in_all: u64,
}

/// Fills the server's memory by logins.
pub(crate) async fn measure(program: &Program, scale: &Scale) -> Cached {
    let settings = [
        ("SESSION_ENGINE", "cache"),
        ("SESSION_CACHE_MAX_BYTES", ROOM),
    ];
    let site = Site::start(program, &settings);
    let [few, most] = scale.cached;
    log_in(site.address(), few).await;
    let before = site.memory();
    let keys = log_in(site.address(), most - few).await;
    let in_all = site.memory();
    // All of them are there still: none was thrown out to save memory.
    let mut visitor = Visitor::arrive(site.address()).await;
    for key in keys.iter().step_by(keys.len() / 1000) {
        let answer = visitor.get("/session/", Some(key)).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains(UNAME), "a session is lost: {answer}");
    }
    let signer = Signer::new(
        &SecretKeys::allow_short(SECRET).expect("a key"),
        SERVER_SIDE_SALT,
    );
    let json = serde_json::json!({ "uname": UNAME }).to_string();
    Cached {
        payload: signer.sign(&json, Clock::system().now()).len(),
        each: in_all.saturating_sub(before) as f64 / keys.len() as f64,
        in_all,
    }
}

async fn log_in(address: SocketAddr, many: usize) -> Vec<SessionKey> {
    let visitors: Vec<_> = (0..VISITORS)
        .map(|_| {
            tokio::spawn(async move {
                let mut keys = Vec::new();
                let mut visitor = Visitor::arrive(address).await;
                for _ in 0..many / VISITORS {
                    keys.push(visitor.log_in(UNAME).await);
                }
                keys
            })
        })
        .collect();
    let mut keys = Vec::new();
    for visitor in visitors {
        keys.extend(visitor.await.expect("a visitor"));
    }
    keys
}
