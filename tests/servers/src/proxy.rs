use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    thread,
};

/// A way to a server of this machine that forgets connections as a firewall does: without a word to
/// either end. It also stands for a name that leads to another server after a failover.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    target: AtomicU16,
    /// How often it has forgotten.
    forgotten: AtomicUsize,
    /// How often it has lost the answers.
    unheard: AtomicUsize,
    /// Both ends of every connection there was: none is closed because it is forgotten.
    ends: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// A way to the server on the port `target`.
    pub fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        shared.target.store(target, Ordering::SeqCst);
        let accepting = Arc::downgrade(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let Some(shared) = accepting.upgrade() else {
                    return;
                };
                // Whoever can't be led anywhere is turned away.
                let _ = client.and_then(|client| shared.lead(client));
            }
        });
        Self { port, shared }
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.ends.lock().unwrap().len() / 2
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Of the connections there are, nothing arrives any more at either end; new ones work.
    pub fn forget(&self) {
        self.shared.forgotten.fetch_add(1, Ordering::SeqCst);
    }

    /// Of the connections there are, what the client says still arrives, but no answer.
    pub fn lose_answers(&self) {
        self.shared.unheard.fetch_add(1, Ordering::SeqCst);
    }

    /// New connections lead to the server on the port `target`; those there are stay where they are.
    pub fn lead_to(&self, target: u16) {
        self.shared.target.store(target, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for end in self.shared.ends.lock().unwrap().drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn lead(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        let target = self.target.load(Ordering::SeqCst);
        let server = TcpStream::connect(("127.0.0.1", target))?;
        for end in [&client, &server] {
            end.set_nodelay(true)?;
            self.ends.lock().unwrap().push(end.try_clone()?);
        }
        let (forgotten, unheard) = (count(&self.forgotten), count(&self.unheard));
        let (shared, from, to) = (self.clone(), client.try_clone()?, server.try_clone()?);
        thread::spawn(move || copy(from, to, || count(&shared.forgotten) == forgotten));
        let shared = self.clone();
        thread::spawn(move || {
            copy(server, client, || {
                (count(&shared.forgotten), count(&shared.unheard)) == (forgotten, unheard)
            });
        });
        Ok(())
    }
}

fn count(times: &AtomicUsize) -> usize {
    times.load(Ordering::SeqCst)
}

fn copy(mut from: TcpStream, mut to: TcpStream, is_open: impl Fn() -> bool) {
    let mut bytes = [0; 16 * 1024];
    loop {
        let read = from.read(&mut bytes).unwrap_or_default();
        if !is_open() {
            return;
        }
        if read == 0 || to.write_all(&bytes[..read]).is_err() {
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
    }
}
