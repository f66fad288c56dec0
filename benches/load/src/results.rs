//! What was measured.

use crate::{
    sites::{Site, Store, Who},
    wrk::Deed,
};

/// All of it.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) closed: Vec<Rates>,
    pub(crate) fixed: Vec<Fixed>,
}

/// Requests a second of one deed, in each round.
#[derive(Debug)]
pub(crate) struct Rates {
    pub(crate) who: Who,
    pub(crate) store: Store,
    /// How long the greeting page is: bytes.
    pub(crate) page: usize,
    deed: Deed,
    rounds: Vec<f64>,
}

/// What came of a fixed rate.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) who: Who,
    pub(crate) store: Store,
    /// Requests a second that were sent.
    pub(crate) sent: f64,
    /// Requests a second that were answered.
    pub(crate) answered: f64,
    /// How long half of them took at most, from when they should have been sent: milliseconds.
    pub(crate) p50: f64,
    /// Nine of ten, likewise.
    pub(crate) p90: f64,
    /// 99 of a hundred, likewise.
    pub(crate) p99: f64,
}

impl Rates {
    pub(crate) fn of(site: &Site, deed: Deed) -> Self {
        Self {
            who: site.who,
            store: site.store,
            page: site.visitors.page,
            deed,
            rounds: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, rate: f64) {
        self.rounds.push(rate);
    }

    pub(crate) fn median(&self) -> f64 {
        median(self.rounds.iter().copied())
    }

    /// How far the slowest round and the fastest are from each other, as a share of the median.
    /// `None`: there was only one.
    pub(crate) fn spread(&self) -> Option<f64> {
        match sorted(self.rounds.iter().copied())[..] {
            [slowest, .., fastest] => Some((fastest - slowest) / self.median()),
            _ => None,
        }
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let values = sorted(values);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

impl Results {
    /// All that did it.
    pub(crate) fn of(&self, deed: Deed) -> impl Iterator<Item = &Rates> {
        self.closed.iter().filter(move |rates| rates.deed == deed)
    }

    fn find(&self, deed: Deed, who: Who, store: Store) -> Option<&Rates> {
        self.of(deed)
            .find(|rates| rates.who == who && rates.store == store)
    }

    /// How many requests a second that was, if it did it.
    pub(crate) fn rate(&self, deed: Deed, who: Who, store: Store) -> Option<f64> {
        self.find(deed, who, store).map(Rates::median)
    }

    /// How many times as fast the first is as the second, if both did it: the median of the rounds. The
    /// machine is faster in some rounds than in others, which is the same for both of them.
    pub(crate) fn times(
        &self,
        deed: Deed,
        (who, store): (Who, Store),
        (other, its_store): (Who, Store),
    ) -> Option<f64> {
        let ours = self.find(deed, who, store)?;
        let theirs = self.find(deed, other, its_store)?;
        let rounds = ours.rounds.iter().zip(&theirs.rounds);
        Some(median(rounds.map(|(ours, theirs)| ours / theirs)))
    }

    /// At Django's own rate on that store.
    pub(crate) fn at_djangos_rate(&self, who: Who, store: Store) -> Option<&Fixed> {
        let mut fixed = self.fixed.iter();
        fixed.find(|fixed| fixed.who == who && fixed.store == store)
    }
}
