//! The databases that are measured: each table has one of its own.

use std::{fs, path::PathBuf};

use servers::{Missing, Postgres};
use tempfile::TempDir;

use crate::sql::{self, Sql};

/// Where databases are made. All of them are gone when it is dropped.
#[derive(Debug)]
pub(crate) enum Databases {
    /// Files in a folder.
    Sqlite(TempDir),
    /// PostgreSQL, with the durability and the memory that it has when nobody sets anything.
    Postgres(Box<Postgres>),
}

impl Databases {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn postgres() -> Result<Self, Missing> {
        let server = Postgres::start(true)?;
        // Sessions come and go within seconds here, so it also looks for what to tidy up every
        // second, and not every minute.
        server.sql("postgres", "ALTER SYSTEM SET autovacuum_naptime = 1");
        server.sql("postgres", "SELECT pg_reload_conf()");
        Ok(Self::Postgres(Box::new(server)))
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    pub(crate) fn sql(&self) -> &'static Sql {
        match self {
            Self::Sqlite(_) => &sql::SQLITE,
            Self::Postgres(_) => &sql::POSTGRES,
        }
    }

    /// The address of a new one.
    pub(crate) fn another(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                let number = fs::read_dir(folder).map_or(0, Iterator::count);
                let folder: PathBuf = folder.path().join(number.to_string());
                format!("sqlite:{}", folder.join("huihua.sqlite3").display())
            }
            Self::Postgres(server) => server.database(),
        }
    }
}
