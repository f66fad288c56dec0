//! Items: sessions as memcached keeps them.

use memcache::exp::{
    AsyncMetaClient, Error as Failure, Meta, MutationStatus, Rendezvous, Router as _,
};
use time::{Duration, OffsetDateTime};

use super::{Memcached, node::Node};
use crate::{
    engine::{
        Error, ErrorKind, Result, Row,
        django_cache::DjangoForm,
        moment::{from_millis, to_millis},
    },
    expiry::NEVER,
    key::StoredKey,
};

/// memcached's own limit is 1 MiB, key and book-keeping counted. It answers a larger item by
/// dropping the one that is there, so none is sent.
const LARGEST: usize = 1024 * 1024 - 512;
/// Lifetimes beyond this many seconds are given as a date.
const LONGEST_SPAN: i64 = 60 * 60 * 24 * 30;
/// How the clients of Python mark an item that is a pickle.
const PICKLE: u32 = 1;

/// An item as it is at this moment.
pub(super) struct Item {
    pub(super) value: Vec<u8>,
    /// What isn't in our form counts as ended.
    pub(super) row: Result<Option<Row>>,
    pub(super) version: u64,
}

impl Memcached {
    fn name(&self, key: &StoredKey) -> String {
        format!("{}{}", self.prefix, key.as_str())
    }

    fn node(&self, name: &str) -> &Node {
        &self.nodes[Rendezvous::new().route(name.as_bytes(), &self.servers)]
    }

    pub(super) async fn item(&self, key: &StoredKey) -> Result<Option<Item>, Failure> {
        let name = self.name(key);
        let get = |client: AsyncMetaClient| {
            let name = &name;
            async move {
                let get = client.get(name).meta(Meta::default().cas().ttl());
                get.send().await
            }
        };
        let (got, _) = self.node(&name).ask(get).await?;
        let version = got.item.cas.unwrap_or_default();
        let lasts = got.item.ttl.unwrap_or_default();
        Ok(got.value.map(|value| {
            let now = self.clock.now();
            let row = match &self.form {
                None => Ok(parse(&value)),
                Some(form) => parse_pickle(form, &value, lasts, now),
            };
            Item {
                value,
                row: row.map(|row| row.filter(|row| row.expires_at > now)),
                version,
            }
        }))
    }

    /// The value of an item that holds `row`, where `was` is.
    pub(super) fn value(&self, row: &Row, was: Option<&[u8]>) -> Result<Vec<u8>> {
        let ends = to_millis(row.expires_at);
        let value = match &self.form {
            None => format!("{ends}:{}", row.payload).into_bytes(),
            Some(form) => {
                let mut value = form.stored(&row.payload, was)?;
                value.extend(format!("{END_MARK}{ends}").into_bytes());
                value
            }
        };
        if value.len() > LARGEST {
            let error = Error::new(format!(
                "writing a session: it takes {} bytes, and memcached keeps {LARGEST}; nothing was \
                 changed",
                value.len()
            ));
            return Err(error.with_kind(ErrorKind::TooLarge));
        }
        Ok(value)
    }

    /// Writes `value` where nothing is. `None`: nobody knows whether it is there now.
    pub(super) async fn add(
        &self,
        key: &StoredKey,
        value: &[u8],
        row: &Row,
    ) -> Result<Option<MutationStatus>, Failure> {
        let name = self.name(key);
        let set = |client| self.set(client, &name, value, row, None);
        self.node(&name).ask_once(set).await
    }

    /// Writes `value` over what had `version`.
    pub(super) async fn swap(
        &self,
        key: &StoredKey,
        version: u64,
        value: &[u8],
        row: &Row,
    ) -> Result<MutationStatus, Failure> {
        let name = self.name(key);
        let set = |client| self.set(client, &name, value, row, Some(version));
        Ok(self.node(&name).ask(set).await?.0)
    }

    async fn set(
        &self,
        client: AsyncMetaClient,
        name: &str,
        value: &[u8],
        row: &Row,
        version: Option<u64>,
    ) -> Result<MutationStatus, Failure> {
        let flags = if self.form.is_some() { PICKLE } else { 0 };
        let set = client.set(name, value);
        let set = set.ttl_raw(self.lifetime(row)).client_flags(flags);
        let set = match version {
            Some(version) => set.compare_cas(version),
            None => set.add(),
        };
        Ok(set.send().await?.status)
    }

    /// Says also whether that was tried twice.
    pub(super) async fn remove(
        &self,
        key: &StoredKey,
        version: Option<u64>,
    ) -> Result<(MutationStatus, bool), Failure> {
        let name = self.name(key);
        let delete = |client: AsyncMetaClient| {
            let name = &name;
            async move {
                let delete = client.delete(name);
                match version {
                    Some(version) => delete.compare_cas(version).send().await,
                    None => delete.send().await,
                }
            }
        };
        let (deleted, again) = self.node(&name).ask(delete).await?;
        Ok((deleted.status, again))
    }

    /// When memcached may drop it, in its own form: seconds, a date, or 0 for never. It is only
    /// housekeeping, and never too early.
    fn lifetime(&self, row: &Row) -> u32 {
        let seconds = (row.expires_at - self.clock.now()).whole_seconds() + 1;
        let until = row.expires_at.unix_timestamp() + 1;
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
    Some(Row {
        payload: payload.to_owned(),
        expires_at: from_millis(ends.parse().ok()?)?,
    })
}

/// What stands between a pickle and the end of its session.
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
    let ends = std::str::from_utf8(digits)
        .ok()
        .and_then(|ends| ends.parse().ok());
    let expires_at = match ends.filter(|_| before.ends_with(&[END_MARK as u8])) {
        Some(ends) => from_millis(ends),
        None if lasts < 0 => Some(NEVER),
        None => now.checked_add(Duration::seconds(lasts)),
    };
    let row = form.payload(value)?.zip(expires_at);
    Ok(row.map(|(payload, expires_at)| Row {
        payload,
        expires_at,
    }))
}
