//! Settings of the `redis` engine, those of django-redis-sessions too.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, de::IgnoredAny};

use super::{error::SettingError, names::StoredForm, source::Source};

/// The address of Redis: one server, a Cluster, or what Sentinels name.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "SETTINGS says what each means, under the same name after SESSION_REDIS_"
)]
pub struct RedisSettings {
    pub host: String,
    pub port: u16,
    pub db: i64,
    pub username: Option<String>,
    pub password: Option<String>,
    pub prefix: Option<String>,
    pub format: StoredForm,
    pub url: Option<String>,
    pub cluster: Vec<String>,
    pub sentinels: Vec<String>,
    pub sentinel_username: Option<String>,
    pub sentinel_password: Option<String>,
    pub sentinel_master: String,
    /// The name of the setting that says where Redis is.
    pub address_setting: &'static str,
}

/// The settings that say where Redis is.
const ADDRESSES: [&str; 7] = [
    "SESSION_REDIS_CLUSTER",
    "SESSION_REDIS_SENTINELS",
    "SESSION_REDIS_SENTINEL_LIST",
    "SESSION_REDIS_URL",
    "SESSION_REDIS_HOST",
    "SESSION_REDIS_UNIX_DOMAIN_SOCKET_PATH",
    "SESSION_REDIS",
];

impl RedisSettings {
    pub(super) fn read(source: &Source) -> Result<Self, SettingError> {
        let django = DjangoRedisSettings::read(source)?;
        let own = |name| source.text(name);
        let settings = Self {
            host: own("SESSION_REDIS_HOST")
                .or_else(|| own("SESSION_REDIS_UNIX_DOMAIN_SOCKET_PATH"))
                .or(django.unix_domain_socket_path)
                .or(django.host)
                .unwrap_or_else(|| "localhost".into()),
            port: source.number("SESSION_REDIS_PORT", django.port.unwrap_or(6379))?,
            db: source.number("SESSION_REDIS_DB", django.db.unwrap_or(0))?,
            username: own("SESSION_REDIS_USER").or(django.username),
            password: source.secret("SESSION_REDIS_PASSWORD").or(django.password),
            prefix: source.maybe_empty("SESSION_REDIS_PREFIX").or(django.prefix),
            format: source.stored_form("SESSION_REDIS_FORMAT")?,
            url: own("SESSION_REDIS_URL").or(django.url),
            cluster: source.list("SESSION_REDIS_CLUSTER")?.unwrap_or_default(),
            sentinels: source
                .list("SESSION_REDIS_SENTINELS")?
                .or(source.list("SESSION_REDIS_SENTINEL_LIST")?)
                .unwrap_or_default(),
            sentinel_username: own("SESSION_REDIS_SENTINEL_USER"),
            sentinel_password: source.secret("SESSION_REDIS_SENTINEL_PASSWORD"),
            sentinel_master: own("SESSION_REDIS_SENTINEL_MASTER")
                .or_else(|| own("SESSION_REDIS_SENTINEL_MASTER_ALIAS"))
                .unwrap_or_else(|| "mymaster".into()),
            address_setting: ADDRESSES
                .into_iter()
                .find(|name| own(name).is_some())
                .unwrap_or("SESSION_REDIS_HOST"),
        };
        settings.check()?;
        Ok(settings)
    }

    /// The address of the one server: `SESSION_REDIS_URL`, or what the other settings make.
    pub fn url(&self) -> String {
        if let Some(url) = &self.url {
            return url.clone();
        }
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let username = encoded(self.username.as_deref().unwrap_or_default()).to_string();
        let password = self.password.as_deref().map(encoded);
        let (host, port, db) = (&self.host, self.port, self.db);
        if host.starts_with('/') {
            let parts = host.split('/').map(|part| encoded(part).to_string());
            let path = parts.collect::<Vec<_>>().join("/");
            let login = match (username.as_str(), password) {
                (_, None) => String::new(),
                ("", Some(password)) => format!("&pass={password}"),
                (username, Some(password)) => format!("&user={username}&pass={password}"),
            };
            return format!("redis+unix://{path}?db={db}{login}");
        }
        let login = password.map_or_else(String::new, |password| format!("{username}:{password}@"));
        // An address of IPv6 has colons of its own.
        let host = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        format!("redis://{login}{host}:{port}/{db}")
    }

