//! `sessions keys` and `sessions list`.

use std::io::{self, IsTerminal as _, Write as _};

use admin::{Admin, Filter, Order, SessionSummary};
use glob::Pattern;
use huihua::{
    display::for_terminals,
    expiry::{ExpiryPolicy, NEVER},
};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::{
    output::{Output, rfc3339},
    progress::spinner,
};
use crate::error::Error;

/// Sessions that are asked for at once. A store without an order reads all of its keys for each
/// page, so a page is large.
const PAGE: usize = 10_000;

pub(super) async fn keys(admin: &Admin, output: Output, glob: &str) -> Result<(), Error> {
    let pattern = Pattern::new(glob)
        .map_err(|error| Error::Argument(format!("the pattern can't be understood: {error}")))?;
    let progress = list_progress();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let page = admin.rows(from.as_ref(), PAGE).await?;
        advance(&progress, page.rows.len().try_into().unwrap_or_default());
        for (key, row) in &page.rows {
            if pattern.matches(key.as_str()) {
                let json = || {
                    json!({
                        "key": key.as_str(),
                        "expires": rfc3339(row.expires_at()),
                        "bytes": row.payload().len(),
                    })
                };
                output.print_to(&mut out, || key.as_str().to_owned(), json)?;
            }
        }
        out.flush()?;
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(()),
        }
    }
}

pub(super) async fn list(
    admin: &Admin,
    output: Output,
    order: Order,
    uname: Option<&str>,
) -> Result<(), Error> {
    check_order(admin, order).await?;
    let filter = uname.map(Filter::uname).unwrap_or_default();
    let progress = list_progress();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let listing = admin.list(order, from.as_ref(), PAGE).await?;
        advance(&progress, listing.read);
        for session in &listing.sessions {
            if filter.matches(session) {
                output.print_to(&mut out, || as_text(session), || as_json(session))?;
            }
        }
        out.flush()?;
        match listing.next {
            Some(next) => from = Some(next),
            None => return Ok(()),
        }
    }
}

/// A spinner where the list doesn't move by itself on a terminal.
fn list_progress() -> ProgressBar {
    match io::stdout().is_terminal() {
        true => ProgressBar::hidden(),
        false => spinner("listing sessions"),
    }
}

fn advance(progress: &ProgressBar, sessions: u64) {
    progress.inc(sessions);
    progress.set_message(format!("{} sessions", progress.position()));
}

/// Refuses an order that the store doesn't have.
async fn check_order(admin: &Admin, order: Order) -> Result<(), Error> {
    if order == Order::Natural {
        return Ok(());
    }
    let info = admin.store_info().await?;
    match info.orders.contains(&order) {
        true => Ok(()),
        false => Err(Error::Argument(format!(
            "--sort: {} can't list sessions by when they end, only in an order of its own",
            info.server
        ))),
    }
}

/// The column that varies most in width comes last.
fn as_text(session: &SessionSummary) -> String {
    let uname = session.uname.as_deref().unwrap_or("-");
    let changed = session.changed.and_then(second).unwrap_or("-".to_owned());
    let end = match session.end >= NEVER {
        true => "never".to_owned(),
        false => second(session.end).unwrap_or_default(),
    };
    format!(
        "{}  {:<12}  {changed:<20}  {end:<20}  {:>7}  {}",
        session.fingerprint,
        policy(session.policy),
        session.bytes,
        for_terminals(uname)
    )
}

fn policy(policy: Option<ExpiryPolicy>) -> String {
    match policy {
        Some(ExpiryPolicy::Idle(idle)) => format!("idle {}s", idle.whole_seconds()),
        policy => policy_name(policy).unwrap_or("unreadable").to_owned(),
    }
}

fn policy_name(policy: Option<ExpiryPolicy>) -> Option<&'static str> {
    Some(match policy? {
        ExpiryPolicy::Default => "default",
        ExpiryPolicy::Idle(_) => "idle",
        ExpiryPolicy::Until(_) => "until",
        ExpiryPolicy::Close => "close",
        ExpiryPolicy::Never => "never",
    })
}

fn second(at: OffsetDateTime) -> Option<String> {
    rfc3339(at.replace_nanosecond(0).ok()?)
}

fn as_json(session: &SessionSummary) -> Value {
    let seconds = match session.policy {
        Some(ExpiryPolicy::Idle(idle)) => Some(idle.whole_seconds()),
        _ => None,
    };
    json!({
        "session": session.fingerprint,
        "uname": session.uname,
        "policy": policy_name(session.policy),
        "seconds": seconds,
        "changed": session.changed.and_then(rfc3339),
        "expires": rfc3339(session.end),
        "bytes": session.bytes,
    })
}
