//! Results.

use super::{
    programs::{AXUM, NOWHERE},
    site::{ONE_KEY, Site},
    tools::Fixed,
};
use crate::program::cores;

#[derive(Default)]
pub(super) struct Results<'a> {
    pub(super) rates: Vec<Rates<'a>>,
    pub(super) fixed: Vec<Fixed<'a>>,
}

/// Requests a second of one action, in each round.
pub(super) struct Rates<'a> {
    pub(super) site: &'a Site,
    pub(super) action: &'static str,
    pub(super) rounds: Vec<f64>,
}

impl Rates<'_> {
    pub(super) fn median(&self) -> f64 {
        median(self.rounds.iter().copied())
    }

    /// The distance of the slowest round and the fastest, as a share of the median.
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

impl Results<'_> {
    /// The median over the rounds, if both did it: the machine is faster in some than in others, which is
    /// the same for both.
    pub(super) fn compared(
        &self,
        action: &str,
        pair: [(&str, &str); 2],
        how: impl Fn(f64, f64) -> f64,
    ) -> Option<f64> {
        let [ours, theirs] = pair.map(|(who, store)| {
            let mut did = self.rates.iter().filter(|rates| rates.action == action);
            did.find(|rates| (rates.site.who, rates.site.store) == (who, store))
        });
        let rounds = ours?.rounds.iter().zip(&theirs?.rounds);
        Some(median(rounds.map(|(ours, theirs)| how(*ours, *theirs))))
    }

    /// Microseconds of all cores that a request for one key takes longer than one without a session.
    pub(super) fn session_cost(&self, who: &str, store: &str) -> Option<f64> {
        let longer = |with: f64, without: f64| (1e6 / with - 1e6 / without) * cores() as f64;
        self.compared(ONE_KEY, [(who, store), (AXUM, NOWHERE)], longer)
    }

    /// The time of requests at Django's own rate on that store: p99, milliseconds.
    pub(super) fn p99(&self, who: &str, store: &str) -> Option<f64> {
        let mut fixed = self.fixed.iter();
        let found = fixed.find(|fixed| (fixed.site.who, fixed.site.store) == (who, store));
        found.map(|fixed| fixed.took[2])
    }
}
