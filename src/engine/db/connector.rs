//! Connections: how they are opened, and which are used again.

use std::{
    pin::pin,
    str::FromStr as _,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use futures_util::future;
use sqlx::{
    AnyConnection, ConnectOptions as _, Connection as _, Row as _,
    any::{AnyConnectOptions, AnyRow},
};
use tokio::time::sleep;

use super::{
    database_url::DatabaseUrl,
    dialect::Dialect,
    faults::{is_locked, is_read_only},
    open_connection::{OpenConnection, Snapshot},
    opened_file::OpenedFile,
    statement::{Statement, text},
};
use crate::engine::shared::timeout::{late, longer};

/// The time of idleness after which a connection is pinged before it is used: the server may have been
/// restarted.
const TRIED_AFTER: Duration = Duration::from_secs(1);
/// The time that the ping may take: the statement has to be done in what is left of its own.
const PING: Duration = Duration::from_millis(400);
/// The time that an answer of the database may be on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(100);
/// The time that another program may keep SQLite's file locked while it is opened.
const LOCKED: Duration = Duration::from_secs(5);

/// Opens connections, for the pool.
pub(super) struct Connector {
    options: AnyConnectOptions,
    pub(super) dialect: &'static Dialect,
    /// True if the database is in the memory of its one connection, and gone with it.
    pub(super) in_memory: bool,
    /// Counts how often all connections were suspected.
    generation: AtomicU64,
    /// True if the server at the address takes no options of a connection.
    takes_no_options: AtomicBool,
    /// The file of a database that has one here.
    pub(super) file: OnceLock<OpenedFile>,
}

impl Connector {
    /// # Errors
    /// When sqlx can't read the address.
    pub(super) fn new(database_url: &DatabaseUrl) -> sqlx::Result<Self> {
        let options = AnyConnectOptions::from_str(&database_url.url)?;
        Ok(Self {
            options: options.disable_statement_logging(),
            dialect: database_url.dialect,
            in_memory: database_url.in_memory,
            generation: AtomicU64::new(0),
            takes_no_options: AtomicBool::new(false),
            file: OnceLock::new(),
        })
    }

    /// True if a pooler shares the database's connections with others.
    #[cfg(feature = "postgres")]
    pub(super) async fn is_behind_pooler(&self) -> sqlx::Result<bool> {
        Ok(self.connect().await?.1)
    }

    /// No connection that is open now is used again.
    pub(super) fn suspect_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits for the answer of a connection, however slow it is; fails if the connection is lost.
    pub(super) async fn fail_if_lost<T>(
        &self,
        limit: Duration,
        id: &str,
        answer: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        let lost = async {
            sleep(longer(limit)).await;
            match self.wait_until_idle(id).await {
                Ok(()) => Err(late().into()),
                // A database that can't be asked is waited for.
                Err(_) => future::pending().await,
            }
        };
        let (answer, lost) = (pin!(answer), pin!(lost));
        future::select(answer, lost).await.factor_first().0
    }

    /// Waits until the database, asked on a new connection, does nothing for the one named `id`.
    async fn wait_until_idle(&self, id: &str) -> sqlx::Result<()> {
        let mut asking = self.create().await?;
        let busy = Statement::row(self.dialect.busy, [id.into()]);
        loop {
            let done = asking.run(&busy).await?;
            sleep(ON_ITS_WAY).await;
            let statements = done.rows.first().map(|row| row.try_get(0));
            if statements.transpose()? == Some(0_i64) {
                return Ok(());
            }
        }
    }

    /// A new connection, and whether the database's end of it is shared with others: then the mark that it
    /// is given doesn't arrive, because a pooler refuses that or keeps it to itself.
    async fn connect(&self) -> sqlx::Result<(AnyConnection, bool)> {
        let Some(startup) = self.dialect.startup else {
            return Ok((AnyConnection::connect_with(&self.options).await?, false));
        };
        if !self.takes_no_options.load(Ordering::Relaxed) {
            let mark = random();
            let told = format!("{startup} -c huihua.connection={mark}");
            match self.connect_with("options", &told).await {
                Ok(mut connection) => {
                    let sql = "SELECT coalesce(current_setting('huihua.connection', true), '')";
                    let asked = Statement::row(sql, []);
                    let answer = asked.run_shared(&mut connection, "").await?.rows;
                    let answer = answer.first().and_then(|row| text(row, 0));
                    let is_shared = answer != Some(&*mark);
                    return Ok((connection, is_shared));
                }
                // No other user, password or database would be found without the options.
                Err(sqlx::Error::Database(why))
                    if why.code().is_none_or(|code| {
                        !["28", "3D", "53", "57"].contains(&code.get(..2).unwrap_or_default())
                    }) => {}
                Err(error) => return Err(error),
            }
        }
        let connection = AnyConnection::connect_with(&self.options).await?;
        self.takes_no_options.store(true, Ordering::Relaxed);
        Ok((connection, true))
    }

    async fn connect_with(&self, name: &str, value: &str) -> sqlx::Result<AnyConnection> {
        let mut options = self.options.clone();
        let url = &mut options.database_url;
        url.query_pairs_mut().append_pair(name, value);
        AnyConnection::connect_with(&options).await
    }

    /// Sets up a connection to a file of SQLite's that can't be written to. In WAL mode, where nothing can
    /// be written beside the file either, it can only be read as one that nobody changes: as a snapshot.
    async fn set_up_read_only(
        &self,
        connection: &mut AnyConnection,
    ) -> Option<(Vec<AnyRow>, Snapshot)> {
        let sql = self.dialect.on_connect_to_read?;
        if let Ok(answers) = set_up(connection, sql).await {
            return Some((answers, Snapshot::No));
        }
        // The first connection doesn't know the file yet.
        let version = self.file.get().and_then(OpenedFile::version);
        *connection = self.connect_with("immutable", "true").await.ok()?;
        let answers = set_up(connection, sql).await.ok()?;
        // A part that stands beside the file would be left out.
        OpenedFile::new(text(answers.last()?, 0)?).version()?;
        Some((answers, version.map_or(Snapshot::Once, Snapshot::At)))
    }
}

impl Manager for Connector {
    type Type = OpenConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<OpenConnection> {
        let generation = self.generation.load(Ordering::SeqCst);
        let (mut connection, is_shared) = self.connect().await?;
        let (answers, snapshot) = match set_up(&mut connection, self.dialect.on_connect).await {
            Err(error) if is_read_only(&error) => {
                self.set_up_read_only(&mut connection).await.ok_or(error)?
            }
            answers => (answers?, Snapshot::No),
        };
        let own = answers.last().and_then(|row| text(row, 0));
        let most = answers.last().and_then(|row| text(row, 1));
        let id = if is_shared { random() } else { own.unwrap_or_default().to_owned() };
        if self.dialect.is_file && !id.is_empty() {
            self.file.get_or_init(|| OpenedFile::new(&id));
        }
        Ok(OpenConnection {
            connection,
            is_at_rest: false,
            is_shared,
            may_be_forgotten: false,
            id,
            most: most.and_then(|most| most.parse().ok()),
            generation,
            snapshot,
        })
    }

    async fn recycle(
        &self,
        open: &mut OpenConnection,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if self.in_memory {
            return Ok(());
        }
        if !open.is_at_rest {
            return Err(RecycleError::message("its last statement failed"));
        }
        if open.generation != self.generation.load(Ordering::SeqCst) {
            return Err(RecycleError::message("one of its age was lost"));
        }
        let is_current = match open.snapshot {
            Snapshot::No => true,
            Snapshot::Once => false,
            Snapshot::At(version) => self.file.get().and_then(OpenedFile::version) == Some(version),
        };
        if !is_current {
            return Err(RecycleError::message("the file was changed"));
        }
        if metrics.last_used() >= TRIED_AFTER {
            let answer = open.connection.ping();
            if self.fail_if_lost(PING, &open.id, answer).await.is_err() {
                self.suspect_all();
                return Err(RecycleError::message("it doesn't answer"));
            }
        }
        open.is_at_rest = false;
        open.may_be_forgotten = !self.dialect.is_file;
        Ok(())
    }
}

/// Runs the first statements on a connection, and returns their answers.
async fn set_up(connection: &mut AnyConnection, sql: &'static str) -> sqlx::Result<Vec<AnyRow>> {
    let start = Instant::now();
    loop {
        match sqlx::raw_sql(sql).fetch_all(&mut *connection).await {
            // Whoever else opens SQLite's file for the first time has it for a moment.
            Err(error) if is_locked(&error) && start.elapsed() <= LOCKED => {
                sleep(Duration::from_millis(20)).await;
            }
            answers => return answers,
        }
    }
}

fn random() -> String {
    format!("{:032x}", rand::random::<u128>())
}
