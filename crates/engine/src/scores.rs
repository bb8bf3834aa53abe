//! The importance of every node, as readers see it.

use std::sync::Arc;

use lodemap_base::PagedVec;
use lodemap_rank::Layers;
use rustc_hash::FxHashMap;

/// Scores by node. A clone shares them; a change costs the pages that it touches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scores {
    narrow: PagedVec<u32>,
    /// The few that need more than 32 bits.
    wide: Arc<FxHashMap<u32, u64>>,
}

/// A value of `narrow` that says: look in `wide`.
const WIDE: u32 = u32::MAX;

impl Scores {
    pub(crate) fn of(layers: &Layers) -> Self {
        let mut out = Self::default();
        (0..layers.nodes() as u32).for_each(|node| out.set(node, layers.score(node)));
        out
    }

    /// Bytes held; the few wide ones are not counted.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.narrow.heap_bytes()
    }

    pub(crate) fn get(&self, node: u32) -> u64 {
        match self.narrow[node as usize] {
            WIDE => self.wide[&node],
            score => u64::from(score),
        }
    }

    pub(crate) fn set(&mut self, node: u32, score: u64) {
        let narrow = u32::try_from(score).unwrap_or(WIDE);
        if narrow == WIDE {
            Arc::make_mut(&mut self.wide).insert(node, score);
        } else if self.wide.contains_key(&node) {
            Arc::make_mut(&mut self.wide).remove(&node);
        }
        self.narrow.set(node as usize, narrow, &0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_scores_come_back() {
        let mut scores = Scores::default();
        let limit = u64::from(u32::MAX);
        for (node, score) in [(3, 5), (0, limit), (1, limit - 1), (2, u64::MAX), (0, 7), (2, limit + 1)] {
            scores.set(node, score);
            assert_eq!(scores.get(node), score);
        }
        assert_eq!((scores.get(0), scores.get(1), scores.get(3)), (7, limit - 1, 5));
    }
}