    fn check(&self) -> Result<(), SettingError> {
        let ways = [self.url.is_some(), !self.cluster.is_empty(), !self.sentinels.is_empty()];
        let has_lone =
            |user: &Option<_>, password: &Option<_>| user.is_some() && password.is_none();
        let query = self.url.as_deref().and_then(|url| url.split_once('?'));
        let has_unknown_parameters = query.is_some_and(|(at, query)| {
            let is_known = |part: &str| part.starts_with("protocol=");
            !at.contains("unix:") && !query.split('&').all(is_known)
        });
        for (is_wrong, setting, why) in [
            (
                ways.iter().filter(|way| **way).count() > 1,
                "SESSION_REDIS_URL",
                "and SESSION_REDIS_CLUSTER and SESSION_REDIS_SENTINELS exclude each other: set one",
            ),
            (
                has_lone(&self.username, &self.password),
                "SESSION_REDIS_USER",
                "needs SESSION_REDIS_PASSWORD beside it: without one nobody is logged in there",
            ),
            (
                has_lone(&self.sentinel_username, &self.sentinel_password),
                "SESSION_REDIS_SENTINEL_USER",
                "needs SESSION_REDIS_SENTINEL_PASSWORD beside it: without one nobody is logged in there",
            ),
            (
                has_unknown_parameters,
                "SESSION_REDIS_URL",
                "has parameters that mean nothing there: the database stands after the port, as in \
                 redis://localhost:6379/3",
            ),
            (self.db < 0, "SESSION_REDIS_DB", "is the number of a database, 0 or more"),
            (
                !self.cluster.is_empty() && self.db != 0,
                "SESSION_REDIS_DB",
                "has to be 0 on a Cluster, which has no other database",
            ),
        ] {
            if is_wrong {
                return Err(SettingError::new(setting, why));
            }
        }
        Ok(())
    }
}

/// `SESSION_REDIS` of django-redis-sessions 0.6, as JSON. What it leaves out, such as the prefix, is
/// what that package takes then: nothing.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DjangoRedisSettings {
    host: Option<String>,
    port: Option<u16>,
    db: Option<i64>,
    #[serde(alias = "user")]
    username: Option<String>,
    password: Option<String>,
    prefix: Option<String>,
    url: Option<String>,
    unix_domain_socket_path: Option<String>,
    /// The time to wait is no setting here.
    #[serde(rename = "socket_timeout")]
    _socket_timeout: IgnoredAny,
    #[serde(rename = "retry_on_timeout")]
    _retry_on_timeout: IgnoredAny,
}

impl DjangoRedisSettings {
    fn read(source: &Source) -> Result<Self, SettingError> {
        let Some(text) = source.text("SESSION_REDIS") else {
            return Ok(Self::default());
        };
        // Its own words would show what it found, a password among it.
        let why = "has to be a JSON object, {\"host\": \"localhost\", \"port\": 6379} for example, of host, \
                   port, db, username, password, prefix, url and unix_domain_socket_path";
        // A list would do for serde too.
        let object = Some(&text).filter(|text| text.starts_with('{'));
        let settings = object.and_then(|text| serde_json::from_str(text).ok());
        let mut settings: Self = settings.ok_or_else(|| SettingError::new("SESSION_REDIS", why))?;
        settings.prefix = settings.prefix.or(Some(String::new()));
        settings.username = settings.username.filter(|username| !username.is_empty());
        settings.password = settings.password.filter(|password| !password.is_empty());
        Ok(settings)
    }
}

#[cfg(test)]
mod tests;
