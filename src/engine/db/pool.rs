//! A pool of connections to one database.
//!
//! sqlx's own pool asks the database after every statement whether its connection is still good: one
//! more way there and back for each. Here a connection is only asked that nobody has used for a
//! while, and one whose statement failed is used no more. Once one is silent or lost, whatever made it
//! so (a firewall that forgot, a failover) has most likely met all: none that was opened before is
//! used again. A database that is merely slow is silent too, and would only be slower for being asked
//! twice: so a silent one counts as lost once the database, asked on a new connection, does nothing for
//! it.

use std::{
    ops::{Deref, DerefMut},
    pin::pin,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult,
};
use futures_util::future;
use sqlx::{
    AnyConnection, Connection as _, Row as _,
    any::{AnyConnectOptions, AnyRow},
};
use tokio::time::sleep;

use super::{
    FIRST_TRY, TIMEOUT,
    dialect::Dialect,
    faults::{has_too_many_connections, is_conflict, is_locked, is_read_only, too_large},
    opened_file::{OpenedFile, Version},
    silence,
    statement::{Done, Statement},
};
use crate::engine::{self, shared::limit::timeout};

/// Enough that who reads seldom waits, few enough to be cheap.
const CONNECTIONS: usize = 8;
/// A connection that nobody used for so long is tried before it is used again: the server may
/// have been restarted.
const TRIED_AFTER: Duration = Duration::from_secs(1);
/// How long that may take until the database is asked on a new connection; the statement has to be done
/// in what is left of its time.
const PING: Duration = Duration::from_millis(400);
/// How long an answer may be on its way that the database has given.
const ON_ITS_WAY: Duration = Duration::from_millis(100);
/// How long the first connection may take.
const OPENING: Duration = Duration::from_secs(10);
/// How long to wait for one of ours where the database grants no more.
const FOR_ONE_OF_OURS: Duration = Duration::from_millis(5);
/// How long another program may keep SQLite's file locked while it is opened.
const LOCKED: Duration = Duration::from_secs(5);

/// Connections to one database. Clones share them.
#[derive(Clone)]
pub(super) struct ConnectionPool(Pool<Connector>);

impl ConnectionPool {
    /// One is opened at once, the others when they are needed.
    pub(super) async fn open(connector: Connector) -> Result<Self, sqlx::Error> {
        let most = match connector.in_memory {
            true => 1,
            false => CONNECTIONS,
        };
        let pool = Pool::builder(connector)
            .max_size(most)
            // The one that was used last: SQLite keeps in it what it has read.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(sqlx::Error::config)?;
        let pool = Self(pool);
        let first = pool.acquire_within(OPENING).await?;
        if first.0.is_shared {
            tracing::info!(
                "the database is behind a pooler: nothing is prepared or set on its connections"
            );
        }
        first.release(Ok(()))?;
        Ok(pool)
    }

    /// A connection that nobody else uses meanwhile.
    pub(super) async fn acquire(&self) -> Result<PooledConnection, sqlx::Error> {
        self.acquire_within(TIMEOUT).await
    }

    async fn acquire_within(&self, limit: Duration) -> Result<PooledConnection, sqlx::Error> {
        if let Some(file) = self.0.manager().file.get() {
            file.check()?;
        }
        let late = |_| sqlx::Error::PoolTimedOut;
        let acquired = async {
            loop {
                match self.0.get().await {
                    // One of ours will be free, where the database grants us no more.
                    Err(PoolError::Backend(error))
                        if has_too_many_connections(&error) && self.0.status().size > 0 =>
                    {
                        sleep(FOR_ONE_OF_OURS).await;
                    }
                    acquired => return acquired,
                }
            }
        };
        let acquired = timeout(limit, acquired).await.map_err(late)?;
        acquired.map(PooledConnection).map_err(|error| match error {
            PoolError::Backend(error) => error,
            // Nothing else that can fail is asked of it.
            _ => sqlx::Error::PoolClosed,
        })
    }

    /// Runs `statement` on a connection that may be lost: then this is an error, in time for another.
    pub(super) async fn run_unless_lost(
        &self,
        connection: &mut PooledConnection,
        statement: &Statement,
    ) -> Result<Done, sqlx::Error> {
        let id = connection.0.id.clone();
        let connector = self.0.manager();
        connector
            .unless_lost(FIRST_TRY, &id, connection.run(statement))
            .await
    }

