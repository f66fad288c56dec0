//! `sessions count`.

use admin::{Admin, Count, POLICIES, Statistics};
use serde_json::{Value, json};

use super::super::output::{Output, spinner};
use crate::error::Error;

/// So many sessions are read that a share of them is right to a percent, and the store hardly notices.
const SAMPLE: usize = 10_000;

pub(super) async fn count(admin: &Admin, output: Output) -> Result<(), Error> {
    let progress = spinner("counting sessions");
    let statistics = admin.statistics(SAMPLE).await?;
    drop(progress);
    output.print(&as_text(&statistics), &as_json(&statistics))
}

fn as_text(statistics: &Statistics) -> String {
    let live = match statistics.live {
        None => "unknown".to_owned(),
        Some(Count { number, exact: true }) => number.to_string(),
        Some(Count { number, .. }) => format!("about {number}, as the store estimates"),
    };
    let expired = match statistics.expired {
        None => "unknown".to_owned(),
        Some(number) => format!("{number}, not cleared yet"),
    };
    let of_whom = if statistics.complete {
        format!("of all {}", statistics.read)
    } else {
        format!("of a sample of {}", statistics.read)
    };
    let policies = POLICIES.into_iter().zip(statistics.by_policy);
    let policies = policies.map(|(name, number)| line(name, number));
    let days = statistics.by_day.iter().zip(1..);
    let days = days.map(|(number, day): (_, u32)| line(&format!("on day {day}"), *number));
    format!(
        "live        {live}\nexpired     {expired}\n\n{of_whom}, how they end\n{}\n\
         {of_whom}, when they end\n{}{}",
        policies.collect::<String>(),
        days.collect::<String>(),
        line("later", statistics.later).trim_end(),
    )
}

fn line(name: &str, number: u64) -> String {
    format!("{name:<12}{number}\n")
}

fn as_json(statistics: &Statistics) -> Value {
    let live = statistics.live;
    let live = live.map(|live| json!({ "number": live.number, "exact": live.exact }));
    let by_policy =
        POLICIES.map(str::to_owned).into_iter().zip(statistics.by_policy.map(Value::from));
    json!({
        "live": live,
        "expired": statistics.expired,
        "read": statistics.read,
        "complete": statistics.complete,
        "by_policy": Value::Object(by_policy.collect()),
        "by_day": statistics.by_day,
        "later": statistics.later,
    })
}
