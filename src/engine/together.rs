//! What is asked of a store while it is busy with the same kind of thing waits, and then goes to it
//! together.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::oneshot, task::yield_now};

use super::{Error, Result};

/// A question, and who waits for its answer.
#[derive(Debug)]
pub(in crate::engine) struct Asked<Q, A> {
    pub(in crate::engine) question: Q,
    answer: oneshot::Sender<A>,
}

impl<Q, A> Asked<Q, A> {
    /// Whoever has given up is told nothing.
    pub(in crate::engine) fn answer(self, answer: A) {
        let _ = self.answer.send(answer);
    }
}

/// Questions of one kind to one store. Clones are the same.
#[derive(Debug)]
pub(in crate::engine) struct Together<Q, A> {
    queue: Arc<Mutex<Queue<Q, A>>>,
    /// How many times the store is asked at the same time at most.
    at_once: usize,
}

#[derive(Debug)]
struct Queue<Q, A> {
    waiting: Vec<Asked<Q, A>>,
    under_way: usize,
}

impl<Q, A> Clone for Together<Q, A> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            at_once: self.at_once,
        }
    }
}

impl<Q, A> Together<Q, A> {
    pub(in crate::engine) fn new(at_once: usize) -> Self {
        let queue = Queue {
            waiting: Vec::new(),
            under_way: 0,
        };
        Self {
            queue: Arc::new(queue.into()),
            at_once,
        }
    }

    /// The answer to `question`. Where a turn is free, it is taken: `take` asks the store, in a task of
    /// its own, because who asks may give up while others wait for the same answers.
    pub(in crate::engine) async fn ask<T>(
        &self,
        question: Q,
        take: impl FnOnce(Turn<Q, A>) -> T,
    ) -> Result<A>
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let (answered, turn) = self.queue_up(question);
        if let Some(turn) = turn {
            let taken = take(turn);
            tokio::spawn(async {
                // Others are about to ask too: whoever has a request to be read gets to it first.
                yield_now().await;
                taken.await;
            });
        }
        answered
            .await
            .map_err(|_| Error::new("the program is stopping"))
    }

    fn queue_up(&self, question: Q) -> (oneshot::Receiver<A>, Option<Turn<Q, A>>) {
        let (answer, answered) = oneshot::channel();
        let mut queue = self.queue();
        queue.waiting.push(Asked { question, answer });
        let turn = (queue.under_way < self.at_once).then(|| {
            queue.under_way += 1;
            Turn {
                together: self.clone(),
                is_over: false,
            }
        });
        (answered, turn)
    }

    fn queue(&self) -> MutexGuard<'_, Queue<Q, A>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to ask the store, until nobody waits.
pub(in crate::engine) struct Turn<Q, A> {
    together: Together<Q, A>,
    is_over: bool,
}

impl<Q, A> Turn<Q, A> {
    /// Those who have waited longest, so many at most. `None`: nobody waits, and the turn is over.
    pub(in crate::engine) fn next(&mut self, most: usize) -> Option<Vec<Asked<Q, A>>> {
        let mut queue = self.together.queue();
        // Whoever has given up needs no answer.
        queue.waiting.retain(|asked| !asked.answer.is_closed());
        if queue.waiting.is_empty() {
            // At the same time, so that whoever comes now gets a turn.
            queue.under_way -= 1;
            self.is_over = true;
            return None;
        }
        let most = queue.waiting.len().min(most);
        let rest = queue.waiting.split_off(most);
        Some(mem::replace(&mut queue.waiting, rest))
    }
}

impl<Q, A> Drop for Turn<Q, A> {
    /// Also where the runtime stops, or something panics.
    fn drop(&mut self) {
        if !self.is_over {
            self.together.queue().under_way -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions(asked: &[Asked<u32, ()>]) -> Vec<u32> {
        asked.iter().map(|asked| asked.question).collect()
    }

    #[test]
    fn who_comes_first_gets_a_turn_and_the_others_go_together() {
        let together = Together::<u32, ()>::new(1);
        let (_one, turn) = together.queue_up(1);
        let mut turn = turn.unwrap();
        assert_eq!(questions(&turn.next(2).unwrap()), [1]);

        let (_two, no_turn) = together.queue_up(2);
        assert!(no_turn.is_none());
        let (_three, given_up, _four) = (
            together.queue_up(3),
            together.queue_up(0),
            together.queue_up(4),
        );
        drop(given_up);
        assert_eq!(questions(&turn.next(2).unwrap()), [2, 3]);
        assert_eq!(questions(&turn.next(2).unwrap()), [4]);
        assert!(turn.next(2).is_none());

        let (_five, turn) = together.queue_up(5);
        assert_eq!(questions(&turn.unwrap().next(2).unwrap()), [5]);
    }

    #[test]
    fn a_turn_that_is_cut_off_is_free_again() {
        let together = Together::<u32, ()>::new(1);
        let (_one, turn) = together.queue_up(1);
        drop(turn);
        let (_two, turn) = together.queue_up(2);
        assert_eq!(questions(&turn.unwrap().next(9).unwrap()), [1, 2]);
    }

    #[test]
    fn as_many_are_under_way_as_may_be() {
        let together = Together::<u32, ()>::new(2);
        let turns: Vec<_> = (0..3).map(|number| together.queue_up(number)).collect();
        let turns: Vec<_> = turns.iter().map(|(_, turn)| turn.is_some()).collect();
        assert_eq!(turns, [true, true, false]);
    }
}
