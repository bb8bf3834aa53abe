//! What has nobody told the agent yet?
//!
//! An agent's notice may come when the watcher was faster: the file it wrote is in the state already, and compared
//! with that state nothing happened. So the states before recent steps are kept for a while, until a notice asks
//! for what became of a file.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lodemap_base::RelPath;
use lodemap_engine::Snapshot;

use crate::update::Update;

/// Nobody asks later than this for what became of a file.
const KEPT: Duration = Duration::from_secs(30);
/// More steps would keep too many states alive.
const MOST: usize = 16;
/// A step of so many files is no agent's edit.
const LARGE: usize = 500;

/// Recent steps, the oldest first, with the files that nobody asked for.
#[derive(Default)]
pub(super) struct Unreported {
    steps: VecDeque<Step>,
}

struct Step {
    at: Instant,
    before: Arc<Snapshot>,
    paths: BTreeSet<RelPath>,
}

impl Unreported {
    /// Notes a step.
    pub(super) fn note(&mut self, update: &Update) {
        self.steps.retain(|step| step.at.elapsed() < KEPT && !step.paths.is_empty());
        let paths: BTreeSet<RelPath> =
            update.changed.iter().chain(&update.added).chain(&update.removed).cloned().collect();
        if paths.is_empty() || paths.len() > LARGE {
            return;
        }
        if self.steps.len() == MOST {
            self.steps.pop_front();
        }
        self.steps.push_back(Step { at: Instant::now(), before: update.before.clone(), paths });
    }

    /// The state before the first change of a file that nobody asked for; from now on somebody did.
    pub(super) fn take(&mut self, path: &RelPath) -> Option<Arc<Snapshot>> {
        let mut first = None;
        for step in &mut self.steps {
            if step.paths.remove(path) && step.at.elapsed() < KEPT {
                first.get_or_insert_with(|| step.before.clone());
            }
        }
        first
    }
}
