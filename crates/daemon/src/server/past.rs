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
