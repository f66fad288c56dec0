//! `sessions keys` and `sessions list`.

use std::io::{self, Write as _};

use admin::{Admin, Filter, Order, SessionSummary, order_from_name};
use glob::Pattern;
use huihua::{
    expiry::{ExpiryPolicy, NEVER},
    for_terminals,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::{
    output::{Output, rfc3339},
    progress::Progress,
};
use crate::error::Error;

/// Sessions that are asked for at once. A store without an order reads all of its keys for each
/// page, so a page is large.
const PAGE: usize = 10_000;

pub(super) async fn keys(admin: &Admin, output: Output, glob: Option<&str>) -> Result<(), Error> {
    let pattern = Pattern::new(glob.unwrap_or("*"))
        .map_err(|error| Error::Argument(format!("the pattern can't be understood: {error}")))?;
    let progress = Progress::of_list("listing sessions");
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let page = admin.rows(from.as_ref(), PAGE).await?;
        progress.add(page.rows.len().try_into().unwrap_or_default());
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
    order: Option<&str>,
    uname: Option<&str>,
) -> Result<(), Error> {
    let order = available(admin, order.map(order_from_name).unwrap_or_default()).await?;
    let filter = uname.map(Filter::uname).unwrap_or_default();
    let progress = Progress::of_list("listing sessions");
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let listing = admin.list(order, from.as_ref(), PAGE).await?;
        progress.add(listing.read);
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

/// The order, or an error where the store doesn't have it.
async fn available(admin: &Admin, order: Order) -> Result<Order, Error> {
    if order == Order::Own {
        return Ok(order);
    }
    let info = admin.store_info().await?;
    match info.orders.contains(&order) {
        true => Ok(order),
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
