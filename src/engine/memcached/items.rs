//! Items: sessions as memcached keeps them.

use time::{Duration, OffsetDateTime};

use super::{
    Memcached, broken,
    connection::{Answer, Failure, LARGEST},
    node::{Node, hash},
};
use crate::{
    django::cache_format::DjangoForm,
    engine::{Result, Row},
    expiry::NEVER,
    key::StoredKey,
    timestamp::{from_millis, to_millis},
};

/// Lifetimes beyond this many seconds are given as a date.
const LONGEST_SPAN: i64 = 60 * 60 * 24 * 30;
/// The flags with which Python's clients mark an item that is a pickle.
const PICKLE: u32 = 1;

pub(super) struct Item {
    pub(super) value: Vec<u8>,
    /// The row in the value, whether it has ended or not; `None`: the value isn't in our form.
    pub(super) row: Result<Option<Row>>,
    pub(super) version: u64,
}

impl Memcached {
    pub(super) fn is_live(&self, row: &Row) -> bool {
        row.expires_at() > self.clock.now()
    }

    fn name(&self, key: &StoredKey) -> String {
        format!("{}{}", self.prefix, key.as_str())
    }

    /// The server that has it. Each scores it, and the highest has it, so that one more or less
    /// moves only what is its own.
    fn node(&self, name: &str) -> &Node {
        let name = hash(name);
        let best = self.nodes.iter().max_by_key(|node| node.score(name));
        best.unwrap_or(&self.nodes[0])
    }

    pub(super) async fn item(&self, key: &StoredKey) -> Result<Option<Item>, Failure> {
        let name = self.name(key);
        let get = format!("mg {name} v c t\r\n");
        let (answer, _) = self.node(&name).send(get.as_bytes()).await?;
        let Answer::Item { value, flags } = answer else {
            return Ok(None);
        };
        let of = |flag| flags.split(' ').find_map(|word| word.strip_prefix(flag));
        let version = of('c').and_then(|version| version.parse().ok());
        let lasts = of('t').and_then(|lasts| lasts.parse().ok());
        let now = self.clock.now();
        let row = match &self.form {
            None => Ok(parse(&value)),
            Some(form) => parse_pickle(form, &value, lasts.unwrap_or_default(), now),
        };
        Ok(Some(Item { value, row, version: version.unwrap_or_default() }))
    }

    /// The value of an item that holds `row`, where `was` is.
    pub(super) fn value(&self, row: &Row, was: Option<&[u8]>) -> Result<Vec<u8>> {
        let ends = to_millis(row.expires_at());
        let value = match &self.form {
            None => format!("{ends}:{}", row.payload()).into_bytes(),
            Some(form) => {
                let end = format!("{END_MARK}{ends}");
                [form.stored(row.payload(), was)?, end.into_bytes()].concat()
            }
        };
        // A larger one wouldn't be read again.
        if value.len() as u64 > LARGEST {
            Err(broken("writing a session")(Failure::TooLarge))
        } else {
            Ok(value)
        }
    }

    /// Writes `value` where nothing is. `None`: nobody knows whether it is there now.
    pub(super) async fn add(
        &self,
        key: &StoredKey,
        value: &[u8],
        row: &Row,
    ) -> Result<Option<Answer>, Failure> {
        let name = self.name(key);
        let add = self.written("add", &name, value, row, "");
        self.node(&name).send_once(&add).await
    }

    /// Writes `value` over what had `version`.
    pub(super) async fn swap(
        &self,
        key: &StoredKey,
        version: u64,
        value: &[u8],
        row: &Row,
    ) -> Result<Answer, Failure> {
        let name = self.name(key);
        let swap = self.written("cas", &name, value, row, &format!(" {version}"));
        Ok(self.node(&name).send(&swap).await?.0)
    }

    /// A command that writes. Not `ms`: where memcached refuses what that brings, because it is too
    /// large or there is no room, it throws out what is there.
    fn written(&self, command: &str, name: &str, value: &[u8], row: &Row, more: &str) -> Vec<u8> {
        let flags = if self.form.is_some() { PICKLE } else { 0 };
        let (lasts, length) = (self.lifetime(row), value.len());
        let head = format!("{command} {name} {flags} {lasts} {length}{more}\r\n");
        [head.as_bytes(), value, b"\r\n"].concat()
    }

    /// The answer, and whether the server was asked twice.
    pub(super) async fn remove(
        &self,
        key: &StoredKey,
        version: Option<u64>,
    ) -> Result<(Answer, bool), Failure> {
        let name = self.name(key);
        let version = version.map_or_else(String::new, |version| format!(" C{version}"));
        let delete = format!("md {name}{version}\r\n");
        self.node(&name).send(delete.as_bytes()).await
    }

    /// The time from which memcached may drop it, and never too early: in seconds, as a date, or 0 for never.
    fn lifetime(&self, row: &Row) -> u32 {
        let seconds = (row.expires_at() - self.clock.now()).whole_seconds() + 1;
        let until = row.expires_at().unix_timestamp() + 1;
        match seconds {
            ..=LONGEST_SPAN => u32::try_from(seconds.max(1)).unwrap_or_default(),
            // Dates are 32 bits wide there.
            _ if until < i64::from(i32::MAX) => u32::try_from(until).unwrap_or_default(),
            _ => 0,
        }
    }
}

pub(super) fn parse(value: &[u8]) -> Option<Row> {
    let (ends, payload) = std::str::from_utf8(value).ok()?.split_once(':')?;
    Some(Row::new(payload, from_millis(ends.parse().ok()?)?))
}

/// The separator between a pickle and the end of its session.
const END_MARK: char = '~';

/// `lasts` is how many seconds memcached will keep it; below 0: for ever.
pub(super) fn parse_pickle(
    form: &DjangoForm,
    value: &[u8],
    lasts: i64,
    now: OffsetDateTime,
) -> Result<Option<Row>> {
    let digits = value.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let (before, digits) = value.split_at(value.len() - digits.count());
    let ends = std::str::from_utf8(digits).ok().map(str::parse);
    let expires_at = match ends.filter(|_| before.ends_with(&[END_MARK as u8])) {
        Some(Ok(ends)) => from_millis(ends),
        _ if lasts < 0 => Some(NEVER),
        _ => now.checked_add(Duration::seconds(lasts)),
    };
    let row = form.payload(value)?.zip(expires_at);
    Ok(row.map(|(payload, expires_at)| Row::new(payload, expires_at)))
}

/// The row that any bytes in memcached are read as: for fuzzing. With keys: in Django's cache.
#[cfg(fuzzing)]
pub fn parse_value(value: &[u8], django: Option<(&crate::SecretKeys, i64)>) -> Option<Row> {
    match django {
        None => parse(value),
        Some((keys, lasts)) => {
            let now = time::OffsetDateTime::UNIX_EPOCH;
            let form = DjangoForm::new(keys, crate::signing::MAX_BYTES);
            parse_pickle(&form, value, lasts, now).ok().flatten()
        }
    }
}

#[cfg(test)]
mod tests;
