//! The servers that run: each is started when it is first needed, and stopped at the end.

use std::sync::OnceLock;

use servers::{MariaDb, Postgres};

#[derive(Default)]
pub(crate) struct Running {
    postgres: OnceLock<Postgres>,
    mariadb: OnceLock<MariaDb>,
}

impl Running {
    pub(crate) fn postgres(&self) -> &Postgres {
        self.postgres
            .get_or_init(|| Postgres::start(false).unwrap())
    }

    pub(crate) fn mariadb(&self) -> &MariaDb {
        self.mariadb.get_or_init(|| MariaDb::start(false).unwrap())
    }
}
