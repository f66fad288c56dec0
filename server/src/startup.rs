//! Start, run and shutdown of the site. Tests start it the same way.

use std::{
    future::Future,
    io::{self, Write as _},
    net::SocketAddr,
    time::Duration,
};

use admin::Admin;
use axum::Router;
use huihua::{
    Clock, SessionLayer, Store,
    settings::{SecretKeySource, SettingError},
    signing::SHORTEST_SECRET_KEY,
};
use tokio::{
    net::TcpListener,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    error_pages, http_server,
    metrics::{self, MeasuredEngine},
    router,
    settings::ServerSettings,
    signals::Signals,
};

pub use crate::{pages::page, router::SiteService, state::SiteState};

/// The time between two clearings of expired sessions while the site runs.
const CLEAR_EVERY: Duration = Duration::from_secs(600);
/// The time for requests in flight once the process is told to stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// A site that listens, but doesn't answer yet.
#[derive(Debug)]
pub struct Site {
    listener: TcpListener,
    site: SiteService,
    /// The route for Prometheus, at an address of its own.
    metrics: Option<(TcpListener, Router)>,
    admin: Option<Admin>,
    sessions: Option<SessionLayer>,
}

impl Site {
    /// Opens the store, makes its table, and takes the port.
    ///
    /// # Errors
    /// When a setting can't be used, the store doesn't answer, or the port is taken.
    pub async fn bind(settings: &ServerSettings) -> Result<Self, Error> {
        Self::bind_with(settings, Clock::system(), Router::new()).await
    }

    /// The same, with the time from `clock`, and `more` routes among those that have a session:
    /// for tests and measurements.
    ///
    /// # Errors
    /// As [`Site::bind`].
    pub async fn bind_with(
        settings: &ServerSettings,
        clock: Clock,
        more: Router<SiteState>,
    ) -> Result<Self, Error> {
        settings.check_site()?;
        let options = settings.leptos_options()?;
        let sessions = &settings.sessions;
        let (store, layer) = if sessions.session_enabled {
            let store = match Store::open_at(sessions, &clock).await? {
                // Without metrics nobody pays for the clock.
                Store::Rows(engine) if settings.metrics_addr.is_some() => {
                    let name = sessions.session_engine.to_string().leak();
                    MeasuredEngine { engine, name }.into()
                }
                store => store,
            };
            let layer = SessionLayer::from_settings(store.clone(), sessions)?
                .with_failure_response(error_pages::without_session)
                .with_clock(clock.clone());
            (Some(store), Some(layer))
        } else {
            (None, None)
        };
        let engine = store.as_ref().and_then(Store::engine).cloned();
        let admin = match &engine {
            Some(engine) => Some(Admin::new(engine.clone(), sessions, clock.clone())?),
            None => None,
        };
        let metrics = match settings.metrics_addr {
            Some(addr) => {
                let routes = metrics::routes(engine).map_err(|error| {
                    SettingError::new("METRICS_ADDR", format!("can't be used: {error}"))
                })?;
                Some((listen("METRICS_ADDR", addr).await?, routes))
            }
            None => None,
        };
        let listener = listen("LEPTOS_SITE_ADDR", settings.site_addr).await?;
        let site =
            router::router(&options, settings, clock, store, layer.clone(), admin.clone(), more)?;
        Ok(Self { listener, site, metrics, admin, sessions: layer })
    }

    /// The service without its port: for measurements without a network.
    pub fn into_service(self) -> SiteService {
        self.site
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// When the operating system doesn't know it any more.
    pub fn addr(&self) -> Result<SocketAddr, Error> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers until `stop` is done, then finishes what is in flight.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let stopping = CancellationToken::new();
        let mut tasks = JoinSet::new();
        if let Some(admin) = self.admin.clone() {
            tasks.spawn(clear_forever(admin));
        }
        if let Some((listener, router)) = self.metrics {
            tasks.spawn(async { drop(axum::serve(listener, router).await) });
        }
        let stop = async {
            stop.await;
            tracing::info!("finishing the requests in flight");
            stopping.cancel();
        };
        let served = async {
            http_server::serve(self.listener, self.site, stop).await;
            if let Some(sessions) = self.sessions {
                sessions.wait_for_commits().await;
            }
            // Nobody clears any more.
            tasks.shutdown().await;
            if let Some(admin) = self.admin {
                admin.close().await;
            }
        };
        let too_late = async {
            stopping.cancelled().await;
            tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
        };
        tokio::select! {
            () = served => {}
            () = too_late => tracing::warn!("some requests took too long and were cut off"),
        }
    }
}

async fn listen(setting: &'static str, addr: SocketAddr) -> Result<TcpListener, SettingError> {
    TcpListener::bind(addr)
        .await
        .map_err(|error| SettingError::new(setting, format!("{addr} can't be used: {error}")))
}

pub(crate) async fn serve(settings: ServerSettings) -> Result<(), Error> {
    // From the beginning: a signal that isn't listened for yet ends the process as a failure.
    let mut signals = Signals::listen()?;
    let site = tokio::select! {
        site = Site::bind(&settings) => site?,
        () = signals.shutdown() => return Ok(()),
    };
    if let Some((listener, _)) = &site.metrics {
        tracing::info!("for Prometheus: http://{}/metrics", listener.local_addr()?);
    }
    if let SecretKeySource::Set { length } = settings.sessions.secret_key_source()
        && length < SHORTEST_SECRET_KEY
    {
        tracing::warn!("SECRET_KEY is short: whoever guesses it can sign sessions");
    }
    let addr = site.addr()?;
    if let Err(error) = writeln!(io::stdout(), "会话 Huihua: http://{addr}/") {
        tracing::warn!(%error, "the site is at http://{addr}/, which can't be printed");
    }
    let stop = CancellationToken::new();
    let stopped_twice = async {
        signals.shutdown().await;
        stop.cancel();
        signals.interrupt().await;
    };
    tokio::select! {
        () = site.run(stop.clone().cancelled_owned()) => Ok(()),
        () = stopped_twice => Err(Error::Interrupted),
    }
}

async fn clear_forever(admin: Admin) {
    let mut ticks = interval(CLEAR_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        admin.clear_regularly().await;
    }
}
