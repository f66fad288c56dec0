use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

/// A way to a server of this machine that can forget its connections, as a firewall does: what is sent
/// on them is lost, and nobody is told. New ones are let through.
#[derive(Debug)]
pub struct Forgetful {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    forgotten: AtomicU64,
    connections: AtomicU64,
    is_over: AtomicBool,
}

impl Forgetful {
    /// One to the server that listens at `port`.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared::default());
        let this = Self {
            port: listener.local_addr().unwrap().port(),
            shared: shared.clone(),
        };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let age = shared.forgotten.load(Ordering::SeqCst);
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let shared = shared.clone();
                    thread::spawn(move || carry(from, to, &shared, age));
                }
            }
        });
        this
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Forgets all connections that are open.
    pub fn forget(&self) {
        self.shared.forgotten.fetch_add(1, Ordering::SeqCst);
    }

    /// How many connections there were.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Forgetful {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, shared: &Shared, age: u64) {
    let is_forgotten = || shared.forgotten.load(Ordering::SeqCst) != age;
    let mut buffer = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if !is_forgotten() && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    if !is_forgotten() {
        let _ = to.shutdown(Shutdown::Both);
    }
}
