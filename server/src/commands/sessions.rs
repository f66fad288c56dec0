//! `sessions`: the manual's `keys`, `get` and `del`, and what an operator asks beside them, on any
//! engine.

mod count;
mod list;

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use app::console::JobKind;
use clap::ArgMatches;
use glob::Pattern;
use huihua::{
    Clock, Engine, Settings, Store,
    engine::{Order, Row},
    key::StoredKey,
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Verified},
};
use serde_json::json;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{Answer, Progress, finished, seen_from_here};
use crate::{
    cli::Stop,
    operator::{
        Operator,
        audit::{self, COMMAND_LINE},
        both_forms,
    },
};

/// Sessions that are asked for at once. A store without an order reads all of its keys for each
/// page, so a page is large.
const PAGE: usize = 10_000;

pub(crate) async fn sessions(
    settings: &Settings,
    answer: Answer,
    arguments: &ArgMatches,
) -> Result<(), Stop> {
    match (arguments.subcommand_name(), Store::open(settings).await?) {
        (Some("get"), Store::Cookie) => {
            let cookie = words(arguments).next().unwrap_or_default();
            show(&read(settings, SIGNED_COOKIES_SALT, cookie)?, answer, None)
        }
        (_, Store::Cookie) => Err(Stop::Refused(
            "SESSION_ENGINE=signed_cookies keeps sessions in the cookies of browsers: there is \
             nothing here to list or to delete"
                .into(),
        )),
        (command, Store::Rows(engine)) => {
            seen_from_here(settings)?;
            let operator = Operator::new(engine.clone(), settings, Clock::system())?;
            match command {
                Some("get") => get(settings, &engine, answer, words(arguments)).await,
                Some("list") => list::list(&operator, &engine, answer, arguments).await,
                Some("count") => count::count(&operator, answer).await,
                Some("del") => match option(arguments, "uname") {
                    Some(uname) => delete_all_of(&operator, answer, uname).await,
                    None => delete(&operator, answer, words(arguments)).await,
                },
                _ => keys(&engine, answer, words(arguments).next()).await,
            }
        }
    }
}

/// What stands behind `keys`, `get` or `del`.
fn words(arguments: &ArgMatches) -> impl Iterator<Item = &str> {
    arguments
        .subcommand()
        .into_iter()
        .flat_map(|(_, arguments)| arguments.get_many::<String>("KEY").unwrap_or_default())
        .map(String::as_str)
}

/// What stands behind `--name`.
fn option<'a>(arguments: &'a ArgMatches, name: &str) -> Option<&'a str> {
    let (_, arguments) = arguments.subcommand()?;
    arguments.get_one::<String>(name).map(String::as_str)
}

async fn keys(engine: &Arc<dyn Engine>, answer: Answer, glob: Option<&str>) -> Result<(), Stop> {
    let pattern = Pattern::new(glob.unwrap_or("*"))
        .map_err(|error| Stop::Argument(format!("the pattern can't be understood: {error}")))?;
    let progress = Progress::of_list("listing sessions");
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let page = engine.scan(Order::Own, from.as_ref(), PAGE).await?;
        progress.met(page.rows.len().try_into().unwrap_or_default());
        for (key, row) in &page.rows {
            if !pattern.matches(key.as_str()) {
                continue;
            }
            match answer.json {
                false => writeln!(out, "{}", key.as_str())?,
                true => writeln!(
                    out,
                    "{}",
                    json!({
                        "key": key.as_str(),
                        "expires": written(row.expires_at),
                        "bytes": row.payload.len(),
                    })
                )?,
            }
        }
        out.flush()?;
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(()),
        }
    }
}

async fn get(
    settings: &Settings,
    engine: &Arc<dyn Engine>,
    answer: Answer,
    mut words: impl Iterator<Item = &str>,
) -> Result<(), Stop> {
    for key in keys_of(words.next().unwrap_or_default())? {
        if let Some(row) = engine.load(&key).await? {
            let data = read(settings, SERVER_SIDE_SALT, &row.payload)?;
            audit::values_shown(COMMAND_LINE, &key.fingerprint().to_string());
            return show(&data, answer, Some((&key, &row)));
        }
    }
    Err(Stop::Refused("there is no session under that key".into()))
}

async fn delete(
    operator: &Operator,
    answer: Answer,
    words: impl Iterator<Item = &str>,
) -> Result<(), Stop> {
    let mut deleted = 0;
    for word in words {
        for key in keys_of(word)? {
            deleted += u64::from(operator.end(&key, COMMAND_LINE).await?);
        }
    }
    if deleted == 0 {
        return Err(Stop::Refused("there is no session under that key".into()));
    }
    say_deleted(answer, deleted)
}

async fn delete_all_of(operator: &Operator, answer: Answer, uname: &str) -> Result<(), Stop> {
    operator.end_all_of(uname, COMMAND_LINE);
    let kind = JobKind::EndAllOf(uname.to_owned());
    let deleted = finished(operator, &kind, "ending sessions").await?;
    if deleted == 0 {
        return Err(Stop::Refused(
            "nobody has a session under that name, as far as this SECRET_KEY can read".into(),
        ));
    }
    say_deleted(answer, deleted)
}

fn say_deleted(answer: Answer, deleted: u64) -> Result<(), Stop> {
    let text = format!("{deleted} sessions deleted.");
    answer.say(&text, &json!({ "deleted": deleted }))
}

fn keys_of(text: &str) -> Result<Vec<StoredKey>, Stop> {
    both_forms(text).ok_or_else(|| {
        Stop::Argument(
            "a key is 32 small letters and digits, or as it is stored: 40 digits of 0-9 a-f".into(),
        )
    })
}

fn read(settings: &Settings, salt: &str, payload: &str) -> Result<Verified, Stop> {
    let signer = settings.signer(salt)?;
    signer.verify(payload).map_err(|why| {
        Stop::Refused(format!(
            "it can't be read with this SECRET_KEY and its fallbacks: {why}"
        ))
    })
}

fn show(session: &Verified, answer: Answer, at: Option<(&StoredKey, &Row)>) -> Result<(), Stop> {
    let no_session = || Stop::Refused("it is signed, but no session".into());
    if !answer.json {
        let text = session.laid_out().ok_or_else(no_session)?;
        return Ok(writeln!(io::stdout(), "{text}")?);
    }
    let data = session.standard_json().ok_or_else(no_session)?;
    let line = match at {
        Some((key, row)) => format!(
            "{{\"key\":{},\"expires\":{},\"data\":{data}}}",
            json!(key.as_str()),
            json!(written(row.expires_at))
        ),
        None => format!("{{\"data\":{data}}}"),
    };
    Ok(writeln!(io::stdout(), "{line}")?)
}

fn written(moment: OffsetDateTime) -> Option<String> {
    moment.to_offset(UtcOffset::UTC).format(&Rfc3339).ok()
}