    /// No connection that is open now is used again.
    pub(super) fn suspect_all(&self) {
        self.0.manager().suspect_all();
    }

    pub(super) fn metrics(&self) -> engine::Pool {
        let status = self.0.status();
        let number = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        engine::Pool {
            open: number(status.size),
            idle: number(status.available),
            most: number(status.max_size),
        }
    }
}

/// How connections are opened.
pub(super) struct Connector {
    options: AnyConnectOptions,
    dialect: &'static Dialect,
    /// Whether the database is in the memory of its one connection, and gone with it.
    in_memory: bool,
    /// How often all connections were suspected.
    generation: AtomicU64,
    /// Whether what is at the address takes no options of a connection.
    takes_no_options: AtomicBool,
    /// The file of a database that has one here.
    file: OnceLock<OpenedFile>,
}

impl Connector {
    pub(super) fn new(
        options: AnyConnectOptions,
        dialect: &'static Dialect,
        in_memory: bool,
    ) -> Self {
        Self {
            options,
            dialect,
            in_memory,
            generation: AtomicU64::new(0),
            takes_no_options: AtomicBool::new(false),
            file: OnceLock::new(),
        }
    }

    /// Whether the database's connections are shared with others, by a pooler.
    #[cfg(feature = "postgres")]
    pub(super) async fn meets_a_pooler(&self) -> Result<bool, sqlx::Error> {
        Ok(self.connect().await?.1)
    }

    fn suspect_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// The answer of a connection that may be lost, however slow it is.
    async fn unless_lost<T>(
        &self,
        limit: Duration,
        id: &str,
        answer: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let mut answer = pin!(answer);
        if let Ok(answer) = timeout(limit, &mut answer).await {
            return answer;
        }
        let lost = async {
            match self.does_nothing_for(id).await {
                Ok(()) => Err(silence()),
                // Who can't be asked is waited for.
                Err(_) => future::pending().await,
            }
        };
        future::select(answer, pin!(lost)).await.factor_first().0
    }

