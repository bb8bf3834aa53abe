//! Which number does the next state get?
//!
//! Numbers ascend over all runs: each is claimed before it is used, so that none stands for two states. A state that is
//! still the one of an earlier run keeps its number. Where nothing is kept, numbers begin at 1 with each run.

use std::sync::Arc;

use lodemap_base::Generation;
use lodemap_engine::{Engine, Snapshot};
use lodemap_store::Claim;

use super::{Earlier, States};

/// The numbers of the states of an open repository.
#[derive(Default)]
pub(crate) struct Numbers {
    states: Option<States>,
    claim: Option<Claim>,
}

impl Numbers {
    pub(crate) fn new(states: Option<States>) -> Self {
        Self { states, claim: None }
    }

    /// Numbers that the current run claimed and did not give back.
    pub(crate) fn claim(&self) -> Option<Claim> {
        self.claim
    }

    /// Makes sure that the engine's next state has a number of its own.
    pub(crate) fn provide(&mut self, engine: &mut Engine, before: &Snapshot) {
        let next = before.generation().0.saturating_add(1);
        // The first state may turn out to have a number.
        let is_first = before.generation() == Generation::default();
        if is_first || self.claim.is_some_and(|claim| (claim.first..claim.end).contains(&next)) {
            return;
        }
        if let Some(first) = self.claimed() {
            engine.number_next(Generation(first.max(next)));
        }
    }

    /// Numbers the first state of a run: as in an earlier one, if it is the same.
    pub(crate) fn recognise(
        &mut self,
        engine: &mut Engine,
        earlier: Option<&Earlier>,
        first: Arc<Snapshot>,
    ) -> Arc<Snapshot> {
        if self.states.is_none() || first.generation() == Generation::default() {
            return first;
        }
        let same = earlier.filter(|earlier| earlier.digest == first.digests().whole());
        let number = same.map(|earlier| earlier.generation).or_else(|| self.claimed());
        let after = || earlier.map_or(1, |earlier| earlier.generation.saturating_add(1));
        engine.renumber(Generation(number.unwrap_or_else(after)))
    }

    fn claimed(&mut self) -> Option<u64> {
        self.claim = self.states.as_ref()?.claim();
        Some(self.claim?.first)
    }
}
