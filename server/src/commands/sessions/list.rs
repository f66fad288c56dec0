//! `sessions list`: who is logged in.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use app::console::{Found, order_named};
use clap::ArgMatches;
use huihua::{
    Engine,
    engine::Order,
    expiry::{ExpiryPolicy, NEVER},
    for_terminals,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Answer, PAGE, Progress, option, written};
use crate::{
    cli::Stop,
    operator::{Operator, Wanted},
};

pub(super) async fn list(
    operator: &Operator,
    engine: &Arc<dyn Engine>,
    answer: Answer,
    arguments: &ArgMatches,
) -> Result<(), Stop> {
    let order = order(engine, option(arguments, "sort")).await?;
    let wanted = option(arguments, "uname").map(|uname| Wanted::Uname(uname.to_owned()));
    let progress = Progress::of_list("listing sessions");
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let listing = operator.list(order, from.as_ref(), PAGE).await?;
        progress.met(listing.read);
        for found in &listing.found {
            if wanted.as_ref().is_some_and(|wanted| !wanted.is(found)) {
                continue;
            }
            match answer.json {
                true => writeln!(out, "{}", as_json(found))?,
                false => writeln!(out, "{}", as_text(found))?,
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
async fn order(engine: &Arc<dyn Engine>, wanted: Option<&str>) -> Result<Order, Stop> {
    let order = wanted.map(order_named).unwrap_or_default();
    if order == Order::Own {
        return Ok(order);
    }
    let info = engine.info().await?;
    match info.orders.contains(&order) {
        true => Ok(order),
        false => Err(Stop::Argument(format!(
            "--sort: {} can't list sessions by when they end, only in an order of its own",
            info.server
        ))),
    }
}

/// What varies most in width comes last.
fn as_text(found: &Found) -> String {
    let uname = found.uname.as_deref().unwrap_or("-");
    let changed = found.changed.and_then(second).unwrap_or("-".to_owned());
    let end = match found.end >= NEVER {
        true => "never".to_owned(),
        false => second(found.end).unwrap_or_default(),
    };
    format!(
        "{}  {:<12}  {changed:<20}  {end:<20}  {:>7}  {}",
        found.name,
        policy(found.policy),
        found.bytes,
        for_terminals(uname)
    )
}

fn policy(policy: Option<ExpiryPolicy>) -> String {
    match policy {
        Some(ExpiryPolicy::Idle(idle)) => format!("idle {}s", idle.whole_seconds()),
        policy => policy_name(policy).unwrap_or("unreadable").to_owned(),
    }
}

/// What the policy is called.
fn policy_name(policy: Option<ExpiryPolicy>) -> Option<&'static str> {
    Some(match policy? {
        ExpiryPolicy::Default => "default",
        ExpiryPolicy::Idle(_) => "idle",
        ExpiryPolicy::Until(_) => "until",
        ExpiryPolicy::Close => "close",
        ExpiryPolicy::Never => "never",
    })
}

fn second(moment: OffsetDateTime) -> Option<String> {
    written(moment.replace_nanosecond(0).ok()?)
}

fn as_json(found: &Found) -> Value {
    let seconds = match found.policy {
        Some(ExpiryPolicy::Idle(idle)) => Some(idle.whole_seconds()),
        _ => None,
    };
    json!({
        "session": found.name,
        "uname": found.uname,
        "policy": policy_name(found.policy),
        "seconds": seconds,
        "changed": found.changed.and_then(written),
        "expires": written(found.end),
        "bytes": found.bytes,
    })
}
