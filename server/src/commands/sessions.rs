//! `sessions keys`, `get` and `del`: the manual's three commands, on any engine.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use clap::ArgMatches;
use glob::Pattern;
use huihua::{
    Engine, Settings, Store,
    engine::{Order, Row},
    key::{SessionKey, StoredKey},
    signing::{Opened, SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Signer},
};
use serde_json::json;
use time::{UtcOffset, format_description::well_known::Rfc3339};

use super::{Answer, Progress, seen_from_here};
use crate::cli::Stop;

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
            match command {
                Some("get") => get(settings, &engine, answer, words(arguments)).await,
                Some("del") => delete(&engine, answer, words(arguments)).await,
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

async fn keys(engine: &Arc<dyn Engine>, answer: Answer, glob: Option<&str>) -> Result<(), Stop> {
    let pattern = Pattern::new(glob.unwrap_or("*"))
        .map_err(|error| Stop::Argument(format!("the pattern can't be understood: {error}")))?;
    let progress = Progress::of_list("listing sessions");
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut from = None;
    loop {
        let page = engine.scan(Order::Own, from.as_ref(), PAGE).await?;
        progress.met(page.rows.len());
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
                        "expires": expires(row),
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
    for key in both_forms(words.next().unwrap_or_default())? {
        if let Some(row) = engine.load(&key).await? {
            let data = read(settings, SERVER_SIDE_SALT, &row.payload)?;
            return show(&data, answer, Some((&key, &row)));
        }
    }
    Err(Stop::Refused("there is no session under that key".into()))
}

async fn delete(
    engine: &Arc<dyn Engine>,
    answer: Answer,
    words: impl Iterator<Item = &str>,
) -> Result<(), Stop> {
    let mut deleted = 0;
    for word in words {
        for key in both_forms(word)? {
            if engine.load(&key).await?.is_some() {
                engine.delete(&key).await?;
                deleted += 1;
            }
        }
    }
    if deleted == 0 {
        return Err(Stop::Refused("there is no session under that key".into()));
    }
    let text = format!("{deleted} sessions deleted.");
    answer.say(&text, &json!({ "deleted": deleted }))
}

/// A key as a browser has it is stored hashed or, with `SESSION_HASH_KEYS=false`, as it is.
fn both_forms(text: &str) -> Result<Vec<StoredKey>, Stop> {
    let stored = StoredKey::parse(text).ok_or_else(|| {
        Stop::Argument(
            "a key is 32 small letters and digits, or as it is stored: 40 digits of 0-9 a-f".into(),
        )
    })?;
    let hashed = SessionKey::parse(text.as_bytes()).map(|key| key.stored(true));
    Ok(hashed.into_iter().chain([stored]).collect())
}

fn read(settings: &Settings, salt: &str, payload: &str) -> Result<Opened, Stop> {
    let signer = Signer::new(&settings.secret_keys()?, salt);
    signer.open(payload).map_err(|why| {
        Stop::Refused(format!(
            "it can't be read with this SECRET_KEY and its fallbacks: {why}"
        ))
    })
}

fn show(session: &Opened, answer: Answer, at: Option<(&StoredKey, &Row)>) -> Result<(), Stop> {
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
            json!(expires(row))
        ),
        None => format!("{{\"data\":{data}}}"),
    };
    Ok(writeln!(io::stdout(), "{line}")?)
}

fn expires(row: &Row) -> Option<String> {
    row.expires_at
        .to_offset(UtcOffset::UTC)
        .format(&Rfc3339)
        .ok()
}
