//! `sessions`: the manual's `keys`, `get` and `del`, and an operator's `list` and `count`, on any
//! engine.

mod count;
mod list;

use std::io::{self, Write as _};

use admin::{
    Admin, JobKind, SessionSummary,
    audit::{self, COMMAND_LINE},
    stored_forms,
};
use clap::ArgMatches;
use huihua::{
    Settings,
    key::StoredKey,
    signing::{SIGNED_COOKIES_SALT, Verified, VerifyError},
};
use serde_json::json;

use super::{
    open::open,
    output::{Output, rfc3339},
    progress::finish_job,
};
use crate::error::Error;

pub(crate) async fn sessions(
    settings: &Settings,
    output: Output,
    arguments: &ArgMatches,
) -> Result<(), Error> {
    let (command, arguments) = arguments.subcommand().unwrap_or(("", arguments));
    let option = |name: &str| arguments.get_one::<String>(name).map(String::as_str);
    let keys = || arguments.get_many("KEY").unwrap_or_default();
    let first = || keys().next().map(String::as_str);
    match (command, open(settings).await?) {
        ("get", None) => {
            let signer = settings.signer(SIGNED_COOKIES_SALT)?;
            let session = readable(signer.verify(first().unwrap_or_default()))?;
            show(&session, output, None)
        }
        (_, None) => Err(Error::Refused(
            "SESSION_ENGINE=signed_cookies keeps sessions in the cookies of browsers: there is \
             nothing here to list or to delete"
                .into(),
        )),
        ("get", Some(admin)) => get(&admin, output, first().unwrap_or_default()).await,
        ("list", Some(admin)) => list::list(&admin, output, option("sort"), option("uname")).await,
        ("count", Some(admin)) => count::count(&admin, output).await,
        ("del", Some(admin)) => match option("uname") {
            Some(uname) => delete_all_of(&admin, output, uname).await,
            None => delete(&admin, output, keys()).await,
        },
        (_, Some(admin)) => list::keys(&admin, output, first()).await,
    }
}

async fn get(admin: &Admin, output: Output, key: &str) -> Result<(), Error> {
    for key in stored_keys(key)? {
        if let Some((summary, session)) = admin.open(&key).await? {
            let session = readable(session)?;
            audit::values_shown(COMMAND_LINE, &summary.fingerprint);
            return show(&session, output, Some(&summary));
        }
    }
    Err(no_session())
}

async fn delete(
    admin: &Admin,
    output: Output,
    keys: impl Iterator<Item = &String>,
) -> Result<(), Error> {
    let mut deleted = 0;
    for key in keys {
        for key in stored_keys(key)? {
            deleted += u64::from(admin.end(&key, COMMAND_LINE).await?);
        }
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
    stored_forms(text).ok_or_else(|| {
        Error::Argument(
            "a key is 32 small letters and digits, or as it is stored: 40 digits of 0-9 a-f".into(),
        )
    })
}

fn no_session() -> Error {
    Error::Refused("there is no session under that key".into())
}

fn readable(session: Result<Verified, VerifyError>) -> Result<Verified, Error> {
    session.map_err(|why| {
        Error::Refused(format!(
            "it can't be read with this SECRET_KEY and its fallbacks: {why}"
        ))
    })
}

fn show(session: &Verified, output: Output, stored: Option<&SessionSummary>) -> Result<(), Error> {
    let data = match output.json {
        true => session.standard_json(),
        false => session.pretty_json(),
    };
    let data = data.ok_or_else(|| Error::Refused("it is signed, but no session".into()))?;
    let line = match (output.json, stored) {
        (false, _) => data,
        (true, Some(stored)) => format!(
            "{{\"key\":{},\"expires\":{},\"data\":{data}}}",
            json!(stored.key.as_str()),
            json!(rfc3339(stored.end))
        ),
        (true, None) => format!("{{\"data\":{data}}}"),
    };
    Ok(writeln!(io::stdout(), "{line}")?)
}
