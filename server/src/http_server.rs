//! HTTP/1 accept loop with a header timeout and graceful shutdown.

use std::{
    convert::Infallible,
    io, net,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, header},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::router::SiteService;

/// The time for the head of a request, counted from the answer before it: also how long an idle
/// connection is kept.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of the largest head, and of the buffers that a connection keeps in memory.
const MAX_HEADER_BYTES: usize = 128 * 1024;

/// The time that idle connections stay open once the process is told to stop. A proxy may be sending
/// a form on one at that moment, and mustn't send it twice by itself; so it is left to the proxy to
/// close it, which has to happen sooner: `keepalive_timeout` of an `upstream` in nginx.
const IDLE_GRACE: Duration = Duration::from_secs(3);

/// Answers until `stop` is done, then finishes the requests in flight.
///
/// It is `axum::serve` with a header timeout: there, a client that sends half a head keeps a
/// connection for ever. And it cuts nobody off: an open connection has one more request answered.
pub(crate) async fn serve(
    mut listener: TcpListener,
    site: SiteService,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES);
    let server = HttpServer {
        http,
        site,
        graceful: GracefulShutdown::new(),
        stopping: Arc::default(),
        connections: TaskTracker::new(),
    };
    let mut stop = pin!(stop);
    loop {
        // axum's own accept waits where too many files are open.
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        server.spawn(stream, peer);
    }
    server.stopping.store(true, Ordering::Relaxed);
    let backlog = listener.into_std();
    if let Err(error) = backlog.and_then(|rest| server.accept_backlog(&rest)) {
        tracing::debug!(%error, "the backlog of connections was turned away");
    }
    server.connections.close();
    let _ = timeout(IDLE_GRACE, server.connections.wait()).await;
    server.graceful.shutdown().await;
}

/// The parts that connections share.
struct HttpServer {
    http: http1::Builder,
    site: SiteService,
    graceful: GracefulShutdown,
    /// Every answer is the last on its connection.
    stopping: Arc<AtomicBool>,
    connections: TaskTracker,
}

impl HttpServer {
    fn spawn(&self, stream: TcpStream, peer: SocketAddr) {
        // An answer is sent in one piece: nothing is gained by waiting for more.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let (site, stopping) = (self.site.clone(), self.stopping.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = site.clone().call(request);
            let stopping = stopping.clone();
            async move {
                let mut answer = answer.await?;
                if stopping.load(Ordering::Relaxed) {
                    let close = HeaderValue::from_static("close");
                    answer.headers_mut().insert(header::CONNECTION, close);
                }
                Ok::<_, Infallible>(answer)
            }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        let connection = self.graceful.watch(connection);
        self.connections.spawn(async {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection ended");
            }
        });
    }

    /// Serves the connections that are made but not accepted: closing the port would cut them off,
    /// with what they have sent already.
    fn accept_backlog(&self, listener: &net::TcpListener) -> io::Result<()> {
        loop {
            match listener.accept() {
                Ok((stream, peer)) => {
                    stream.set_nonblocking(true)?;
                    self.spawn(TcpStream::from_std(stream)?, peer);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
