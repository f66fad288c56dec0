use super::{SettingError, StoredForm, source::Source};

/// Where Redis is: one server, a Cluster, or what Sentinels name.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "SETTINGS says what each means, under the same name after SESSION_REDIS_"
)]
pub struct RedisSettings {
    pub host: String,
    pub port: u16,
    pub db: i64,
    pub password: Option<String>,
    pub prefix: Option<String>,
    pub format: StoredForm,
    pub url: Option<String>,
    pub cluster: Vec<String>,
    pub sentinels: Vec<String>,
    pub sentinel_master: String,
}

impl RedisSettings {
    pub(super) fn read<F: Fn(&str) -> Option<String>>(
        source: &Source<F>,
    ) -> Result<Self, SettingError> {
        let text = |name, default: &str| source.text(name).unwrap_or_else(|| default.to_owned());
        let settings = Self {
            host: text("SESSION_REDIS_HOST", "localhost"),
            port: source.number("SESSION_REDIS_PORT", 6379)?,
            db: source.number("SESSION_REDIS_DB", 0)?,
            password: source.text("SESSION_REDIS_PASSWORD"),
            prefix: source.maybe_empty("SESSION_REDIS_PREFIX"),
            format: source.parsed("SESSION_REDIS_FORMAT", StoredForm::Payload)?,
            url: source.text("SESSION_REDIS_URL"),
            cluster: source.list("SESSION_REDIS_CLUSTER").unwrap_or_default(),
            sentinels: source.list("SESSION_REDIS_SENTINELS").unwrap_or_default(),
            sentinel_master: text("SESSION_REDIS_SENTINEL_MASTER", "mymaster"),
        };
        settings.check()?;
        Ok(settings)
    }

    /// The address of the one server: `SESSION_REDIS_URL`, or what the other settings make.
    pub fn url(&self) -> String {
        if let Some(url) = &self.url {
            return url.clone();
        }
        let password = self.password.as_deref().map(encoded);
        if self.host.starts_with('/') {
            let login = password.map(|password| format!("&pass={password}"));
            let login = login.unwrap_or_default();
            return format!("redis+unix://{}?db={}{login}", self.host, self.db);
        }
        let login = password.map(|password| format!(":{password}@"));
        let login = login.unwrap_or_default();
        format!("redis://{login}{}:{}/{}", self.host, self.port, self.db)
    }

    fn check(&self) -> Result<(), SettingError> {
        let ways = [
            self.url.is_some(),
            !self.cluster.is_empty(),
            !self.sentinels.is_empty(),
        ];
        if ways.iter().filter(|way| **way).count() > 1 {
            return Err(SettingError::new(
                "SESSION_REDIS_URL",
                "and SESSION_REDIS_CLUSTER and SESSION_REDIS_SENTINELS exclude each other: set one",
            ));
        }
        if self.db < 0 {
            return Err(SettingError::new(
                "SESSION_REDIS_DB",
                "is the number of a database, 0 or more",
            ));
        }
        if !self.cluster.is_empty() && self.db != 0 {
            return Err(SettingError::new(
                "SESSION_REDIS_DB",
                "has to be 0 on a Cluster, which has no other database",
            ));
        }
        Ok(())
    }
}

/// As an address wants it: everything but letters and digits is escaped.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}
