//! `sessions`: the manual's `keys`, `get` and `del`, and an operator's `list` and `count`, on any
//! engine; and `clearsessions`.

mod count;
mod list;

use std::io::{self, Write as _};

use admin::{
    Admin, JobKind, ORDERS, SessionSummary, Unreadable,
    audit::{self, COMMAND_LINE},
    order_from_name, order_name, read_session, stored_forms,
};
use clap::Subcommand;
use huihua::{
    Clock, Settings, Store,
    key::StoredKey,
    settings::EngineName,
    signing::{SIGNED_COOKIES_SALT, Verified},
};
use serde_json::json;

use super::output::{Output, finish_job, rfc3339};
use crate::error::Error;

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    /// Lists the keys as they are stored, a line each (Redis: keys *)
    Keys {
        /// Only these: * any text, ? a character, [a-f] one of these
        #[arg(default_value = "*", hide_default_value = true)]
        glob: String,
    },
    /// Lists who is logged in, a session a line: how it is named in logs, how it ends, when it was
    /// last changed, when it ends, bytes, name
    List {
        /// Only those of exactly this name
        #[arg(long, value_name = "NAME")]
        uname: Option<String>,
        /// The store's own order; or, in databases, by when they end
        #[arg(long, value_name = "ORDER", value_parser = ORDERS.map(order_name), default_value = "own")]
        sort: String,
    },
    /// Says how many sessions there are, how they end, and how many end on each of the next 14 days;
    /// in a large store, going by a sample of them
    Count,
    /// Prints what a session holds, as JSON (Redis: get NAME)
    Get {
        /// A key as a browser has it, or as it is stored
        key: String,
    },
    /// Deletes sessions: who has them is logged out (Redis: del NAME)
    Del {
        /// A key as a browser has it, or as it is stored
        #[arg(value_name = "KEY", required_unless_present = "uname")]
        keys: Vec<String>,
        /// All of exactly this name instead
        #[arg(long, value_name = "NAME", conflicts_with = "keys")]
        uname: Option<String>,
    },
}

pub(crate) async fn sessions(
    settings: Settings,
    output: Output,
    command: SessionsCommand,
) -> Result<(), Error> {
    match (command, open(&settings).await?) {
        (SessionsCommand::Get { key }, None) => {
            let signer = settings.signer(SIGNED_COOKIES_SALT)?;
            let (session, _) = read_session(signer.verify(&key)).map_err(refused)?;
            Ok(writeln!(io::stdout(), "{}", as_text(&session, output, None)?)?)
        }
        (_, None) => Err(Error::Refused(
            "SESSION_ENGINE=signed_cookies keeps sessions in the cookies of browsers: there is \
             nothing here to list or to delete"
                .into(),
        )),
        (SessionsCommand::Keys { glob }, Some(admin)) => list::keys(&admin, output, &glob).await,
        (SessionsCommand::List { uname, sort }, Some(admin)) => {
            list::list(&admin, output, order_from_name(&sort), uname.as_deref()).await
        }
        (SessionsCommand::Count, Some(admin)) => count::count(&admin, output).await,
        (SessionsCommand::Get { key }, Some(admin)) => get(&admin, output, &key).await,
        (SessionsCommand::Del { uname: Some(uname), .. }, Some(admin)) => {
            delete_all_of(&admin, output, &uname).await
        }
        (SessionsCommand::Del { keys, .. }, Some(admin)) => delete(&admin, output, &keys).await,
    }
}

pub(crate) async fn clear_sessions(settings: Settings, output: Output) -> Result<(), Error> {
    let cleared = match open(&settings).await? {
        // Browsers drop these by themselves, as in Django.
        None => 0,
        Some(admin) => {
            admin.clear_expired(COMMAND_LINE);
            finish_job(&admin, &JobKind::ClearExpired, "clearing expired sessions").await?
        }
    };
    let text = format!("{cleared} expired sessions removed.");
    output.print(&text, &json!({ "cleared": cleared }))
}

/// Opens the store that the settings name, unless its sessions are in the memory of another process.
/// `None`: they are in the cookies of browsers.
async fn open(settings: &Settings) -> Result<Option<Admin>, Error> {
    match Store::open(settings).await? {
        Store::Cookie => Ok(None),
        Store::Rows(_) if settings.session_engine == EngineName::Cache => Err(Error::Refused(
            "SESSION_ENGINE=cache keeps sessions in the memory of the server's process: they \
             can't be seen from here, and end with it"
                .into(),
        )),
        Store::Rows(engine) => Ok(Some(Admin::new(engine, settings, Clock::system())?)),
    }
}

async fn get(admin: &Admin, output: Output, key: &str) -> Result<(), Error> {
    for key in stored_keys(key)? {
        if let Some((summary, contents)) = admin.open(&key).await? {
            let (session, _) = contents.map_err(refused)?;
            let text = as_text(&session, output, Some(&summary))?;
            audit::values_shown(COMMAND_LINE, &summary.fingerprint);
            return Ok(writeln!(io::stdout(), "{text}")?);
        }
    }
    Err(Error::Refused(
        "there is no session under that key, or what is stored there is damaged: sessions list shows \
         that as unreadable"
            .into(),
    ))
}

async fn delete(admin: &Admin, output: Output, keys: &[String]) -> Result<(), Error> {
    // One that is no key ends nothing.
    let keys = keys.iter().map(|key| stored_keys(key)).collect::<Result<Vec<_>, _>>()?;
    let mut deleted = 0;
    for key in keys.into_iter().flatten() {
        deleted += u64::from(admin.end(&key, COMMAND_LINE).await?);
    }
    match deleted {
        0 => Err(no_session()),
        deleted => print_deleted(output, deleted),
    }
}

async fn delete_all_of(admin: &Admin, output: Output, uname: &str) -> Result<(), Error> {
    admin.end_all_of(uname, COMMAND_LINE);
    let kind = JobKind::EndAllOf(uname.to_owned());
    match finish_job(admin, &kind, "ending sessions").await? {
        0 => Err(Error::Refused(
            "nobody has a session under that name, as far as this SECRET_KEY can read".into(),
        )),
        deleted => print_deleted(output, deleted),
    }
}

fn print_deleted(output: Output, deleted: u64) -> Result<(), Error> {
    let text = format!("{deleted} sessions deleted.");
    output.print(&text, &json!({ "deleted": deleted }))
}

fn stored_keys(text: &str) -> Result<Vec<StoredKey>, Error> {
    let no_key = "a key is 32 small letters and digits, or as it is stored: 40 digits of 0-9 a-f";
    stored_forms(text).ok_or_else(|| Error::Argument(no_key.into()))
}

fn no_session() -> Error {
    Error::Refused("there is no session under that key".into())
}

fn refused(why: Unreadable) -> Error {
    Error::Refused(why.to_string())
}

fn as_text(
    session: &Verified,
    output: Output,
    stored: Option<&SessionSummary>,
) -> Result<String, Error> {
    let data = if output.json { session.standard_json() } else { session.pretty_json() };
    let data = data.ok_or_else(|| refused(Unreadable::NoSession))?;
    Ok(match (output.json, stored) {
        (false, _) => data,
        (true, Some(stored)) => format!(
            "{{\"key\":{},\"expires\":{},\"data\":{data}}}",
            json!(stored.key.as_str()),
            json!(stored.end.and_then(rfc3339))
        ),
        (true, None) => format!("{{\"data\":{data}}}"),
    })
}
