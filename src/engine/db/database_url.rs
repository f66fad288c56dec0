//! The address of a database: which one, and where.

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::{fmt::Display, fs};

#[cfg(any(feature = "postgres", feature = "mysql"))]
use url::{Host, Url};

use super::dialect::Dialect;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::engine::shared::is_here;
use crate::engine::{Error, Result};

/// The beginnings of addresses, whichever of them this program was built for.
const DATABASES: [&str; 5] = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];

/// An address in sqlx's form, and the statements for what is there.
pub(super) struct DatabaseUrl {
    pub(super) url: String,
    pub(super) dialect: &'static Dialect,
    /// A database in memory is as many databases as there are connections.
    pub(super) in_memory: bool,
    /// True if the traffic may cross a network in the clear.
    pub(super) is_unencrypted: bool,
}

/// An address that isn't one, and why.
pub(super) fn no_database(error: impl Display) -> Error {
    no_address(format!("is not the address of a database: {error}"))
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

/// The address of a server. A certificate that it names has to be a file, because each connection reads it
/// anew.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn remote(url: &str) -> Result<Url> {
    let url = Url::parse(url).map_err(no_database)?;
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
const PARAMETERS: &str = "application_name, dbname, host, hostaddr, options, password, port, ssl-ca, \
                          ssl-cert, ssl-key, ssl-mode, ssl-root-cert, sslcert, sslkey, sslmode, \
                          sslrootcert, statement-cache-capacity, user";

/// sqlx takes the brackets of an address of IPv6 for a part of it, but not in a parameter.
#[cfg(feature = "postgres")]
fn postgres(mut url: Url) -> Result<DatabaseUrl> {
    let parameters = url.query().unwrap_or_default().split('&');
    for parameter in parameters.filter(|parameter| !parameter.is_empty()) {
        let (name, named) = match parameter.split_once('=') {
            Some((name, _)) => (name, format!("\"{name}\"")),
            None => (parameter, "without a value".to_owned()),
        };
        let is_known = PARAMETERS.split(", ").any(|known| known == name);
        if !is_known && !name.starts_with("options[") {
            return Err(no_address(format!(
                "has a parameter {named} that isn't known; these are: {PARAMETERS}"
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
        let why = "names no file: write it as sqlite:data/huihua.sqlite3";
        return Err(no_address(why));
    }
    let in_memory = path == ":memory:" || rest.contains("mode=memory");
    if !in_memory {
        if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
            return Err(Error::misconfigured("", format!("{path} is no file")));
        }
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
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
    Ok(DatabaseUrl { url, dialect: &super::dialect::SQLITE, in_memory, is_unencrypted: false })
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
