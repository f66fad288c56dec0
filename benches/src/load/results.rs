//! What was measured.

use super::{
    action::ONE_KEY,
    programs::{AXUM, NOWHERE},
    site::Site,
    tools::Fixed,
};
use crate::program::cores;

#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) rates: Vec<Rates>,
    pub(super) fixed: Vec<Fixed>,
}

/// Requests a second of one action, in each round.
#[derive(Debug)]
pub(super) struct Rates {
    pub(super) who: &'static str,
    pub(super) store: &'static str,
    pub(super) name: String,
    /// How long the greeting page is: bytes.
    pub(super) page: usize,
    pub(super) action: &'static str,
    pub(super) rounds: Vec<f64>,
}

impl Rates {
    pub(super) fn of(site: &Site, action: &'static str) -> Self {
        Self {
            who: site.who,
            store: site.store,
            name: site.name.clone(),
            page: site.page,
            action,
            rounds: Vec::new(),
        }
    }

    pub(super) fn median(&self) -> f64 {
        median(self.rounds.iter().copied())
    }

    /// How far the slowest round and the fastest are from each other, as a share of the median.
    pub(super) fn spread(&self) -> f64 {
        let fastest = self.rounds.iter().copied().fold(0.0, f64::max);
        let slowest = self.rounds.iter().copied().fold(fastest, f64::min);
        (fastest - slowest) / self.median()
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

impl Results {
    /// All that did it.
    pub(super) fn of(&self, action: &str) -> impl Iterator<Item = &Rates> {
        self.rates
            .iter()
            .filter(move |rates| rates.action == action)
    }

    pub(super) fn find(&self, action: &str, who: &str, store: &str) -> Option<&Rates> {
        self.of(action)
            .find(|rates| rates.who == who && rates.store == store)
    }

    /// The median over the rounds: the machine is faster in some than in others, which is the same for both.
    fn compared(
        &self,
        ours: Option<&Rates>,
        theirs: Option<&Rates>,
        how: fn(f64, f64) -> f64,
    ) -> Option<f64> {
        let rounds = ours?.rounds.iter().zip(&theirs?.rounds);
        Some(median(rounds.map(|(ours, theirs)| how(*ours, *theirs))))
    }

    /// How many times as fast ours is as theirs on a store, if both did it.
    pub(super) fn times(&self, action: &str, ours: &str, theirs: &str, store: &str) -> Option<f64> {
        let [ours, theirs] = [ours, theirs].map(|who| self.find(action, who, store));
        self.compared(ours, theirs, |ours, theirs| ours / theirs)
    }

    /// Microseconds of all cores that a request for one key takes longer than one without a session.
    pub(super) fn session_cost(&self, who: &str, store: &str) -> Option<f64> {
        let with = self.find(ONE_KEY, who, store);
        let without = self.find(ONE_KEY, AXUM, NOWHERE);
        let longer = self.compared(with, without, |with, without| 1e6 / with - 1e6 / without)?;
        Some(longer * cores() as f64)
    }

    /// How long requests took at Django's own rate on that store: p99, milliseconds.
    pub(super) fn p99(&self, who: &str, store: &str) -> Option<f64> {
        let mut fixed = self.fixed.iter();
        let found = fixed.find(|fixed| fixed.who == who && fixed.store == store);
        found.map(|fixed| fixed.took[2])
    }
}
