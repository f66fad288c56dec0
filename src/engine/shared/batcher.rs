//! What is asked of a store while it is busy with the same kind of thing waits, and then goes to it
//! together.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::oneshot, task::yield_now};

use crate::engine::{Error, Result};

/// A request, and who waits for its answer.
#[derive(Debug)]
pub(crate) struct Pending<Q, A> {
    pub(crate) request: Q,
    response: oneshot::Sender<A>,
}

impl<Q, A> Pending<Q, A> {
    /// Whoever has given up is told nothing.
    pub(crate) fn respond(self, response: A) {
        let _ = self.response.send(response);
    }
}

/// Requests of one kind to one store. Clones are the same.
#[derive(Debug)]
pub(crate) struct Batcher<Q, A> {
    queue: Arc<Mutex<Queue<Q, A>>>,
    /// How many times the store is asked at the same time at most.
    at_once: usize,
}

#[derive(Debug)]
struct Queue<Q, A> {
    waiting: Vec<Pending<Q, A>>,
    under_way: usize,
}

impl<Q, A> Clone for Batcher<Q, A> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            at_once: self.at_once,
        }
    }
}

impl<Q, A> Batcher<Q, A> {
    pub(crate) fn new(at_once: usize) -> Self {
        let queue = Queue {
            waiting: Vec::new(),
            under_way: 0,
        };
        Self {
            queue: Arc::new(queue.into()),
            at_once,
        }
    }

    /// The answer to `request`. Where a permit is free, it is taken: `take` asks the store, in a task of
    /// its own, because who asks may give up while others wait for the same answers.
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
        received
            .await
            .map_err(|_| Error::new("the program is stopping"))
    }

    fn queue_up(&self, request: Q) -> (oneshot::Receiver<A>, Option<BatchPermit<Q, A>>) {
        let (response, received) = oneshot::channel();
        let mut queue = self.queue();
        queue.waiting.push(Pending { request, response });
        let permit = (queue.under_way < self.at_once).then(|| {
            queue.under_way += 1;
            BatchPermit {
                batcher: self.clone(),
                is_over: false,
            }
        });
        (received, permit)
    }

    fn queue(&self) -> MutexGuard<'_, Queue<Q, A>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to ask the store, until nobody waits.
pub(crate) struct BatchPermit<Q, A> {
    batcher: Batcher<Q, A>,
    is_over: bool,
}

impl<Q, A> BatchPermit<Q, A> {
    /// Those who have waited longest, so many at most. `None`: nobody waits, and the permit is given back.
    pub(crate) fn next(&mut self, most: usize) -> Option<Vec<Pending<Q, A>>> {
        let mut queue = self.batcher.queue();
        // Whoever has given up needs no answer.
        queue
            .waiting
            .retain(|pending| !pending.response.is_closed());
        if queue.waiting.is_empty() {
            // At the same time, so that whoever comes now gets a permit.
            queue.under_way -= 1;
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
            self.batcher.queue().under_way -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(batch: &[Pending<u32, ()>]) -> Vec<u32> {
        batch.iter().map(|pending| pending.request).collect()
    }

    #[test]
    fn the_first_gets_a_permit_and_the_others_go_together() {
        let batcher = Batcher::<u32, ()>::new(1);
        let (_one, permit) = batcher.queue_up(1);
        let mut permit = permit.unwrap();
        assert_eq!(requests(&permit.next(2).unwrap()), [1]);

        let (_two, no_permit) = batcher.queue_up(2);
        assert!(no_permit.is_none());
        let (_three, given_up, _four) = (
            batcher.queue_up(3),
            batcher.queue_up(0),
            batcher.queue_up(4),
        );
        drop(given_up);
        assert_eq!(requests(&permit.next(2).unwrap()), [2, 3]);
        assert_eq!(requests(&permit.next(2).unwrap()), [4]);
        assert!(permit.next(2).is_none());

        let (_five, permit) = batcher.queue_up(5);
        assert_eq!(requests(&permit.unwrap().next(2).unwrap()), [5]);
    }

    #[test]
    fn a_permit_that_is_cut_off_is_free_again() {
        let batcher = Batcher::<u32, ()>::new(1);
        let (_one, permit) = batcher.queue_up(1);
        drop(permit);
        let (_two, permit) = batcher.queue_up(2);
        assert_eq!(requests(&permit.unwrap().next(9).unwrap()), [1, 2]);
    }

    #[test]
    fn as_many_are_under_way_as_may_be() {
        let batcher = Batcher::<u32, ()>::new(2);
        let permits: Vec<_> = (0..3).map(|number| batcher.queue_up(number)).collect();
        let permits: Vec<_> = permits.iter().map(|(_, permit)| permit.is_some()).collect();
        assert_eq!(permits, [true, true, false]);
    }
}
