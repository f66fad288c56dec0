//! `sessions keys` and `sessions list`.

use std::io::{self, IsTerminal as _, Write as _};

use admin::{Admin, Filter, Order, SessionSummary, policy_name};
use glob::Pattern;
use huihua::{
    display::for_terminals,
    engine::{self, Row},
    expiry::{ExpiryPolicy, NEVER},
    key::StoredKey,
};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::output::{Output, rfc3339, spinner};
use crate::error::Error;

/// Sessions that are asked for at once. A store without an order reads all of its keys for each
/// page, so a page is large.
const PAGE: usize = 10_000;

pub(super) async fn keys(admin: &Admin, output: Output, glob: &str) -> Result<(), Error> {
    // Redis' KEYS, and so the manual's, negates by `^`.
    let pattern = Pattern::new(&glob.replace("[^", "[!"))
        .map_err(|error| Error::Argument(format!("the pattern can't be understood: {error}")))?;
    each_row(admin, Order::Natural, |out, key, row| {
        let key = key.as_str();
        if !pattern.matches(key) {
            return Ok(());
        }
        let row = row.as_ref().ok();
        let expires = row.and_then(|row| rfc3339(row.expires_at()));
        let bytes = row.map(|row| row.payload().len());
        let json = || json!({ "key": key, "expires": expires, "bytes": bytes });
        output.print_to(out, || key.to_owned(), json)
    })
    .await
}

pub(super) async fn list(
    admin: &Admin,
    output: Output,
    order: Order,
    uname: Option<&str>,
) -> Result<(), Error> {
    check_order(admin, order).await?;
    let filter = uname.map(Filter::uname).unwrap_or_default();
    each_row(admin, order, |out, key, row| match admin.summary_of_match(&filter, key, row) {
        Some(session) => output.print_to(out, || as_text(&session), || as_json(&session)),
        None => Ok(()),
    })
    .await
}

type Out = io::BufWriter<io::StdoutLock<'static>>;

/// Prints every row of the store, page by page.
async fn each_row(
    admin: &Admin,
    order: Order,
    print: impl Fn(&mut Out, &StoredKey, &engine::Result<Row>) -> Result<(), Error>,
) -> Result<(), Error> {
    // A list that moves by itself on a terminal needs no spinner.
    let progress = if io::stdout().is_terminal() {
        ProgressBar::hidden()
    } else {
        spinner("listing sessions")
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let page = admin.rows(order, from.as_ref(), PAGE).await?;
        progress.inc(page.rows.len().try_into().unwrap_or_default());
        progress.set_message(format!("{} sessions", progress.position()));
        for (key, row) in &page.rows {
            print(&mut out, key, row)?;
        }
        out.flush()?;
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(()),
        }
    }
}

/// Refuses an order that the store doesn't have.
async fn check_order(admin: &Admin, order: Order) -> Result<(), Error> {
    if order == Order::Natural {
        return Ok(());
    }
    let info = admin.store_info().await?;
    if info.orders.contains(&order) {
        Ok(())
    } else {
        Err(Error::Argument(format!(
            "--sort: {} can't list sessions by when they end, only in an order of its own",
            info.server
        )))
    }
}

/// The column that varies most in width comes last.
fn as_text(session: &SessionSummary) -> String {
    let name = policy_name(session.policy);
    let seconds = idle_seconds(session).map(|seconds| format!(" {seconds}s"));
    let policy = name.to_owned() + &seconds.unwrap_or_default();
    let unknown = || "-".to_owned();
    let changed = session.changed.and_then(second).unwrap_or_else(unknown);
    let end = match session.end {
        Some(end) if end >= NEVER => "never".to_owned(),
        end => end.and_then(second).unwrap_or_else(unknown),
    };
    let bytes = session.bytes.map_or_else(unknown, |bytes| bytes.to_string());
    let fingerprint = &session.fingerprint;
    let uname = for_terminals(session.uname.as_deref().unwrap_or("-"));
    format!("{fingerprint}  {policy:<12}  {changed:<20}  {end:<20}  {bytes:>7}  {uname}")
}

/// The seconds of a session that ends by inactivity.
fn idle_seconds(session: &SessionSummary) -> Option<i64> {
    match session.policy {
        Some(ExpiryPolicy::Idle(idle)) => Some(idle.whole_seconds()),
        _ => None,
    }
}

fn second(at: OffsetDateTime) -> Option<String> {
    rfc3339(at.replace_nanosecond(0).ok()?)
}

fn as_json(session: &SessionSummary) -> Value {
    json!({
        "session": session.fingerprint,
        "uname": session.uname,
        "policy": session.policy.map(|policy| policy_name(Some(policy))),
        "seconds": idle_seconds(session),
        "changed": session.changed.and_then(rfc3339),
        "expires": session.end.and_then(rfc3339),
        "bytes": session.bytes,
    })
}
