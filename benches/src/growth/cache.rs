//! The memory that sessions take in the server itself.

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use super::scale::{Scale, many};
use crate::{
    client::Client,
    found::Found,
    number::megabytes,
    program::{ROOM, Site, payload},
};

/// Logins at the same time.
const VISITORS: usize = 16;
/// A name that makes sessions about as large as they usually are.
const UNAME: &str = "somebody-with-a-name-of-just-about-fifty-characters";
/// Bytes that a session may take beside its payload.
const BESIDE: f64 = 1024.0;

/// Fills the server's memory by logins.
pub(super) async fn measure(scale: &Scale, found: &mut Found) -> Result<()> {
    let site = Site::start(&[("SESSION_ENGINE", "cache"), ROOM])?;
    let url = site.huihua.url();
    let [few, most] = scale.cached;
    log_in(url, few).await?;
    let before = site.memory()?;
    let cookies = log_in(url, most - few).await?;
    let after = site.memory()?;
    // All of them are there still: none was thrown out to save memory.
    let client = Client::new(url);
    for cookie in cookies.iter().step_by(cookies.len() / 1000) {
        let session = client.get("/session/", cookie)?.text;
        ensure!(session.contains(UNAME), "a session is lost: {session}");
    }
    let payload = payload(&serde_json::json!({ "uname": UNAME }).to_string()).len();
    let each = after.saturating_sub(before) as f64 / cookies.len() as f64;
    let beside = each - payload as f64;
    found.add("cached", many(most as u64));
    found.add("cached bytes", format!("{each:.0}"));
    found.add("cached payload", payload);
    found.add("cached megabytes", megabytes(after));
    let reached = format!("{beside:.0} bytes");
    found.aim("cached beside", reached, beside <= BESIDE);
    Ok(())
}

async fn log_in(url: &str, many: usize) -> Result<Vec<String>> {
    let mut visitors = JoinSet::new();
    for _ in 0..VISITORS {
        let client = Client::new(url);
        visitors.spawn_blocking(move || {
            let logins = (0..many / VISITORS).map(|_| client.log_in(UNAME));
            logins.collect::<Result<Vec<_>>>()
        });
    }
    let cookies: Result<Vec<_>> = visitors.join_all().await.into_iter().collect();
    Ok(cookies?.concat())
}
