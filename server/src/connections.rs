//! Connections: taken, served, and given up when their other end dawdles.

use std::{pin::pin, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::TcpListener;
use tower::Service;

use crate::site::SiteService;

/// How long the head of a request may take, counted from the answer before it: also how long a
/// connection is kept that nobody uses.
const SLOWEST_HEAD: Duration = Duration::from_secs(60);

/// Answers until `stop` is done, then finishes what is in flight.
///
/// It is `axum::serve` with a limit to how slowly a head may come: there, whoever sends half of one
/// keeps a connection for ever.
pub(crate) async fn serve(
    mut listener: TcpListener,
    site: SiteService,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(SLOWEST_HEAD);
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        // axum's own way to accept waits where there are too many open files.
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        // An answer is sent at once: there is nothing worth collecting it with.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let site = site.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            site.clone().call(request)
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection ended");
            }
        });
    }
    graceful.shutdown().await;
}
