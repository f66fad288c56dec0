//! The address of a database: which one, and where.

use std::fs;
#[cfg(feature = "sqlite")]
use std::path::Path;

#[cfg(any(feature = "postgres", feature = "mysql"))]
use url::{Host, Url};

use super::dialect::Dialect;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::engine::shared::address::is_here;
use crate::engine::{Error, Result};

/// The beginnings of addresses, whichever of them this program was built for.
const DATABASES: [&str; 5] = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];

/// An address as sqlx wants it, and the statements for what is there.
pub(super) struct DatabaseUrl {
    pub(super) url: String,
    pub(super) dialect: &'static Dialect,
    /// A database in memory is as many databases as there are connections.
    pub(super) in_memory: bool,
    /// Whether what is said there may cross a network in the clear.
    pub(super) is_unencrypted: bool,
}

/// Whether the address is one of PostgreSQL.
#[cfg(all(feature = "postgres", feature = "settings"))]
pub(crate) fn speaks_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// An address that can't be used, and `why`.
pub(super) fn no_address(why: impl Into<String>) -> Error {
    Error::misconfigured("the address of the database ", why)
}

impl DatabaseUrl {
    pub(super) fn parse(url: &str) -> Result<Self> {
        match url.split_once(':') {
            #[cfg(feature = "sqlite")]
            Some(("sqlite", path)) => sqlite(url, path),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => postgres(remote(url)?),
            #[cfg(feature = "mysql")]
            Some(("mysql" | "mariadb", rest)) => mysql(&remote(&format!("mysql:{rest}"))?),
            Some((known, _)) if DATABASES.contains(&known) => Err(no_address(format!(
                "names a database that this program was built without: it needs the feature of \
                 huihua for {known}: sqlite, postgres or mysql"
            ))),
            _ => Err(no_address(
                "has to begin with sqlite:, postgres: or mysql:, as sqlite:data/huihua.sqlite3",
            )),
        }
    }

    #[cfg(any(feature = "postgres", feature = "mysql"))]
    fn remote(url: &Url, dialect: &'static Dialect) -> Self {
        let host = url.host_str().unwrap_or_default();
        let is_encrypted = url.query_pairs().any(|(name, mode)| {
            let mode = mode.to_ascii_lowercase();
            name.ends_with("mode")
                && (mode == "require" || mode == "required" || mode.starts_with("verify"))
        });
        Self {
            url: url.as_str().to_owned(),
            dialect,
            in_memory: false,
            is_unencrypted: !is_here(host) && !is_encrypted,
        }
    }
}

/// The address of a server. Each connection reads the certificates that it names anew, which a pipe allows
/// once, if somebody writes into it.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn remote(url: &str) -> Result<Url> {
    let url = Url::parse(url);
    let url =
        url.map_err(|error| no_address(format!("is not the address of a database: {error}")))?;
    for (name, path) in url.query_pairs() {
        let is_read = name.starts_with("ssl") && !name.ends_with("mode");
        if is_read && fs::metadata(&*path).is_ok_and(|about| !about.is_file()) {
            return Err(no_address(format!("{name} names what is no file")));
        }
    }
    Ok(url)
}

/// The parameters of an address that sqlx knows. It would show the value of any other in the log.
#[cfg(feature = "postgres")]
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// sqlx takes the brackets of an address of IPv6 for a part of it, but not in a parameter.
#[cfg(feature = "postgres")]
fn postgres(mut url: Url) -> Result<DatabaseUrl> {
    let parameters = url.query().unwrap_or_default().split('&');
    for parameter in parameters.filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&name) && !name.starts_with("options[") {
            let named = match parameter.contains('=') {
                true => format!("\"{name}\""),
                false => "without a value".to_owned(),
            };
            return Err(no_address(format!(
                "has a parameter {named} that isn't known; these are: {}",
                PARAMETERS.join(", ")
            )));
        }
    }
    if let Some(Host::Ipv6(host)) = url.host() {
        let host = host.to_string();
        url.query_pairs_mut().append_pair("host", &host);
    }
    Ok(DatabaseUrl::remote(&url, &super::dialect::POSTGRES))
}

#[cfg(feature = "mysql")]
fn mysql(url: &Url) -> Result<DatabaseUrl> {
    if matches!(url.host(), Some(Host::Ipv6(_))) {
        return Err(no_address(
            "names a MySQL server by an address of IPv6, to which there is no way yet: give it a name, \
             in /etc/hosts for example",
        ));
    }
    Ok(DatabaseUrl::remote(url, &super::dialect::MYSQL))
}

/// The file's folder is made.
#[cfg(feature = "sqlite")]
fn sqlite(url: &str, rest: &str) -> Result<DatabaseUrl> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() {
        return Err(no_address(
            "names no file: write it as sqlite:data/huihua.sqlite3",
        ));
    }
    let in_memory = path == ":memory:" || rest.contains("mode=memory");
    if !in_memory && fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        return Err(Error::misconfigured("", format!("{path} is no file")));
    }
    if !in_memory && let Some(folder) = Path::new(path).parent() {
        fs::create_dir_all(folder).map_err(|error| {
            let folder = folder.display();
            Error::misconfigured("", format!("the folder {folder} can't be made: {error}"))
        })?;
    }
    let url = match rest.contains("mode=") || in_memory {
        true => url.to_owned(),
        false if rest.contains('?') => format!("{url}&mode=rwc"),
        false => format!("{url}?mode=rwc"),
    };
    Ok(DatabaseUrl {
        url,
        dialect: &super::dialect::SQLITE,
        in_memory,
        is_unencrypted: false,
    })
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