    /// Waits until the database, asked on a new connection, does nothing for the one named `id`.
    async fn does_nothing_for(&self, id: &str) -> Result<(), sqlx::Error> {
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

    /// Connects, and says whether the database's end of the connection is shared with others.
    ///
    /// Only one's own can be told something when it starts: a pooler refuses that or keeps it to
    /// itself. A mark that nobody else has shows that the database heard it.
    async fn connect(&self) -> Result<(AnyConnection, bool), sqlx::Error> {
        let Some(startup) = self.dialect.startup else {
            return Ok((AnyConnection::connect_with(&self.options).await?, false));
        };
        if !self.takes_no_options.load(Ordering::Relaxed) {
            let mark = random();
            let mut options = self.options.clone();
            let told = format!("{startup} -c huihua.connection={mark}");
            let url = &mut options.database_url;
            url.query_pairs_mut().append_pair("options", &told);
            match AnyConnection::connect_with(&options).await {
                Ok(mut connection) => {
                    let asked = Statement::row(
                        "SELECT coalesce(current_setting('huihua.connection', true), '')",
                        [],
                    );
                    let heard = asked.run_shared(&mut connection, "").await?.rows;
                    let heard = heard.first().and_then(|row| super::text(row, 0));
                    let is_shared = heard != Some(&*mark);
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
}

impl Connector {
    /// The same to SQLite, which may not write to its file. In WAL mode, and where nothing may be written
    /// beside the file, it is only to be had as one that nobody changes: at this version.
    async fn greet_to_read(
        &self,
        connection: &mut AnyConnection,
    ) -> Option<(Vec<AnyRow>, Option<Option<Version>>)> {
        let said = self.dialect.on_connect_to_read?;
        if let Ok(answers) = greet(connection, said).await {
            return Some((answers, None));
        }
        // The first connection, which doesn't know the file yet, is used once.
        let version = self.file.get().and_then(OpenedFile::version);
        let mut options = self.options.clone();
        let url = &mut options.database_url;
        url.query_pairs_mut().append_pair("immutable", "true");
        *connection = AnyConnection::connect_with(&options).await.ok()?;
        let answers = greet(connection, said).await.ok()?;
        // What stands beside the file would be left out.
        OpenedFile::at(super::text(answers.last()?, 0)?).version()?;
        Some((answers, Some(version)))
    }
}

/// An open connection.
pub(super) struct OpenConnection {
    connection: AnyConnection,
    /// Whether all that was asked has been answered: the answer for which nobody waited any longer
    /// would be taken for the next one's.
    is_at_rest: bool,
    /// Whether the database's end of it serves others between our transactions.
    is_shared: bool,
    /// Whether it has served before, over a network that may have forgotten it since.
    may_be_forgotten: bool,
    /// How the database calls it.
    id: String,
    /// How many bytes the database takes at once. More than that is a lost connection, and no answer.
    most: Option<usize>,
    generation: u64,
    /// The version of SQLite's file that it takes for the only one there will be, if it does.
    frozen_at: Option<Option<Version>>,
}

impl OpenConnection {
    async fn run(&mut self, statement: &Statement) -> Result<Done, sqlx::Error> {
        let bytes = statement.bytes();
        if let Some(most) = self.most.filter(|most| bytes > *most) {
            return Err(too_large(bytes, most));
        }
        match self.is_shared {
            true => statement.run_shared(&mut self.connection, &self.id).await,
            false => statement.run(&mut self.connection).await,
        }
    }
}

impl Manager for Connector {
    type Type = OpenConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<OpenConnection, sqlx::Error> {
        let generation = self.generation.load(Ordering::SeqCst);
        let (mut connection, is_shared) = self.connect().await?;
        let (answers, frozen_at) = match greet(&mut connection, self.dialect.on_connect).await {
            Err(error) if is_read_only(&error) => {
                let read = self.greet_to_read(&mut connection).await;
                read.ok_or(error)?
            }
            answers => (answers?, None),
        };
        let own = answers.last().and_then(|row| super::text(row, 0));
        let most = answers.last().and_then(|row| super::text(row, 1));
        let id = match is_shared {
            true => random(),
            false => own.unwrap_or_default().to_owned(),
        };
        if !self.dialect.over_network && !id.is_empty() {
            self.file.get_or_init(|| OpenedFile::at(&id));
        }
        Ok(OpenConnection {
            connection,
            is_at_rest: false,
            is_shared,
            may_be_forgotten: false,
            id,
            most: most.and_then(|most| most.parse().ok()),
            generation,
            frozen_at,
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
        if let Some(version) = open.frozen_at {
            let now = self.file.get().and_then(OpenedFile::version);
            if version.is_none() || now != version {
                return Err(RecycleError::message("the file was changed"));
            }
        }
        if metrics.last_used() >= TRIED_AFTER {
            let answer = open.connection.ping();
            if self.unless_lost(PING, &open.id, answer).await.is_err() {
                self.suspect_all();
                return Err(RecycleError::message("it doesn't answer"));
            }
        }
        open.is_at_rest = false;
        open.may_be_forgotten = self.dialect.over_network;
        Ok(())
    }
}

/// What the database answers to the first that is said to it.
async fn greet(
    connection: &mut AnyConnection,
    said: &'static str,
) -> Result<Vec<AnyRow>, sqlx::Error> {
    let start = Instant::now();
    loop {
        match sqlx::raw_sql(said).fetch_all(&mut *connection).await {
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

/// An acquired connection, to be [released](PooledConnection::release). It is closed if it isn't.
pub(super) struct PooledConnection(Object<Connector>);

impl PooledConnection {
    /// Whether the network may have forgotten it.
    pub(super) fn may_be_forgotten(&self) -> bool {
        self.0.may_be_forgotten
    }

    /// Runs `statement`.
    pub(super) async fn run(&mut self, statement: &Statement) -> Result<Done, sqlx::Error> {
        self.0.run(statement).await
    }

    /// Gives it back after `answer`, unless that leaves a doubt about the connection.
    pub(super) fn release<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.0.is_at_rest = match &answer {
            Ok(_) => true,
            // Nothing was sent.
            Err(sqlx::Error::Encode(_)) => true,
            Err(error @ sqlx::Error::Database(why)) => {
                is_conflict(error) || why.is_unique_violation()
            }
            Err(_) => false,
        };
        answer
    }
}

impl Deref for PooledConnection {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0.connection
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0.connection
    }
}
