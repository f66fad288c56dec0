//! What Redis says of itself.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use huihua::{
    Engine,
    engine::{
        Row,
        redis::{Redis, RedisAt},
    },
    key::SessionKey,
};
use redis::{Client, aio::MultiplexedConnection, cmd};
use servers::Missing;
use time::OffsetDateTime;

use crate::{
    Arguments, Costs, Kind, PerRequest,
    asked::{Meter, kinds, payload},
};

/// Commands that write; a script's are counted as they are called in it.
const WRITES: [&str; 2] = ["set", "del"];
/// Those of the meter itself, and those that a connection begins with.
const NOT_ASKED: [&str; 6] = ["info", "config", "client", "hello", "auth", "select"];

pub(crate) async fn costs(arguments: &Arguments) -> Result<Costs, Missing> {
    let server = servers::Redis::start()?;
    let client = Client::open(server.url()).expect("an address");
    let connection = client.get_multiplexed_async_connection().await;
    let mut connection = connection.expect("Redis");
    // The log grows by what is written, and is never made anew meanwhile.
    for (setting, text) in [
        ("appendfsync", "everysec"),
        ("auto-aof-rewrite-percentage", "0"),
    ] {
        let mut set = cmd("CONFIG");
        set.arg("SET").arg(setting).arg(text);
        set.exec_async(&mut connection).await.expect("a setting");
    }

    let before = Info::of(&mut connection).await.number("used_memory");
    fill(&server.url(), arguments.sessions).await;
    let after = Info::of(&mut connection).await.number("used_memory");
    let bytes_a_session = (after - before) / f64::from(arguments.sessions);

    let settings = [
        ("SESSION_ENGINE", "redis"),
        ("SESSION_REDIS_URL", &server.url()),
    ];
    let settings = settings.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let kinds = kinds(arguments, &settings.to_vec(), &mut OfRedis(connection)).await;
    let touch = crate::difference(&kinds, Kind::Due, Kind::NotDue);
    Ok(Costs {
        store: "Redis",
        bytes_a_session,
        logged_a_touch: touch.logged,
        kinds,
    })
}

/// Stores so many sessions, as the site does.
async fn fill(url: &str, sessions: u32) {
    let at = RedisAt::Server { url: url.into() };
    let engine = Arc::new(Redis::connect(at, "session").await.expect("Redis"));
    let created = (0..sessions).map(|number| {
        let engine = engine.clone();
        async move {
            let row = Row::new(
                payload(number),
                OffsetDateTime::UNIX_EPOCH
                    + Duration::from_secs(4_000_000_000)
                    + Duration::from_millis(number.into()),
            );
            let key = SessionKey::generate().stored(true);
            assert!(engine.create(&key, &row).await.expect("created"));
        }
    });
    stream::iter(created)
        .buffer_unordered(64)
        .collect::<()>()
        .await;
}

struct OfRedis(MultiplexedConnection);

impl Meter for OfRedis {
    async fn read(&mut self) -> PerRequest {
        let info = Info::of(&mut self.0).await;
        let (mut operations, mut writes) = (0.0, 0.0);
        for (command, calls) in info.calls() {
            if !NOT_ASKED.contains(&command) {
                operations += calls;
            }
            if WRITES.contains(&command) {
                writes += calls;
            }
        }
        PerRequest {
            operations,
            writes,
            micros: 1e6
                * (info.number("used_cpu_user_main_thread")
                    + info.number("used_cpu_sys_main_thread")),
            to_store: info.number("total_net_input_bytes"),
            from_store: info.number("total_net_output_bytes"),
            logged: info.number("aof_current_size"),
        }
    }
}

/// What `INFO everything` says.
struct Info(String);

impl Info {
    async fn of(connection: &mut MultiplexedConnection) -> Self {
        let mut info = cmd("INFO");
        info.arg("everything");
        Self(info.query_async(connection).await.expect("INFO"))
    }

    fn number(&self, name: &str) -> f64 {
        let mut lines = self.0.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(known, _)| *known == name);
        let number = found.and_then(|(_, text)| text.parse().ok());
        number.expect("a figure that Redis 7 has")
    }

    /// How often each command was called.
    fn calls(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let name = name.split('|').next()?;
            Some((name, rest.split(',').next()?.parse().ok()?))
        })
    }
}
