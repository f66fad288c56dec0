//! Errors with which Redis answers, and their meaning.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::engine::Error;

/// The one error that says something of a key, not of Redis.
pub(super) const WRONG_TYPE: &str = "WRONGTYPE";

/// True if Redis doesn't know a command, or a part of one, that later ones do.
pub(super) fn is_unknown(error: &RedisError) -> bool {
    let said = error.detail().unwrap_or_default().to_ascii_lowercase();
    error.kind() == ErrorKind::Server(ServerErrorKind::ResponseError)
        && ["unknown command", "unsupported command", "syntax error"]
            .iter()
            .any(|words| said.starts_with(words))
}

/// True if another server, or this one over a new connection, may be the one to ask.
pub(super) fn is_of_no_primary(error: &RedisError) -> bool {
    let codes = ["READONLY", "MASTERDOWN", "LOADING", "NOREPLICAS", "NOAUTH"];
    error.code().is_some_and(|code| codes.contains(&code))
}

/// The refusal of Redis and its reason, for people; `None`: it isn't Redis that says so. Of its own words only
/// the code: the rest may name keys.
pub(super) fn meaning(error: &RedisError) -> Option<String> {
    if !matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) {
        return None;
    }
    let code = error.code().unwrap_or("an error");
    let meaning = match code {
        "LOADING" => "it is still loading what it holds",
        "BUSY" => "a script keeps it busy",
        "NOAUTH" => {
            "it wants a password: set SESSION_REDIS_PASSWORD, for a Sentinel \
             SESSION_REDIS_SENTINEL_PASSWORD"
        }
        "WRONGPASS" => "the user or the password is wrong",
        "NOPERM" => "its user may not do this: see ACL LOG there",
        "READONLY" => "it is a replica",
        "MASTERDOWN" => "it is a replica that has lost its primary",
        "NOREPLICAS" => "it has too few replicas",
        "OOM" => "its memory is full",
        "MISCONF" => "it can't write to its disk",
        "CLUSTERDOWN" => "a part of the Cluster is down",
        "MOVED" | "ASK" => "it is a node of a Cluster: set SESSION_REDIS_CLUSTER",
        _ => return Some(format!("Redis refused: {code}")),
    };
    Some(format!("Redis refused: {code}, {meaning}"))
}

/// The error of an answer that can't be understood.
pub(super) fn nonsense() -> RedisError {
    let what = "Redis answered what can't be understood";
    (ErrorKind::UnexpectedReturnType, what).into()
}

/// Makes an engine's error of one of Redis. `tried`: what was being done.
pub(super) fn broken(tried: &str) -> impl Fn(RedisError) -> Error {
    move |error| match meaning(&error) {
        Some(meaning) => Error::because(tried, meaning),
        None => Error::because(tried, error),
    }
}
