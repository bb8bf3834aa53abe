//! What goes into the engine, and what it did with it.

use std::sync::Arc;

use lodemap_base::RelPath;
use lodemap_facts::FileFacts;
use lodemap_graph::{FileClass, Manifest};

/// A file with its facts.
#[derive(Clone, Debug)]
pub struct FileInput {
    /// Where it is.
    pub path: RelPath,
    /// What kind of file it is.
    pub class: FileClass,
    /// What it says.
    pub facts: Arc<FileFacts>,
}

/// Everything that changed since the last snapshot, as one transaction.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    /// Files that are new or different; each path at most once. Those that did not change cost nothing.
    pub files: Vec<FileInput>,
    /// Files that are gone. One that `files` names too is not gone; one that was never there is no matter.
    pub removed: Vec<RelPath>,
    /// Manifests that are new or different, or gone.
    pub manifests: Vec<(RelPath, Option<Manifest>)>,
}

impl ChangeSet {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.removed.is_empty() && self.manifests.is_empty()
    }

    /// How many files it speaks of.
    pub fn len(&self) -> usize {
        self.files.len() + self.removed.len() + self.manifests.len()
    }
}

/// How much work an application of changes was. None of it is part of the state.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorkLog {
    /// Whether everything was derived anew, as at the start; paths are then not listed.
    pub from_scratch: bool,
    /// The files whose facts or class are others now, gone ones too, in order.
    pub changed: Vec<RelPath>,
    /// The files whose references were resolved, in order.
    pub resolved: Vec<RelPath>,
    /// Look-ups that may have found something else.
    pub lookups: usize,
    /// The files whose edges were drawn anew.
    pub redrawn: usize,
    /// Nodes of the importance graph whose rows are others now, new and gone ones too.
    pub rows: usize,
    /// Edges visited to bring the ranks up to date, over all layers.
    pub edges_touched: usize,
    /// Layers of the ranks that had anything to do.
    pub layers_run: usize,
    /// Nodes whose importance is another now.
    pub ranks_changed: usize,
}
