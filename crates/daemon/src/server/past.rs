//! The last events of a repository, for a client that was away for a while.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use lodemap_host::WatchEvent;

/// So many events are kept.
const MOST: usize = 256;
/// So many paths may all of them name together.
const MOST_PATHS: usize = 50_000;

/// An event with its number.
#[derive(Clone)]
pub(crate) struct Past {
    pub(crate) number: u64,
    pub(crate) generation: u64,
    pub(crate) event: Arc<WatchEvent>,
}

/// A bounded number of events, the latest last.
pub(crate) struct Ring {
    /// Tells the numbers of one opening of a repository from those of another.
    name: u64,
    last: u64,
    events: VecDeque<Past>,
    paths: usize,
}

impl Default for Ring {
    fn default() -> Self {
        Self { name: RandomState::new().hash_one(0), last: 0, events: VecDeque::new(), paths: 0 }
    }
}

impl Ring {
    /// Takes one more event; the oldest make room.
    pub(crate) fn push(&mut self, generation: u64, event: WatchEvent) -> Past {
        self.last += 1;
        let past = Past { number: self.last, generation, event: Arc::new(event) };
        self.paths += paths(&past.event);
        self.events.push_back(past.clone());
        while self.events.len() > MOST || self.paths > MOST_PATHS {
            let Some(oldest) = self.events.pop_front() else { break };
            self.paths -= paths(&oldest.event);
        }
        past
    }

    /// What a client calls an event.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{:016x}-{number}", self.name)
    }

    /// The latest number.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// All that came after an event; `None` where that cannot be told any more.
    pub(crate) fn after(&self, id: &str) -> Option<Vec<Past>> {
        let (name, number) = id.split_once('-')?;
        if u64::from_str_radix(name, 16) != Ok(self.name) {
            return None;
        }
        let number: u64 = number.parse().ok()?;
        let missing = usize::try_from(self.last.checked_sub(number)?).ok()?;
        let from = self.events.len().checked_sub(missing)?;
        Some(self.events.range(from..).cloned().collect())
    }
}

fn paths(event: &WatchEvent) -> usize {
    event.changed.len() + event.added.len() + event.removed.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lodemap_host::{RelPath, WorkCounts};

    fn event(paths: usize) -> WatchEvent {
        let work = WorkCounts {
            parsed: 0,
            resolved: 0,
            redrawn: 0,
            rows: 0,
            edges_touched: 0,
            layers_run: 0,
            ranks_changed: 0,
        };
        WatchEvent {
            event: "update",
            changed: vec![RelPath::root(); paths],
            added: vec![],
            removed: vec![],
            micros: Default::default(),
            work,
            watcher: None,
            equal: None,
            missed: None,
            differences: None,
        }
    }

    fn numbers(ring: &Ring, after: u64) -> Option<Vec<u64>> {
        ring.after(&ring.id(after)).map(|events| events.iter().map(|past| past.number).collect())
    }

    #[test]
    fn what_is_kept_is_bounded_and_without_gaps() {
        let mut ring = Ring::default();
        let most = MOST as u64;
        (0..most + 10).for_each(|n| _ = ring.push(n, event(1)));
        assert_eq!(numbers(&ring, most + 10), Some(vec![]));
        assert_eq!(numbers(&ring, most + 8), Some(vec![most + 9, most + 10]));
        assert_eq!(numbers(&ring, 10).map(|n| n.len()), Some(MOST));
        assert_eq!(numbers(&ring, 9), None, "the tenth is gone");
        assert_eq!(numbers(&ring, most + 11), None, "it never was");
        assert!(Ring::default().after(&ring.id(most)).is_none(), "of another opening");
        // One that names too much is not kept, and neither is what came before it.
        ring.push(0, event(MOST_PATHS + 1));
        assert_eq!(numbers(&ring, most + 10), None);
        assert_eq!(numbers(&ring, most + 11), Some(vec![]));
        assert_eq!((ring.paths, ring.events.len()), (0, 0));
    }
}
