//! Counts the bytes between the site and a store that doesn't count them itself.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Passes on what comes in both directions.
pub(crate) struct Forwarder {
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    /// Bytes to the store.
    pub(crate) there: Arc<AtomicU64>,
    /// Bytes from the store.
    pub(crate) back: Arc<AtomicU64>,
}

impl Forwarder {
    /// Takes a free port for the store at `store`.
    pub(crate) async fn start(store: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("its address");
        let (there, back) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let counts = (there.clone(), back.clone());
        tokio::spawn(async move {
            while let Ok((site, _)) = listener.accept().await {
                let store = TcpStream::connect(store).await.expect("the store");
                for end in [&site, &store] {
                    end.set_nodelay(true).expect("TCP_NODELAY");
                }
                let ((from_site, to_site), (from_store, to_store)) =
                    (site.into_split(), store.into_split());
                tokio::spawn(pass_on(from_site, to_store, counts.0.clone()));
                tokio::spawn(pass_on(from_store, to_site, counts.1.clone()));
            }
        });
        Self { addr, there, back }
    }
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, count: Arc<AtomicU64>) {
    let mut buffer = vec![0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        count.fetch_add(length as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
