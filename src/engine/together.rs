//! What is asked of a store while it is busy with the same kind of thing waits, and then goes to it
//! together.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Why nothing is answered any more.
pub(in crate::engine) const STOPPING: &str = "the program is stopping";

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

    /// Where the answer will come. Whoever gets a turn too has to take it, in a task of its own:
    /// who asks may give up, and others wait for the same answers.
    pub(in crate::engine) fn ask(&self, question: Q) -> (oneshot::Receiver<A>, Option<Turn<Q, A>>) {
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
        let (_one, turn) = together.ask(1);
        let mut turn = turn.unwrap();
        assert_eq!(questions(&turn.next(2).unwrap()), [1]);

        let (_two, no_turn) = together.ask(2);
        assert!(no_turn.is_none());
        let (_three, given_up, _four) = (together.ask(3), together.ask(0), together.ask(4));
        drop(given_up);
        assert_eq!(questions(&turn.next(2).unwrap()), [2, 3]);
        assert_eq!(questions(&turn.next(2).unwrap()), [4]);
        assert!(turn.next(2).is_none());

        let (_five, turn) = together.ask(5);
        assert_eq!(questions(&turn.unwrap().next(2).unwrap()), [5]);
    }

    #[test]
    fn a_turn_that_is_cut_off_is_free_again() {
        let together = Together::<u32, ()>::new(1);
        let (_one, turn) = together.ask(1);
        drop(turn);
        let (_two, turn) = together.ask(2);
        assert_eq!(questions(&turn.unwrap().next(9).unwrap()), [1, 2]);
    }

    #[test]
    fn as_many_are_under_way_as_may_be() {
        let together = Together::<u32, ()>::new(2);
        let turns: Vec<_> = (0..3).map(|number| together.ask(number)).collect();
        let turns: Vec<_> = turns.iter().map(|(_, turn)| turn.is_some()).collect();
        assert_eq!(turns, [true, true, false]);
    }
}
