//! What `DATABASE_URL` says: which database, and where.

use std::fs;
#[cfg(feature = "sqlite")]
use std::path::Path;

use sqlx::any::AnyConnectOptions;

use super::dialect::Dialect;
use crate::engine::{Error, Result};

/// What addresses begin with, whichever of them this program was built for.
const DATABASES: [&str; 5] = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];

/// An address as sqlx wants it, and the statements for what is there.
pub(super) struct DatabaseUrl {
    pub(super) url: String,
    pub(super) dialect: &'static Dialect,
    /// A database in memory is as many databases as there are connections.
    pub(super) in_memory: bool,
}

/// Whether the address is one of PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) fn speaks_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// An address that can't be used, and `why`.
pub(super) fn no_address(why: impl Into<String>) -> Error {
    Error::misconfigured("the address of the database ", why)
}

impl DatabaseUrl {
    pub(super) fn parse(url: &str) -> Result<Self> {
        check_certificates(url)?;
        match url.split_once(':') {
            #[cfg(feature = "sqlite")]
            Some(("sqlite", path)) => sqlite(url, path),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => postgres(url),
            #[cfg(feature = "mysql")]
            Some(("mysql" | "mariadb", rest)) => mysql(rest),
            Some((known, _)) if DATABASES.contains(&known) => Err(no_address(format!(
                "names a database that this program was built without: it needs the feature of \
                 huihua for {known}: sqlite, postgres or mysql"
            ))),
            _ => Err(no_address(
                "has to begin with sqlite:, postgres: or mysql:, as sqlite:data/huihua.sqlite3",
            )),
        }
    }

    /// Whether what is said there crosses a network in the clear.
    pub(super) fn is_unencrypted(&self) -> bool {
        let Some((_, rest)) = self.url.split_once("://") else {
            return false;
        };
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let here = ["localhost", "127.", "[::1]"];
        let near = host.is_empty() || here.iter().any(|name| host.starts_with(name));
        let encrypted = ["require", "verify", "REQUIRED", "VERIFY"];
        let encrypted = encrypted
            .iter()
            .any(|mode| rest.contains(&format!("mode={mode}")));
        !near && !encrypted
    }
}

/// Each connection reads them anew, which a pipe allows once, if somebody writes into it.
fn check_certificates(url: &str) -> Result<()> {
    let Ok(options) = url.parse::<AnyConnectOptions>() else {
        return Ok(());
    };
    for (name, path) in options.database_url.query_pairs() {
        let is_read = name.starts_with("ssl") && !name.ends_with("mode");
        if is_read && fs::metadata(&*path).is_ok_and(|about| !about.is_file()) {
            return Err(no_address(format!("{name} names what is no file")));
        }
    }
    Ok(())
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
fn postgres(url: &str) -> Result<DatabaseUrl> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
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
    let url = match (ipv6(url), url.contains('?')) {
        (Some(host), true) => format!("{url}&host={host}"),
        (Some(host), false) => format!("{url}?host={host}"),
        (None, _) => url.to_owned(),
    };
    Ok(DatabaseUrl {
        url,
        dialect: &super::dialect::POSTGRES,
        in_memory: false,
    })
}

#[cfg(feature = "mysql")]
fn mysql(rest: &str) -> Result<DatabaseUrl> {
    if ipv6(rest).is_some() {
        return Err(no_address(
            "names a MySQL server by an address of IPv6, to which there is no way yet: give it a name, \
             in /etc/hosts for example",
        ));
    }
    Ok(DatabaseUrl {
        url: format!("mysql:{rest}"),
        dialect: &super::dialect::MYSQL,
        in_memory: false,
    })
}

/// The host, if it is an address of IPv6.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn ipv6(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("//")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    Some(host.strip_prefix('[')?.split_once(']')?.0)
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
    })
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_name_no_database_are_refused() {
        for url in ["", "sqlite:", "sqlite://", "/tmp/x", "redis://localhost"] {
            assert!(DatabaseUrl::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    #[cfg(feature = "postgres")]
    fn what_crosses_a_network_in_the_clear_is_seen() {
        for (url, open) in [
            ("postgres://me:pw@db.example.com/x", true),
            (
                "postgres://me:pw@db.example.com/x?sslmode=verify-full",
                false,
            ),
            ("postgres://me:pw@localhost:5433/x", false),
            ("postgres:///x?host=/run/postgresql", false),
        ] {
            let database_url = DatabaseUrl::parse(url).unwrap();
            assert_eq!(database_url.is_unencrypted(), open, "{url}");
        }
    }

    #[test]
    fn a_database_in_memory_is_known_however_it_is_written() {
        for (url, in_memory) in [
            ("sqlite::memory:", true),
            ("sqlite:x.db?mode=memory", true),
            ("sqlite:file.db?cache=private&mode=memory", true),
            ("sqlite:x.db?mode=rwc", false),
        ] {
            assert_eq!(
                DatabaseUrl::parse(url).unwrap().in_memory,
                in_memory,
                "{url}"
            );
        }
    }

    #[test]
    #[cfg(feature = "postgres")]
    fn a_parameter_that_is_not_known_is_named_without_its_value() {
        for url in [
            "postgres://me@h/x?pasword=hush",
            "postgresql://h/x?sslmode=require&Password=hush",
            "postgres://h/x?hush",
        ] {
            let refused = DatabaseUrl::parse(url).err().unwrap().to_string();
            assert!(!refused.contains("hush"), "{refused}");
        }
        let known = "postgres://h/x?sslmode=require&options[search_path]=y&host=/run";
        assert!(DatabaseUrl::parse(known).is_ok());
    }

    #[test]
    #[cfg(feature = "postgres")]
    fn addresses_of_ipv6_have_no_brackets_for_sqlx() {
        for (url, host) in [
            ("postgres://u:p@[::1]:5432/db", "?host=::1"),
            (
                "postgres://[2001:db8::7]/db?sslmode=require",
                "&host=2001:db8::7",
            ),
            ("postgresql://u:p%5B@h/db?options=[x]", "options=[x]"),
        ] {
            let database_url = DatabaseUrl::parse(url).unwrap();
            assert!(database_url.url.ends_with(host), "{}", database_url.url);
        }
    }

    #[test]
    #[cfg(feature = "mysql")]
    fn addresses_of_ipv6_are_refused_with_a_reason_where_there_is_no_way() {
        let refused = DatabaseUrl::parse("mariadb://u:p@[::1]:3306/db")
            .err()
            .unwrap()
            .to_string();
        assert!(refused.contains("IPv6"), "{refused}");
    }
}
