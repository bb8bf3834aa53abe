//! What one step of a repository was, from the look at the disk to the published state.

use std::sync::Arc;
use std::time::Duration;

use lodemap_base::RelPath;
use lodemap_engine::{ChangeSet, Snapshot, WorkLog};

/// A step from one state to the next.
#[derive(Clone)]
pub struct Update {
    /// The state before.
    pub before: Arc<Snapshot>,
    /// The state after; the same one where nothing that counts had changed.
    pub after: Arc<Snapshot>,
    /// Files that are indexed now and were not, in order.
    pub added: Vec<RelPath>,
    /// Files whose content or role is another now, in order.
    pub changed: Vec<RelPath>,
    /// Files that are no longer indexed, in order.
    pub removed: Vec<RelPath>,
    /// Files that went through the parser, in order.
    pub parsed: Vec<RelPath>,
    /// What the engine did.
    pub work: WorkLog,
    /// How long each stage took, in the order of the stages, and the `total` from the first look to the publish.
    pub times: Vec<(&'static str, Duration)>,
    /// How long the first hint waited until it was looked at.
    pub waited: Duration,
    /// Files that were written to all the while and must be looked at again.
    pub unsettled: Vec<RelPath>,
}

impl Update {
    /// No step yet.
    pub(crate) fn new(before: &Arc<Snapshot>) -> Self {
        Self {
            before: before.clone(),
            after: before.clone(),
            added: Vec::new(),
            changed: Vec::new(),
            removed: Vec::new(),
            parsed: Vec::new(),
            work: WorkLog::default(),
            times: Vec::new(),
            waited: Duration::ZERO,
            unsettled: Vec::new(),
        }
    }

    /// Notes what `changes` are to the state before.
    pub(crate) fn describe(&mut self, changes: &ChangeSet) {
        let world = self.before.world();
        for file in &changes.files {
            // Those that were only touched are no part of the changes.
            let list = match world.file_at(file.path.as_str()) {
                None => &mut self.added,
                Some(_) => &mut self.changed,
            };
            list.push(file.path.clone());
        }
        self.removed.clone_from(&changes.removed);
        self.removed.sort();
    }

    /// Whether there is a new state.
    pub fn is_new(&self) -> bool {
        self.before.generation() != self.after.generation()
    }
}
