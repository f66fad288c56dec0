//! Requests to a store that is busy with others of their kind wait, and then go to it together.
//! (Crates that batch wait for some time to pass; here nobody who comes alone waits.)

use std::{mem, sync::Arc};

use parking_lot::Mutex;
use tokio::{sync::oneshot, task::yield_now};

use crate::engine::{Error, Result};

/// A request, and who waits for its answer.
#[derive(Debug)]
pub(crate) struct Pending<Q, A> {
    pub(crate) request: Q,
    response: oneshot::Sender<A>,
}

impl<Q, A> Pending<Q, A> {
    /// Answers the request, unless its sender has given up.
    pub(crate) fn respond(self, response: A) {
        let _ = self.response.send(response);
    }
}

/// Requests of one kind to one store. Clones are the same.
#[derive(Debug)]
pub(crate) struct Batcher<Q, A>(Arc<Mutex<Queue<Q, A>>>);

#[derive(Debug)]
struct Queue<Q, A> {
    waiting: Vec<Pending<Q, A>>,
    /// Permits that nobody has.
    free: usize,
}

impl<Q, A> Clone for Batcher<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q, A> Batcher<Q, A> {
    /// A batcher that asks the store so many times at once at most.
    pub(crate) fn new(at_once: usize) -> Self {
        let queue = Queue { waiting: Vec::new(), free: at_once };
        Self(Arc::new(Mutex::new(queue)))
    }

    /// The answer to `request`. Where a permit is free, `take` asks the store with it, in a task of its own:
    /// the sender may give up while others wait for the same answers.
    pub(crate) async fn submit<T>(
        &self,
        request: Q,
        take: impl FnOnce(BatchPermit<Q, A>) -> T,
    ) -> Result<A>
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let (received, permit) = self.queue_up(request);
        if let Some(permit) = permit {
            let taken = take(permit);
            tokio::spawn(async {
                // Others are about to ask too: whoever has a request to be read gets to it first.
                yield_now().await;
                taken.await;
            });
        }
        received.await.map_err(|_| Error::new("the program is stopping"))
    }

    fn queue_up(&self, request: Q) -> (oneshot::Receiver<A>, Option<BatchPermit<Q, A>>) {
        let (response, received) = oneshot::channel();
        let mut queue = self.0.lock();
        queue.waiting.push(Pending { request, response });
        let permit = (queue.free > 0).then(|| {
            queue.free -= 1;
            BatchPermit { batcher: self.clone(), is_over: false }
        });
        (received, permit)
    }
}

/// The right to ask the store, until nobody waits.
pub(crate) struct BatchPermit<Q, A> {
    batcher: Batcher<Q, A>,
    is_over: bool,
}

impl<Q, A> BatchPermit<Q, A> {
    /// The requests that have waited longest. `None`: nobody waits, and the permit is given back.
    pub(crate) fn next(&mut self, most: usize) -> Option<Vec<Pending<Q, A>>> {
        let mut queue = self.batcher.0.lock();
        // A waiter who has given up needs no answer.
        queue.waiting.retain(|pending| !pending.response.is_closed());
        if queue.waiting.is_empty() {
            // At the same time, so that whoever comes now gets a permit.
            queue.free += 1;
            self.is_over = true;
            return None;
        }
        let most = queue.waiting.len().min(most);
        let rest = queue.waiting.split_off(most);
        Some(mem::replace(&mut queue.waiting, rest))
    }
}

impl<Q, A> Drop for BatchPermit<Q, A> {
    /// Also where the runtime stops, or something panics.
    fn drop(&mut self) {
        if !self.is_over {
            self.batcher.0.lock().free += 1;
        }
    }
}

#[cfg(test)]
mod tests;
