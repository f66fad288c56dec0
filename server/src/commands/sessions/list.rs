//! `sessions list`: who is logged in.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use admin::{Admin, Filter, SessionSummary, order_from_name};
use clap::ArgMatches;
use huihua::{
    Engine,
    engine::Order,
    expiry::{NEVER, Policy},
    for_terminals,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Answer, PAGE, Progress, option, written};
use crate::error::Error;

pub(super) async fn list(
    admin: &Admin,
    engine: &Arc<dyn Engine>,
    answer: Answer,
    arguments: &ArgMatches,
) -> Result<(), Error> {
    let order = order(engine, option(arguments, "sort")).await?;
    let wanted = option(arguments, "uname").map(|uname| Filter::Uname(uname.to_owned()));
    let progress = Progress::of_list("listing sessions");
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let listing = admin.list(order, from.as_ref(), PAGE).await?;
        progress.met(listing.read);
        for session in &listing.sessions {
            if wanted.as_ref().is_some_and(|wanted| !wanted.is(session)) {
                continue;
            }
            match answer.json {
                true => writeln!(out, "{}", as_json(session))?,
                false => writeln!(out, "{}", as_text(session))?,
            }
        }
        out.flush()?;
        match listing.next {
            Some(next) => from = Some(next),
            None => return Ok(()),
        }
    }
}

/// Whoever asks for an order gets it or hears that there is none.
async fn order(engine: &Arc<dyn Engine>, wanted: Option<&str>) -> Result<Order, Error> {
    let order = wanted.map(order_from_name).unwrap_or_default();
    if order == Order::Own {
        return Ok(order);
    }
    let about = engine.about().await?;
    match about.orders.contains(&order) {
        true => Ok(order),
        false => Err(Error::Argument(format!(
            "--sort: {} can't list sessions by when they end, only in an order of its own",
            about.server
        ))),
    }
}

/// What varies most in width comes last.
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

fn policy(policy: Option<Policy>) -> String {
    match policy {
        Some(Policy::Idle(idle)) => format!("idle {}s", idle.whole_seconds()),
        policy => policy_name(policy).unwrap_or("unreadable").to_owned(),
    }
}

/// What the policy is called.
fn policy_name(policy: Option<Policy>) -> Option<&'static str> {
    Some(match policy? {
        Policy::Default => "default",
        Policy::Idle(_) => "idle",
        Policy::Until(_) => "until",
        Policy::Close => "close",
        Policy::Never => "never",
    })
}

fn second(moment: OffsetDateTime) -> Option<String> {
    written(moment.replace_nanosecond(0).ok()?)
}

fn as_json(session: &SessionSummary) -> Value {
    let seconds = match session.policy {
        Some(Policy::Idle(idle)) => Some(idle.whole_seconds()),
        _ => None,
    };
    json!({
        "session": session.fingerprint,
        "uname": session.uname,
        "policy": policy_name(session.policy),
        "seconds": seconds,
        "changed": session.changed.and_then(written),
        "expires": written(session.end),
        "bytes": session.bytes,
    })
}
